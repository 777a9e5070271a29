package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// history is what clients did to one account over a day and a night, and what a simple model says became of it.
type history struct {
	ends  time.Time
	plan  events.Schedule
	dues  []time.Time
	grace time.Duration
	runs  [][]driver.Job // each job in its revisions
}

// drawHistory lets a device be due every hour around a midnight of Amsterdam, and run now and then.
func drawHistory(rt *rapid.T, w *world) history {
	h := history{grace: 20 * time.Minute, plan: events.Schedule{Every: "hour", At: "00:00", TimeZone: "Europe/Amsterdam", GraceMinutes: 20}}
	begins := time.Date(2026, 11, 24, 20, 30, 0, 0, time.UTC)
	h.ends = begins.Add(time.Duration(rapid.IntRange(1, 6).Draw(rt, "hours")) * time.Hour)
	for at := begins.Add(30 * time.Minute); at.Add(h.grace).Before(h.ends); at = at.Add(time.Hour) {
		h.dues = append(h.dues, at)
	}
	for n := range rapid.IntRange(0, 7).Draw(rt, "runs") {
		// On the minutes where something is decided, and between them.
		at := begins.Add(time.Duration(rapid.IntRange(0, int(h.ends.Sub(begins)/(10*time.Minute))).Draw(rt, fmt.Sprintf("start %d", n))) * 10 * time.Minute)
		kinds := rapid.SampledFrom([]driver.JobKind{driver.Backup, driver.Backup, driver.Read, driver.Maintenance})
		done := w.ran(at, kind(kinds.Draw(rt, "kind")), state(rapid.SampledFrom(allStates).Draw(rt, "state")))
		revisions := []driver.Job{done}
		if rapid.Bool().Draw(rt, "seen at work") {
			revisions = []driver.Job{running(done), done}
		}
		h.runs = append(h.runs, revisions)
	}
	return h
}

// final are the jobs in their last revision, by the time at which they began.
func (h history) final() []driver.Job {
	var all []driver.Job
	for _, r := range h.runs {
		all = append(all, r[len(r)-1])
	}
	slices.SortFunc(all, func(a, b driver.Job) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// became says what each due time has to end as: met ones leave nothing.
func (h history) became() (unmet []string, facts []fact) {
	for _, due := range h.dues {
		met, read := false, false
		for _, j := range h.final() {
			if j.StartedAt.Before(due) || j.StartedAt.After(due.Add(h.grace)) {
				continue
			}
			met = met || j.Kind == driver.Backup
			read = read || j.Kind == driver.Read
		}
		at := due.Format("01-02T15:04")
		switch {
		case met:
		case read:
			unmet = append(unmet, at+" unknown read")
			facts = append(facts, fact{at: due, word: UnknownWord})
		default:
			unmet = append(unmet, at+" missed")
			facts = append(facts, fact{at: due, word: MissedWord})
		}
	}
	for _, j := range h.final() {
		if j.Kind == driver.Backup {
			facts = append(facts, fact{at: j.StartedAt, job: j.ID, word: wordOf(j.State)})
		}
	}
	slices.SortFunc(facts, func(a, b fact) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.job, b.job))
	})
	return unmet, facts
}

// told is one thing that reaches the platform.
type told struct {
	job *driver.Job
	due time.Time
}

// Whatever order jobs, timers, repeats and silences come in, each due time ends as what really was, and the set and each of
// its days show their latest fact.
func TestWhateverOrderNewsComesInItEndsAsWhatHappened(t *testing.T) {
	w := newWorld(t)
	base := w.accounts[acc]
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		w.fatalf = rt.Fatalf
		n++
		a := w.anotherAccount(base, n)
		w.silent[srv] = false
		w.clock.Set(time.Date(2026, 11, 24, 20, 30, 0, 0, time.UTC))
		h := drawHistory(rt, w)
		w.must(w.tell(1, events.SetScheduled{Account: a.ID, Device: dev, Set: a.Devices[0].Sets[0].ID, Server: srv, Plan: h.plan}))

		w.deliver(rt, a, h)

		w.silent[srv] = false
		w.clock.Set(h.ends.Add(time.Hour))
		w.must(w.service.IngestUsage(asAgent(srv), []UsageEntry{{srv, driver.Usage{Account: a.ID, Device: dev, At: w.clock.Now(), Bytes: 1}}}))

		unmet, facts := h.became()
		if diff := gocmp.Diff(unmet, w.unmetOf(a.ID)); diff != "" {
			rt.Fatalf("expectations: %s", diff)
		}
		got, err := w.service.Reader.Health(context.Background(), seller, a.ID)
		w.must(err)
		word, days := None, map[string]Word{}
		for _, f := range facts {
			word = f.word
			days[dateOf(f.at, Zone(a))] = f.word
		}
		set := got.Sets[a.Devices[0].Sets[0].ID]
		if set.Word != word && (word != None || set.Word != "") {
			rt.Fatalf("the set is %s, want %s", set.Word, word)
		}
		for _, date := range []string{"2026-11-24", "2026-11-25"} {
			want := noLetter
			if word, ok := days[date]; ok {
				want = letters[word]
			}
			if got := set.Days.on(date); got != want {
				rt.Fatalf("%s shows %s, want %s", date, got, want)
			}
		}
		if !got.Undecided.IsZero() {
			rt.Fatalf("something still waits for the server")
		}
	})
}

