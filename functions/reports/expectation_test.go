package reports

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// nightly is due at 22:00 in Amsterdam, 21:00 UTC in winter, and may begin until 04:00.
var nightly = events.Schedule{Every: "day", At: "22:00", TimeZone: "Europe/Amsterdam"}

var (
	due     = time.Date(2026, 11, 24, 21, 0, 0, 0, time.UTC)
	decided = due.Add(graceDaily + time.Second)
)

func check(t *testing.T, w *world, unmet []string, word Word, days string) {
	t.Helper()
	if diff := cmp.Diff(unmet, w.unmet()); diff != "" {
		t.Error("expectations", diff)
	}
	if got := w.health().Sets[set].Word; got != word && (word != None || got != "") {
		t.Errorf("the set is %s, want %s", got, word)
	}
	if got := w.days(len(days)); got != days {
		t.Errorf("days %s, want %s", got, days)
	}
}

func TestAnExpectationIsDecidedFromWhatBeganInTime(t *testing.T) {
	for name, c := range map[string]struct {
		jobs  func(w *world) []driver.Job
		unmet []string
		word  Word
		day   string
	}{
		"nothing began":       {func(*world) []driver.Job { return nil }, []string{"11-24T21:00 missed"}, MissedWord, "m-"},
		"at the due time":     {func(w *world) []driver.Job { return []driver.Job{w.ran(due)} }, nil, OK, "s-"},
		"at the last instant": {func(w *world) []driver.Job { return []driver.Job{w.ran(due.Add(graceDaily))} }, nil, OK, "-s"},
		"too early": {func(w *world) []driver.Job { return []driver.Job{w.ran(due.Add(-time.Second))} },
			[]string{"11-24T21:00 missed"}, MissedWord, "m-"},
		"a failed one": {func(w *world) []driver.Job { return []driver.Job{w.ran(due, state(driver.Failed))} }, nil, FailedWord, "f-"},
		"only a read": {func(w *world) []driver.Job { return []driver.Job{w.ran(due, kind(driver.Read))} },
			[]string{"11-24T21:00 unknown read"}, UnknownWord, "u-"},
		"only maintenance": {func(w *world) []driver.Job { return []driver.Job{w.ran(due, kind(driver.Maintenance))} },
			[]string{"11-24T21:00 missed"}, MissedWord, "m-"},
		"a read, then a backup": {func(w *world) []driver.Job {
			return []driver.Job{w.ran(due, kind(driver.Read)), w.ran(due.Add(time.Hour))}
		}, nil, OK, "s-"},
		"still at work": {func(w *world) []driver.Job { return []driver.Job{running(w.ran(due))} },
			[]string{"11-24T21:00 open"}, RunningNow, "r-"},
		"another device": {func(w *world) []driver.Job { return []driver.Job{w.ran(due, of2(otherAcc, otherDev))} },
			[]string{"11-24T21:00 missed"}, MissedWord, "m-"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.lagging()
			w.schedule(1, nightly)
			w.report(c.jobs(w)...)
			w.until(decided)
			check(t, w, c.unmet, c.word, c.day)
		})
	}
}

