package reports

import (
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
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
	OK: "s", Warnings: "w", FailedWord: "f", MissedWord: "m", RunningNow: "r", CancelledBy: "c", UnknownWord: "u", None: noLetter,
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

// reasonOf is why a job reads as it does: what the server said, else the state that the word hides.
func reasonOf(j Job) string {
	switch {
	case j.Reason != "":
		return j.Reason
	case j.State == driver.Quota, j.State == driver.Interrupted:
		return string(j.State)
	}
	return ""
}

// wordOfUnmet is the word for an expectation that was not met.
func wordOfUnmet(e Expectation) Word {
	if e.State == Missed {
		return MissedWord
	}
	return UnknownWord
}

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

// Health is the row of one account that lists and verdicts are made from. All of it follows from jobs and expectations; it
// stands beside them so that a list reads one row per account.
type Health struct {
	Account   string
	Customer  tenant.ID
	Server    string
	LastGood  time.Time // the end of the latest backup without a fault
	LastSeen  time.Time // the client's latest sign of life
	Kept      map[string]Kept
	Sets      map[string]SetHealth
	Events    []driver.AccountEvent // the latest, the newest first
	Undecided time.Time             // due time of the earliest expectation that waits for a silent server; zero: none
	Version   int64
}

// Kept is the latest that is known of a device's used space.
type Kept struct {
	Bytes int64
	At    time.Time
}

// SetHealth is how a backup set stands: its latest fact, and one letter per day.
type SetHealth struct {
	Device string
	Word   Word
	Reason string
	At     time.Time // when the job began, or the backup was due
	Job    string    // empty: an expectation that was not met
	Days   strip
}

const keptEvents = 20

// Used is what all devices of the account keep, in bytes.
func (h Health) Used() (sum int64) {
	for _, k := range h.Kept {
		sum += k.Bytes
	}
	return sum
}

// Verdict is an account's health in one word, and why.
type Verdict struct {
	Word   Word
	Reason string // quota_exceeded, client_gone, read_only, silent, …
	Since  time.Time
}

// Verdict tells the account's health: that of its worst backup set. While the server is silent nobody knows more than what
// had failed before.
func (h Health) Verdict(silent bool) Verdict {
	v := Verdict{Word: None}
	for _, s := range h.Sets {
		if w := worse(v.Word, s.Word); w != v.Word || w == s.Word && s.At.After(v.Since) {
			v = Verdict{w, s.Reason, s.At}
		}
	}
	return v.unless(silent)
}

func (v Verdict) unless(silent bool) Verdict {
	if silent && v.Word != FailedWord && v.Word != MissedWord {
		return Verdict{UnknownWord, string(Silent), v.Since}
	}
	return v
}

// DayLetters is one letter for each of the 28 days that end with today, a time in the account's zone: the worst of the
// account's sets.
func (h Health) DayLetters(today time.Time) string {
	var b strings.Builder
	for i := shownDays - 1; i >= 0; i-- {
		date := time.Date(today.Year(), today.Month(), today.Day()-i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		word := None
		for _, s := range h.Sets {
			word = worse(word, wordOfLetter(s.Days.on(date)))
		}
		b.WriteString(letters[word])
	}
	return b.String()
}

func wordOfLetter(letter string) Word {
	for w, l := range letters {
		if l == letter {
			return w
		}
	}
	return UnknownWord
}

// Zone is the time zone in which an account's days begin and end: that of its first schedule.
func Zone(a accounts.Account) *time.Location {
	for _, d := range a.Devices {
		for _, s := range d.Sets {
			if zone, err := time.LoadLocation(s.Plan.TimeZone); err == nil && s.Plan.TimeZone != "" {
				return zone
			}
		}
	}
	return time.UTC
}
