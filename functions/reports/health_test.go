package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

func TestEveryStateOfAJobHasItsWordAndNothingUnknownIsGood(t *testing.T) {
	want := map[driver.JobState]Word{
		driver.Running: RunningNow, driver.Success: OK, driver.Warning: Warnings, driver.Failed: FailedWord, driver.Quota: FailedWord,
		driver.Cancelled: CancelledBy, driver.Interrupted: FailedWord, driver.UnknownState: UnknownWord,
		"a state of a later driver": UnknownWord, "": UnknownWord,
	}
	for state, word := range want {
		if got := wordOf(state); got != word {
			t.Errorf("%q reads %s, want %s", state, got, word)
		}
	}
	if len(letters) != len(urgency) {
		t.Error("a word without letter or urgency")
	}
	for word, letter := range letters {
		if got := wordOfLetter(letter); got != word {
			t.Errorf("the letter of %s reads %s", word, got)
		}
	}
}

func TestQuotaAndInterruptedSayWhyTheyFailed(t *testing.T) {
	for state, want := range map[driver.JobState]string{driver.Quota: "quota", driver.Interrupted: "interrupted", driver.Failed: ""} {
		if got := reasonOf(Job{Job: driver.Job{State: state}}); got != want {
			t.Errorf("%s: %q", state, got)
		}
	}
	if got := reasonOf(Job{Job: driver.Job{State: driver.Quota, Reason: "quota_exceeded"}}); got != "quota_exceeded" {
		t.Errorf("the server's own reason became %q", got)
	}
}

