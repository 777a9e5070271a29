package reports

import (
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// Word is what people are told of a backup set or account. This file alone derives it.
type Word string

// The words, as the portal shows them.
const (
	OK          Word = "ok"
	Warnings    Word = "warning"
	FailedWord  Word = "failed"
	MissedWord  Word = "missed"
	CancelledBy Word = "cancelled"
	RunningNow  Word = "running"
	UnknownWord Word = "unknown"
	None        Word = "none" // nothing was due yet
)

var letters = map[Word]string{
	OK: "s", Warnings: "w", FailedWord: "f", MissedWord: "m", RunningNow: "r", CancelledBy: "c", UnknownWord: "u", None: "-",
}

// wordOf is the word for a job's state. Quota and interrupted read as failed, with their own reason beside it. What nobody
// foresaw is unknown, never good.
func wordOf(s driver.JobState) Word {
	switch s {
	case driver.Success:
		return OK
	case driver.Warning:
		return Warnings
	case driver.Failed, driver.Quota, driver.Interrupted:
		return FailedWord
	case driver.Cancelled:
		return CancelledBy
	case driver.Running:
		return RunningNow
	case driver.UnknownState:
	}
	return UnknownWord
}

// WordOfJob is the word for a job.
func WordOfJob(j Job) Word { return wordOf(j.State) }

// urgency orders words: what needs a hand comes first.
var urgency = map[Word]int{
	FailedWord: 7, MissedWord: 6, Warnings: 5, CancelledBy: 4, UnknownWord: 3, RunningNow: 2, OK: 1, None: 0,
}

func worse(a, b Word) Word {
	if urgency[b] > urgency[a] {
		return b
	}
	return a
}

// Verdict is an account's health in one word, and why.
type Verdict struct {
	Word   Word
	Reason string // quota_exceeded, client_gone, read_only, silent, …
	Since  time.Time
}

// Verdict tells the account's health. While its server is silent nobody knows more than what failed before.
func (h Health) Verdict(silent bool) Verdict {
	v := Verdict{Word: None}
	for _, s := range h.Sets {
		if w := worse(v.Word, s.Word); w != v.Word {
			v = Verdict{w, s.Reason, s.At}
		}
	}
	if silent && urgency[v.Word] <= urgency[UnknownWord] {
		return Verdict{UnknownWord, whySilent, v.Since}
	}
	return v
}

// DayLetters is one letter for each of the 28 days that end with the given one: the worst of the account's sets.
func (h Health) DayLetters(today time.Time) string {
	b := make([]byte, 0, shownDays)
	for i := shownDays - 1; i >= 0; i-- {
		word := None
		for _, letter := range h.Days[today.AddDate(0, 0, -i).Format(time.DateOnly)] {
			word = worse(word, wordOfLetter(letter))
		}
		b = append(b, letters[word]...)
	}
	return string(b)
}

func wordOfLetter(letter string) Word {
	for w, l := range letters {
		if l == letter {
			return w
		}
	}
	return UnknownWord
}