// deliver lets news come in at random: revisions of different jobs in any order and more than once, each due time not before
// its grace is over, and the server silent now and then.
func (w *world) deliver(rt *rapid.T, a accounts.Account, h history) {
	var news []told
	for _, r := range h.runs {
		for _, j := range r {
			j.Account = a.ID
			news = append(news, told{job: &j})
			if rapid.IntRange(0, 3).Draw(rt, "again") == 0 {
				news = append(news, told{job: &j})
			}
		}
	}
	news = rapid.Permutation(news).Draw(rt, "order")
	// Timers fire in their order; what else comes in falls between them anywhere.
	for _, due := range h.dues {
		at := rapid.IntRange(0, len(news)).Draw(rt, "place")
		last := slices.IndexFunc(news, func(n told) bool { return n.job == nil })
		for i := range news {
			if news[i].job == nil {
				last = i
			}
		}
		news = slices.Insert(news, max(at, last+1), told{due: due})
	}
	for _, n := range news {
		if n.job != nil {
			w.must(w.service.IngestJobs(asAgent(srv), []JobEntry{{srv, *n.job}}))
			continue
		}
		w.silent[srv] = rapid.Bool().Draw(rt, "silent")
		if now := n.due.Add(h.grace).Add(time.Millisecond); now.After(w.clock.Now()) {
			w.clock.Set(now)
		}
		due := events.SetDue{Account: a.ID, Set: a.Devices[0].Sets[0].ID, Due: n.due}
		for range rapid.IntRange(1, 2).Draw(rt, "fires") {
			w.must(w.tell(0, due))
		}
	}
	if len(h.dues) > 0 && rapid.Bool().Draw(rt, "a dead letter comes back") {
		w.silent[srv] = false
		due := rapid.SampledFrom(h.dues).Draw(rt, "which")
		w.must(w.tell(0, events.SetDue{Account: a.ID, Set: a.Devices[0].Sets[0].ID, Due: due}))
	}
}

// anotherAccount gives each history an account of its own over the same store.
func (w *world) anotherAccount(base accounts.Account, n int) accounts.Account {
	a := base
	a.ID = fmt.Sprintf("acc_01J000000000000000001%05d", n)
	a.Devices = []accounts.Device{base.Devices[0]}
	set := base.Devices[0].Sets[0]
	set.ID = fmt.Sprintf("set_01J000000000000000001%05d", n)
	a.Devices[0].Sets = []accounts.Set{set}
	w.accounts[a.ID] = a
	return a
}

// Agents, each with its own share of the news, and the timer all write at the same time. Nothing is lost and nothing is
// decided against what was written.
func TestWritersThatRaceAgree(t *testing.T) {
	w := newWorld(t)
	w.schedule(1, nightly)
	w.clock.Set(decided)
	var jobs []driver.Job
	for n := range 12 {
		jobs = append(jobs, w.ran(due.Add(time.Duration(n)*time.Minute), kind(map[bool]driver.JobKind{true: driver.Read, false: driver.Backup}[n < 11])))
	}
	done := make(chan error)
	for _, j := range jobs {
		go func() { done <- w.service.IngestJobs(asAgent(srv), []JobEntry{{srv, j}}) }()
	}
	go func() { done <- w.tell(0, events.SetDue{Account: acc, Set: set, Due: due}) }()
	for range len(jobs) + 1 {
		if err := <-done; err != nil { // whoever loses a race saw another win it, which each does once
			t.Error(err)
		}
	}
	check(t, w, nil, OK, "s-")
	if got := w.jobs(owning(), seller, Filter{}); len(got) != len(jobs) {
		t.Errorf("%d jobs", len(got))
	}
}