func TestNewsThatComesLateChangesWhatWasDecided(t *testing.T) {
	for name, c := range map[string]struct {
		late  func(w *world) []driver.Job
		unmet []string
		word  Word
		day   string
	}{
		"a backup deletes the row":          {func(w *world) []driver.Job { return []driver.Job{w.ran(due.Add(time.Hour))} }, nil, OK, "s-"},
		"after midnight, of the day before": {func(w *world) []driver.Job { return []driver.Job{w.ran(due.Add(4 * time.Hour))} }, nil, OK, "-s"},
		"a read makes it unknown": {func(w *world) []driver.Job { return []driver.Job{w.ran(due, kind(driver.Read))} },
			[]string{"11-24T21:00 unknown read"}, UnknownWord, "u-"},
		"a client at work that only read": {func(w *world) []driver.Job {
			read := w.ran(due, kind(driver.Read))
			return []driver.Job{running(read), read}
		}, []string{"11-24T21:00 unknown read"}, UnknownWord, "u-"},
		"a client at work that backed up": {func(w *world) []driver.Job {
			j := w.ran(due)
			return []driver.Job{running(j), j}
		}, nil, OK, "s-"},
		"a backup outside the grace": {func(w *world) []driver.Job { return []driver.Job{w.ran(due.Add(-time.Hour))} },
			[]string{"11-24T21:00 missed"}, MissedWord, "m-"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.lagging()
			w.schedule(1, nightly)
			w.until(decided)
			check(t, w, []string{"11-24T21:00 missed"}, MissedWord, "m-")
			for _, j := range c.late(w) {
				w.report(j)
			}
			check(t, w, c.unmet, c.word, c.day)
		})
	}
}

func TestARestoreDoesNotLeaveTheSetRunning(t *testing.T) {
	w := newWorld(t)
	backup := w.ran(start.Add(-3 * time.Hour))
	read := w.ran(start.Add(-time.Hour), kind(driver.Read))
	w.report(backup, running(read))
	check(t, w, nil, RunningNow, "r")
	w.report(read)
	check(t, w, nil, OK, "s")
	if got := w.health().Sets[set].Job; got != backup.ID {
		t.Errorf("the set stands on %s", got)
	}
}

func TestASilentServerMakesItUnknownAndItsReturnDecides(t *testing.T) {
	for name, c := range map[string]struct {
		back  func(w *world)
		unmet []string
		days  string
	}{
		"its usage shows that it was there": {func(w *world) { w.sample(w.clock.Now(), 1) }, []string{"11-24T21:00 missed"}, "m-"},
		"usage from before says nothing":    {func(w *world) { w.sample(due, 1) }, []string{"11-24T21:00 unknown silent"}, "u-"},
		"a backup that it had kept":         {func(w *world) { w.report(w.ran(due)) }, nil, "s-"},
		"a read alone does not decide": {func(w *world) { w.report(w.ran(due, kind(driver.Read))) },
			[]string{"11-24T21:00 unknown silent"}, "u-"},
		"a read, then usage": {func(w *world) {
			w.report(w.ran(due, kind(driver.Read)))
			w.sample(w.clock.Now(), 1)
		}, []string{"11-24T21:00 unknown read"}, "u-"},
		"the next due time": {func(w *world) { w.until(decided.AddDate(0, 0, 1)) },
			[]string{"11-24T21:00 missed", "11-25T21:00 missed"}, "mm-"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.lagging()
			w.schedule(1, nightly)
			w.silent[srv] = true
			w.until(decided)
			check(t, w, []string{"11-24T21:00 unknown silent"}, UnknownWord, "u-")
			w.silent[srv] = false
			c.back(w)
			if diff := cmp.Diff(c.unmet, w.unmet()); diff != "" {
				t.Error(diff)
			}
			if got := w.days(len(c.days)); got != c.days {
				t.Errorf("days %s, want %s", got, c.days)
			}
		})
	}
}

func TestALongSilenceIsDecidedInPortions(t *testing.T) {
	w := newWorld(t)
	w.schedule(1, events.Schedule{Every: "hour", At: "00:15", TimeZone: "UTC"})
	w.silent[srv] = true
	w.until(start.Add(100 * time.Hour))
	if n := len(w.unmet()); n != 100 {
		t.Fatalf("%d expectations wait", n)
	}
	w.silent[srv] = false
	for range 3 {
		w.sample(w.clock.Now(), 1)
		w.clock.Advance(time.Minute)
	}
	for _, e := range w.unmet() {
		if e[len(e)-6:] != "missed" {
			t.Fatalf("%s after the server came back", e)
		}
	}
	if !w.health().Undecided.IsZero() {
		t.Fatal("something still waits")
	}
}

