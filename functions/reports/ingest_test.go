package reports

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// field returns the field that a refused batch names, with its code.
func field(err error) string {
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != problem.BatchRefused || len(p.Fields) != 1 {
		return "not a refused batch"
	}
	return p.Fields[0].Name + " " + p.Fields[0].Code
}

func TestABatchOfJobsWithABadEntryIsRefusedWholeAndNamesIt(t *testing.T) {
	good := start.Add(-time.Hour)
	for name, c := range map[string]struct {
		spoil func(w *world, e *JobEntry)
		want  string
	}{
		"another agent's server": {func(_ *world, e *JobEntry) { e.Server = otherSrv }, "/jobs/1/server not_found"},
		"unknown state":          {func(_ *world, e *JobEntry) { e.Job.State = "fine" }, "/jobs/1/job/state enum"},
		"unknown account":        {func(_ *world, e *JobEntry) { e.Job.Account = "acc_01J0000000000000000000009Z" }, "/jobs/1/job/account not_found"},
		"account of another server": {func(_ *world, e *JobEntry) { e.Job.Account, e.Job.Device = farAcc, farDev },
			"/jobs/1/job/account not_found"},
		"device of another account": {func(_ *world, e *JobEntry) { e.Job.Device = otherDev }, "/jobs/1/job/device not_found"},
		"identifier of another time": {func(_ *world, e *JobEntry) { e.Job.ID = jobID(good.Add(-2*time.Hour), 9) },
			"/jobs/1/job/id id"},
		"begun in the far future": {func(w *world, e *JobEntry) { *e = JobEntry{srv, w.ran(start.Add(48 * time.Hour))} },
			"/jobs/1/job/started_at time"},
		"another account's job": {func(w *world, e *JobEntry) {
			theirs := w.ran(good, of2(otherAcc, otherDev))
			w.report(theirs)
			e.Job.ID = theirs.ID
		}, "/jobs/1/job/id taken"},
		"one identifier for two accounts": {func(w *world, e *JobEntry) {
			e.Job = w.ran(good.Add(-time.Hour), of2(otherAcc, otherDev))
			e.Job.ID = jobID(good.Add(-time.Hour), 1)
			e.Job.StartedAt = good.Add(-time.Hour)
		}, "/jobs/1/job/id taken"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			batch := []JobEntry{{srv, w.ran(good.Add(-time.Hour))}, {srv, w.ran(good)}, {srv, w.ran(good)}}
			c.spoil(w, &batch[1])
			before := w.jobs(owning(), seller, Filter{})
			err := w.service.IngestJobs(asAgent(srv), batch)
			if got := field(err); got != c.want {
				t.Fatalf("got %s (%v), want %s", got, err, c.want)
			}
			if diff := cmp.Diff(before, w.jobs(owning(), seller, Filter{})); diff != "" {
				t.Fatal("something of the batch was taken", diff)
			}
			if name == "unknown state" && strings.Contains(err.Error(), "fine") {
				t.Fatal("the value is told back")
			}
		})
	}
}

func TestBatchesOfEventsAndUsageAreRefusedWhole(t *testing.T) {
	w := newWorld(t)
	event := driver.AccountEvent{
		ID: "aev_01J00000000000000000000001", Revision: 1, Account: acc, Device: dev, Kind: driver.LoginRefused, First: start, Last: start, Count: 1,
	}
	usage := driver.Usage{Account: acc, Device: dev, At: start, Bytes: 7}
	foreign, ahead, unknown := event, event, usage
	foreign.Account = farAcc
	ahead.Last = start.AddDate(1, 0, 0)
	unknown.Device = otherDev
	negative := usage
	negative.Bytes = -1
	for name, c := range map[string]struct {
		give func() error
		want string
	}{
		"event of an account elsewhere": {func() error {
			return w.service.IngestEvents(asAgent(srv), []EventEntry{{srv, event}, {srv, foreign}})
		}, "/events/1/event/account not_found"},
		"event in the far future": {func() error {
			return w.service.IngestEvents(asAgent(srv), []EventEntry{{srv, event}, {srv, ahead}})
		}, "/events/1/event/last time"},
		"usage of an unknown device": {func() error {
			return w.service.IngestUsage(asAgent(srv), []UsageEntry{{srv, usage}, {srv, unknown}})
		}, "/usage/1/usage/device not_found"},
		"negative usage": {func() error {
			return w.service.IngestUsage(asAgent(srv), []UsageEntry{{srv, usage}, {srv, negative}})
		}, "/usage/1/usage/bytes range"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := field(c.give()); got != c.want {
				t.Fatalf("got %s, want %s", got, c.want)
			}
			if h := w.health(); len(h.Events) > 0 || h.Used() != 0 {
				t.Fatalf("something was taken: %+v", h)
			}
		})
	}
}

func TestOnlyAgentsReport(t *testing.T) {
	w := newWorld(t)
	for name, ctx := range map[string]context.Context{"a person": owning(), "a consumer": asConsumer(), "nobody": context.Background()} {
		for what, err := range map[string]error{
			"jobs": w.service.IngestJobs(ctx, nil), "events": w.service.IngestEvents(ctx, nil), "usage": w.service.IngestUsage(ctx, nil),
		} {
			if !problem.Has(err, problem.Unauthenticated) {
				t.Errorf("%s reports %s: %v", name, what, err)
			}
		}
	}
}