func TestTheVerdictIsTheWorstSetAndSilenceHidesOnlyWhatLookedWell(t *testing.T) {
	at := func(hours int, w Word, reason string) SetHealth {
		return SetHealth{Word: w, Reason: reason, At: start.Add(time.Duration(hours) * time.Hour)}
	}
	for name, c := range map[string]struct {
		sets   []SetHealth
		silent bool
		want   Verdict
	}{
		"nothing yet":              {nil, false, Verdict{Word: None}},
		"nothing yet, silent":      {nil, true, Verdict{Word: UnknownWord, Reason: "silent"}},
		"one good":                 {[]SetHealth{at(0, OK, "")}, false, Verdict{OK, "", start}},
		"one good, silent":         {[]SetHealth{at(0, OK, "")}, true, Verdict{UnknownWord, "silent", start}},
		"a new set beside a good":  {[]SetHealth{at(0, OK, ""), {Word: None}}, false, Verdict{OK, "", start}},
		"unknown beside good":      {[]SetHealth{at(0, OK, ""), at(1, UnknownWord, "read")}, false, Verdict{UnknownWord, "read", start.Add(time.Hour)}},
		"failed beside missed":     {[]SetHealth{at(1, MissedWord, ""), at(0, FailedWord, "no_snapshot")}, false, Verdict{FailedWord, "no_snapshot", start}},
		"failed stays in silence":  {[]SetHealth{at(0, FailedWord, "no_snapshot")}, true, Verdict{FailedWord, "no_snapshot", start}},
		"missed stays in silence":  {[]SetHealth{at(0, MissedWord, "")}, true, Verdict{MissedWord, "", start}},
		"warnings do not":          {[]SetHealth{at(0, Warnings, "")}, true, Verdict{UnknownWord, "silent", start}},
		"running does not":         {[]SetHealth{at(0, RunningNow, "")}, true, Verdict{UnknownWord, "silent", start}},
		"the latest of equals":     {[]SetHealth{at(0, FailedWord, "a"), at(2, FailedWord, "b"), at(1, FailedWord, "c")}, false, Verdict{FailedWord, "b", start.Add(2 * time.Hour)}},
		"running beside cancelled": {[]SetHealth{at(0, RunningNow, ""), at(0, CancelledBy, "")}, false, Verdict{CancelledBy, "", start}},
	} {
		t.Run(name, func(t *testing.T) {
			h := noHealth(acc)
			for i, s := range c.sets {
				h.Sets[string(rune('a'+i))] = s
			}
			if got := h.Verdict(c.silent); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestADayShowsTheWorstOfAnAccountsSets(t *testing.T) {
	h := noHealth(acc)
	h.Sets["a"] = SetHealth{Days: strip{}.with("2026-11-23", "s").with("2026-11-24", "s")}
	h.Sets["b"] = SetHealth{Days: strip{}.with("2026-11-22", "w").with("2026-11-23", "u")}
	got := h.DayLetters(time.Date(2026, 11, 25, 0, 30, 0, 0, time.UTC))
	if want := strings.Repeat("-", 24) + "wus-"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A strip is a map from dates to letters that forgets what is older than it keeps.
func TestAStripIsAMapOfTheLatestDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var s strip
		model := map[int]string{}
		latest := -1 << 30
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			day := rapid.IntRange(-60, 60).Draw(rt, "day")
			letter := rapid.SampledFrom([]string{"s", "f", "m", "-"}).Draw(rt, "letter")
			s = s.with(start.AddDate(0, 0, day).Format(time.DateOnly), letter)
			latest = max(latest, day)
			if day > latest-keptDays {
				model[day] = letter
			}
		}
		for day := latest - keptDays + 1; day <= latest+3; day++ {
			want, ok := model[day]
			if !ok {
				want = noLetter
			}
			if got := s.on(start.AddDate(0, 0, day).Format(time.DateOnly)); got != want {
				rt.Fatalf("day %d shows %s, want %s", day, got, want)
			}
		}
		if len(s.Letters) > keptDays {
			rt.Fatalf("%d letters are kept", len(s.Letters))
		}
	})
}

func TestTheHealthOfAnAccountNamesEverySetAndWhenItIsDueNext(t *testing.T) {
	w := newWorld(t)
	j := w.ran(start.Add(-time.Hour))
	w.report(j)
	w.sample(start, 42)
	got, err := w.service.HealthOf(owning(), seller, acc)
	if err != nil {
		t.Fatal(err)
	}
	if got.Verdict.Word != OK || !got.LastGood.Equal(*j.EndedAt) || !got.LastSeen.Equal(j.SeenAt) || got.Used() != 42 || !strings.HasSuffix(got.Days, "-s") {
		t.Errorf("got %+v", got)
	}
	if len(got.Now) != 1 || got.Now[0].Job != j.ID || got.Now[0].Name != "Standard" || !got.Now[0].DueAt.Equal(due) {
		t.Errorf("sets %+v", got.Now)
	}
	w.silent[srv] = true
	got, err = w.service.HealthOf(owning(), seller, acc)
	if err != nil || got.Verdict.Word != UnknownWord || got.Now[0].Word != UnknownWord {
		t.Errorf("silent: %+v, %v", got, err)
	}
	other, err := w.service.HealthOf(owning(), seller, otherAcc)
	if err != nil || len(other.Now) != 1 || other.Now[0].Word != UnknownWord || other.Used() != 0 {
		t.Errorf("nothing heard: %+v, %v", other, err)
	}
}

func TestOfSuccessAndWarningOnlySuccessIsGood(t *testing.T) {
	w := newWorld(t)
	good, late := w.ran(start.Add(-3*time.Hour)), w.ran(start.Add(-4*time.Hour))
	w.report(good, w.ran(start.Add(-time.Hour), state(driver.Warning)), late)
	if got := w.health().LastGood; !got.Equal(*good.EndedAt) {
		t.Errorf("last good %s", got)
	}
}

func TestHealthsAreReadInOneGo(t *testing.T) {
	w := newWorld(t)
	w.report(w.ran(start.Add(-time.Hour)), w.ran(start.Add(-time.Hour), of2(otherAcc, otherDev), state(driver.Failed)))
	all, err := w.service.Reader.Healths(t.Context(), seller, "")
	if err != nil || len(all) != 2 || all[acc].Verdict(false).Word != OK || all[otherAcc].Verdict(false).Word != FailedWord {
		t.Errorf("got %+v, %v", all, err)
	}
	own, err := w.service.Reader.Healths(t.Context(), seller, clientB)
	if _, found := own[otherAcc]; err != nil || len(own) != 1 || !found {
		t.Errorf("of one customer: %+v, %v", own, err)
	}
}

var allStates = []driver.JobState{driver.Success, driver.Warning, driver.Failed, driver.Quota, driver.Cancelled, driver.Interrupted, driver.UnknownState}

func TestStatesOfTheGeneratorAreAllThereAre(t *testing.T) {
	w := newWorld(t)
	for _, s := range allStates {
		if err := w.ran(start, state(s)).Validate(); err != nil || slices.Contains([]driver.JobState{driver.Running}, s) {
			t.Errorf("%s: %v", s, err)
		}
	}
}