func TestNothingIsExpectedOfAnAccountThatNobodyCouldUse(t *testing.T) {
	for name, spoil := range map[string]func(w *world){
		"suspended":             func(w *world) { a := w.accounts[acc]; a.Wanted = driver.Suspended; w.accounts[acc] = a },
		"not on its server yet": func(w *world) { a := w.accounts[acc]; a.Observed = 0; w.accounts[acc] = a },
		"made after the time":   func(w *world) { a := w.accounts[acc]; a.CreatedAt = due.Add(time.Hour); w.accounts[acc] = a },
		"gone":                  func(w *world) { delete(w.accounts, acc) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.schedule(1, nightly)
			spoil(w)
			w.until(decided)
			if got := w.unmet(); len(got) > 0 {
				t.Error(got)
			}
			if armed := len(w.timers) == 1; armed != (name != "gone") {
				t.Errorf("%d timers", len(w.timers))
			}
		})
	}
}

func TestATimerThatFiresTwiceDecidesOnceAndKeepsTheNextOne(t *testing.T) {
	w := newWorld(t)
	w.schedule(1, nightly)
	w.until(decided)
	first := w.timers[timerName(set)]
	w.until(decided.AddDate(0, 0, 3))
	want, pending := w.unmet(), w.timers[timerName(set)]
	for range 2 {
		w.must(w.tell(0, events.SetDue{Account: acc, Set: set, Due: due}))
	}
	if diff := cmp.Diff(want, w.unmet()); diff != "" {
		t.Error(diff)
	}
	if got := w.timers[timerName(set)]; !got.At.Equal(pending.At) || got.At.Equal(first.At) {
		t.Errorf("the timer stands at %s, want %s", got.At, pending.At)
	}
}

func TestDueTimesThatThePlatformSleptThroughAreCaughtUpWithinBounds(t *testing.T) {
	w := newWorld(t)
	w.schedule(1, nightly)
	asleep := start.AddDate(0, 0, 60)
	w.clock.Set(asleep)
	w.until(asleep)
	got := w.unmet()
	if len(got) != shownDays+1 { // the one whose timer waited, and four weeks
		t.Fatalf("%d expectations: %v", len(got), got)
	}
	if want := asleep.AddDate(0, 0, -1).Format("01-02") + "T21:00 missed"; got[len(got)-1] != want {
		t.Errorf("the last is %s, want %s", got[len(got)-1], want)
	}
	if next := w.timers[timerName(set)].At; !next.After(asleep) {
		t.Errorf("the next timer stands at %s", next)
	}
}

func TestASchedule(t *testing.T) {
	early := events.Schedule{Every: "day", At: "20:00", TimeZone: "Europe/Amsterdam"}
	t.Run("told again while its grace runs keeps what is due", func(t *testing.T) {
		w := newWorld(t)
		w.schedule(1, nightly)
		w.until(due.Add(time.Hour))
		w.schedule(2, nightly) // the set got another name
		w.until(decided)
		check(t, w, []string{"11-24T21:00 missed"}, MissedWord, "m-")
	})
	t.Run("that changed holds from now on", func(t *testing.T) {
		w := newWorld(t)
		w.schedule(1, nightly)
		w.until(due.Add(time.Hour))
		w.schedule(2, early)
		w.until(decided.AddDate(0, 0, 1))
		check(t, w, []string{"11-25T19:00 missed"}, MissedWord, "-m-")
	})
	t.Run("that comes late changes nothing", func(t *testing.T) {
		w := newWorld(t)
		w.schedule(2, early)
		w.schedule(1, nightly)
		w.until(decided)
		check(t, w, []string{"11-24T19:00 missed"}, MissedWord, "m-")
	})
	t.Run("that ended expects nothing and forgets what was missed", func(t *testing.T) {
		w := newWorld(t)
		w.schedule(1, nightly)
		w.until(decided)
		w.schedule(2, events.Schedule{Every: "none"})
		w.until(decided.AddDate(0, 0, 2))
		check(t, w, []string{"11-24T21:00 missed"}, None, "m---")
		if len(w.timers) > 0 {
			t.Error("a timer still waits")
		}
	})
	t.Run("of a removed set leaves no trace in health", func(t *testing.T) {
		w := newWorld(t)
		w.schedule(1, nightly)
		w.until(decided)
		w.must(w.tell(2, events.SetScheduled{Account: acc, Device: dev, Set: set, Server: srv, Plan: nightly, Removed: true}))
		if h := w.health(); len(h.Sets) > 0 || h.Verdict(false).Word != None {
			t.Errorf("got %+v", h)
		}
	})
	t.Run("that cannot be goes back to the queue", func(t *testing.T) {
		w := newWorld(t)
		if err := w.tell(1, events.SetScheduled{Account: acc, Set: set, Plan: events.Schedule{Every: "fortnight", At: "22:00"}}); err == nil {
			t.Error("accepted")
		}
	})
}