func TestANewerRevisionReplacesAnOlderOneAndNeverTheOtherWayRound(t *testing.T) {
	w := newWorld(t)
	done := w.ran(start.Add(-time.Hour))
	w.report(running(done), done, running(done), done)
	got, err := w.service.Job(owning(), seller, done.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Revision != 2 || got.State != driver.Success || len(got.Log) != 1 || got.Customer != clientA || got.Set != set {
		t.Fatalf("got %+v", got)
	}
	if n := len(w.jobs(owning(), seller, Filter{})); n != 1 {
		t.Fatalf("%d jobs", n)
	}
	before := w.health().Version
	w.report(done, running(done))
	if after := w.health().Version; after != before {
		t.Errorf("a repeat wrote %d times", after-before)
	}
}

func TestALongLogKeepsItsEndAndSaysThatItWasCut(t *testing.T) {
	w := newWorld(t)
	j := w.ran(start.Add(-time.Hour))
	j.Log = nil
	for range 500 {
		j.Log = append(j.Log, driver.LogLine{At: j.StartedAt, Level: driver.LogInfo, Text: strings.Repeat("é", 1900)})
	}
	j.Log[499].Text = "the end"
	w.report(j)
	got, err := w.service.Job(owning(), seller, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	row, err := w.rows.Get(context.Background(), logKey(seller, acc, j.ID))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case len(row.Value) > maxLog:
		t.Fatalf("%d bytes", len(row.Value))
	case !got.Truncated, len(got.Log) == 0, got.Log[len(got.Log)-1].Text != "the end":
		t.Fatalf("truncated %v, %d lines", got.Truncated, len(got.Log))
	}
}

func TestLogsGoBeforeJobs(t *testing.T) {
	w := newWorld(t)
	j := w.ran(start.Add(-time.Hour))
	w.report(j)
	w.clock.Advance(91 * 24 * time.Hour)
	got, err := w.service.Job(owning(), seller, j.ID)
	if err != nil || len(got.Log) != 0 {
		t.Fatalf("after 91 days: %d lines, %v", len(got.Log), err)
	}
	w.clock.Advance(310 * 24 * time.Hour)
	if _, err := w.service.Job(owning(), seller, j.ID); !problem.Has(err, problem.NotFound) {
		t.Fatalf("after 401 days: %v", err)
	}
}

func TestUsedSpaceIsTheLatestSampleWhateverOrderSamplesComeIn(t *testing.T) {
	w := newWorld(t)
	w.sample(start.Add(10*time.Minute), 30)
	w.sample(start.Add(-26*time.Hour), 10)
	w.sample(start.Add(5*time.Minute), 20) // of the same hour as the latest
	if got := w.health().Used(); got != 30 {
		t.Fatalf("used %d", got)
	}
	got, err := w.service.Usage(owning(), seller, acc, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Sample{{start.Add(-26 * time.Hour), 10}, {start.Add(10 * time.Minute), 30}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestADayOfUsageCountsDevicesThatWereLastHeardTheDayBefore(t *testing.T) {
	w := newWorld(t)
	a := w.accounts[acc]
	a.Devices = append(a.Devices, a.Devices[0])
	a.Devices[1].ID = otherDev
	w.accounts[acc] = a
	w.must(w.service.IngestUsage(asAgent(srv), []UsageEntry{
		{srv, driver.Usage{Account: acc, Device: otherDev, At: start.Add(-20 * time.Hour), Bytes: 5}},
		{srv, driver.Usage{Account: acc, Device: dev, At: start, Bytes: 7}},
	}))
	got, err := w.service.Usage(owning(), seller, acc, start.Add(-time.Hour), time.Time{})
	if diff := cmp.Diff([]Sample{{start, 12}}, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
}

func TestEventsAreKeptInTheirNewestRevisionTheLatestFirst(t *testing.T) {
	w := newWorld(t)
	event := func(n byte, revision int64, last time.Duration) EventEntry {
		return EventEntry{srv, driver.AccountEvent{
			ID: "aev_01J0000000000000000000000" + string(n), Revision: revision, Account: acc, Kind: driver.LoginRefused, First: start.Add(-time.Hour),
			Last: start.Add(last), Count: revision,
		}}
	}
	batch := []EventEntry{event('1', 2, -time.Minute), event('2', 1, -2*time.Minute), event('1', 1, -3*time.Minute)}
	for range 2 {
		w.must(w.service.IngestEvents(asAgent(srv), batch))
	}
	got := w.health().Events
	if len(got) != 2 || got[0].ID != batch[0].Event.ID || got[0].Revision != 2 || got[1].ID != batch[1].Event.ID {
		t.Fatalf("got %+v", got)
	}
}

// torn fails its n-th write and all that follow, as a platform does that goes down in the middle.
type torn struct {
	store.Store
	left int
}

var errDown = errors.New("down")

func (s *torn) AtomicWrite(ctx context.Context, w store.Write) error {
	if s.left == 0 {
		return errDown
	}
	s.left--
	return s.Store.AtomicWrite(ctx, w)
}

func TestABatchThatFailedHalfwayIsDoneWhenItIsSentAgain(t *testing.T) {
	w := newWorld(t)
	rows := w.rows
	batch := []driver.Job{w.ran(start.Add(-3 * time.Hour)), w.ran(start.Add(-2 * time.Hour)), w.ran(start.Add(-time.Hour))}
	for writes := range 2 {
		w.on(&torn{rows, writes})
		if err := w.ingest(batch...); !errors.Is(err, errDown) {
			t.Fatalf("after %d writes: %v", writes, err)
		}
	}
	w.on(rows)
	w.report(batch...)
	if got := w.jobs(owning(), seller, Filter{}); len(got) != 3 || got[0] != batch[2].ID {
		t.Fatalf("got %v", got)
	}
}