// A week around the end of summer time, as its owner lives through it: the backup is due at 02:30 in Amsterdam every night,
// a time that comes twice on Sunday; the machine is off on Saturday night, and its news of Monday comes on Tuesday.
func TestAWeekAroundTheEndOfSummerTime(t *testing.T) {
	w := newWorld(t)
	w.lagging()
	at := func(text string) time.Time {
		v, err := time.Parse("2006-01-02T15:04Z07:00", text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	w.clock.Set(at("2026-10-22T12:00+02:00"))
	plan := events.Schedule{Every: "day", At: "02:30", TimeZone: "Europe/Amsterdam", GraceMinutes: 60}
	a := w.accounts[acc]
	a.CreatedAt = at("2026-10-01T00:00+02:00")
	a.Devices[0].Sets[0].Plan = plan
	w.accounts[acc] = a
	w.schedule(1, plan)

	w.until(at("2026-10-23T02:40+02:00"))
	w.report(w.ran(w.clock.Now()))
	w.until(at("2026-10-24T02:31+02:00"))
	w.report(w.ran(w.clock.Now(), state(driver.Warning)))
	w.until(at("2026-10-25T12:00+01:00")) // due once, at 02:30 summer time; the second 02:30 would not count
	check(t, w, []string{"10-25T00:30 missed"}, MissedWord, "swm")
	w.until(at("2026-10-27T09:00+01:00"))
	check(t, w, []string{"10-25T00:30 missed", "10-26T01:30 missed", "10-27T01:30 missed"}, MissedWord, "swmmm")
	w.report(w.ran(at("2026-10-26T02:35+01:00")), w.ran(at("2026-10-27T02:35+01:00")))
	check(t, w, []string{"10-25T00:30 missed"}, OK, "swmss")
}

func TestSetsThatWaitedTogetherAreDecidedTogether(t *testing.T) {
	w := newWorld(t)
	const second = "set_01J00000000000000000000009"
	a := w.accounts[acc]
	a.Devices = append(a.Devices, accounts.Device{ID: otherDev, Name: "laptop", Sets: []accounts.Set{{ID: second, Name: "Photos", Plan: nightly}}})
	w.accounts[acc] = a
	w.schedule(1, nightly)
	w.must(w.tell(1, events.SetScheduled{Account: acc, Device: otherDev, Set: second, Server: srv, Plan: nightly}))
	w.silent[srv] = true
	w.until(decided)
	w.silent[srv] = false
	w.must(w.tell(0, events.SetDue{Account: acc, Set: set, Due: due})) // a repeat of one of the two
	if diff := cmp.Diff([]string{"11-24T21:00 missed", "11-24T21:00 missed"}, w.unmet()); diff != "" {
		t.Error(diff)
	}
	if h := w.health(); !h.Undecided.IsZero() || h.Sets[second].Word != MissedWord || h.Sets[set].Word != MissedWord {
		t.Errorf("got %+v", h)
	}
}
