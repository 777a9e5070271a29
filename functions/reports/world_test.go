package reports

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/authz/authztest"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/store/storetest"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	supplier = tenant.ID("ten_01J00000000000000000000000")
	seller   = tenant.ID("ten_01J00000000000000000000001")
	rival    = tenant.ID("ten_01J00000000000000000000002")
	clientA  = tenant.ID("ten_01J00000000000000000000003")
	clientB  = tenant.ID("ten_01J00000000000000000000004")
	srv      = "srv_01J00000000000000000000001"
	otherSrv = "srv_01J00000000000000000000002"
	acc      = "acc_01J00000000000000000000001"
	otherAcc = "acc_01J00000000000000000000002"
	farAcc   = "acc_01J00000000000000000000003" // on the other server
	dev      = "dev_01J00000000000000000000001"
	otherDev = "dev_01J00000000000000000000002"
	farDev   = "dev_01J00000000000000000000003"
	set      = "set_01J00000000000000000000001"
)

func sampleTree() authztest.Tree {
	return authztest.Of([]authz.Node{
		{ID: supplier, Level: tenant.Supplier},
		{ID: seller, Parent: supplier, Level: tenant.Reseller, Variant: tenant.Whitelabel},
		{ID: rival, Parent: supplier, Level: tenant.Reseller, Variant: tenant.Whitelabel},
		{ID: clientA, Parent: seller, Level: tenant.Customer, Name: "Bakery", Number: "AAAAAA"},
		{ID: clientB, Parent: seller, Level: tenant.Customer, Name: "Forge", Number: "BBBBBB"},
	}...)
}

// books are the accounts, in memory.
type books map[string]accounts.Account

func (b books) OnServer(ctx context.Context, server, account string) (accounts.Account, error) {
	a, err := b.Get(ctx, seller, account)
	if err == nil && a.Server != server {
		err = problem.New(problem.NotFound, "")
	}
	return a, err
}

func (b books) Get(_ context.Context, of tenant.ID, account string) (accounts.Account, error) {
	a, ok := b[account]
	if !ok || a.Seller != of {
		return accounts.Account{}, problem.New(problem.NotFound, "")
	}
	return a, nil
}

// hush says which servers are silent.
type hush map[string]bool

func (h hush) Silent(_ context.Context, _ tenant.ID, server string) (bool, error) {
	return h[server], nil
}

// alarms are timers that the test lets fire.
type alarms map[string]schedule.Timer

func (a alarms) Set(_ context.Context, t schedule.Timer) error {
	a[t.Name] = t
	return nil
}

func (a alarms) Cancel(_ context.Context, name string) error {
	delete(a, name)
	return nil
}

// world is the feature over a real store, with a clock that stands still.
type world struct {
	fatalf   func(format string, args ...any)
	clock    *clock.Fake
	rows     store.Store
	tree     authztest.Tree
	accounts books
	silent   hush
	timers   alarms
	service  *Service
	lastJob  int
}

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(start)
	rows, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	nightly := events.Schedule{Every: "day", At: "22:00", TimeZone: "Europe/Amsterdam"}
	w := &world{fatalf: t.Fatalf, clock: now, tree: sampleTree(), silent: hush{}, timers: alarms{}, accounts: books{
		acc: {
			ID: acc, Seller: seller, Customer: clientA, Name: "files", Server: srv, ServerOwner: supplier, Type: driver.Online,
			Wanted: driver.Active, Observed: 1, CreatedAt: start.AddDate(0, -2, 0),
			Devices: []accounts.Device{{ID: dev, Name: "pc", Sets: []accounts.Set{{ID: set, Name: "Standard", Plan: nightly}}}},
		},
		otherAcc: {
			ID: otherAcc, Seller: seller, Customer: clientB, Name: "forge", Server: srv, ServerOwner: supplier, Type: driver.Basic,
			Wanted: driver.Active, Observed: 1, CreatedAt: start.AddDate(0, -2, 0),
			Devices: []accounts.Device{{ID: otherDev, Name: "laptop", Sets: []accounts.Set{{ID: "set_01J00000000000000000000002", Plan: nightly}}}},
		},
		farAcc: {
			ID: farAcc, Seller: seller, Customer: clientB, Server: otherSrv, ServerOwner: supplier, Wanted: driver.Active, Observed: 1,
			Devices: []accounts.Device{{ID: farDev, Sets: []accounts.Set{{ID: "set_01J00000000000000000000003", Plan: nightly}}}},
		},
	}}
	w.on(rows)
	return w
}

// on makes the feature work on another view of the same rows.
func (w *world) on(rows store.Store) {
	w.rows = rows
	w.service = &Service{
		Guard: authz.Guard{Directory: w.tree}, Reader: Reader{rows}, Clock: w.clock, Accounts: w.accounts, Servers: w.silent, Timers: w.timers,
	}
}

// lagging makes indexes see nothing of what was written until they are told to catch up.
func (w *world) lagging() *storetest.StaleStore {
	stale := storetest.Stale(w.rows, w.clock, storetest.Lag{Writes: 1 << 30})
	w.on(stale)
	return stale
}

func person(home tenant.ID, role authz.Role) context.Context {
	return authz.With(context.Background(), authz.Principal{User: "usr_x", HomeTenant: home, Role: role, Via: authz.ViaPortal})
}

func owning() context.Context { return person(seller, authz.Owner) }

func asAgent(servers ...string) context.Context {
	return authz.With(context.Background(), authz.Principal{Via: authz.ViaAgent, Agent: "agt_x", HomeTenant: supplier, Servers: servers})
}

func asConsumer() context.Context {
	return authz.With(context.Background(), authz.System("reports"))
}

func (w *world) must(err error) {
	if err != nil {
		w.fatalf("unexpected: %v", err)
	}
}

// ran is a backup that ran for ten minutes and went well; edits make it another job.
func (w *world) ran(at time.Time, edits ...func(*driver.Job)) driver.Job {
	w.lastJob++
	ended := at.Add(10 * time.Minute)
	j := driver.Job{
		ID: jobID(at, w.lastJob), Revision: 2, Account: acc, Device: dev, Kind: driver.Backup, State: driver.Success, StartedAt: at,
		EndedAt: &ended, SeenAt: ended, UploadedBytes: 1000, SnapshotID: "5ad5", Address: "192.0.2.7",
		Log: []driver.LogLine{{At: at, Level: driver.LogInfo, Text: "lock taken"}},
	}
	for _, edit := range edits {
		edit(&j)
	}
	return j
}

func jobID(at time.Time, n int) string {
	var u ulid.ULID
	if err := u.SetTime(ulid.Timestamp(at)); err != nil {
		panic(err)
	}
	u[14], u[15] = byte(n>>8), byte(n)
	return "job_" + u.String()
}

func state(s driver.JobState) func(*driver.Job) { return func(j *driver.Job) { j.State = s } }

func kind(k driver.JobKind) func(*driver.Job) { return func(j *driver.Job) { j.Kind = k } }

// running is a job's first revision, while nobody knows what it will be.
func running(j driver.Job) driver.Job {
	j.Revision, j.State, j.Kind, j.EndedAt, j.SeenAt, j.SnapshotID, j.Reason = 1, driver.Running, driver.UnknownKind, nil, j.StartedAt, "", ""
	return j
}

func of2(account, device string) func(*driver.Job) {
	return func(j *driver.Job) { j.Account, j.Device = account, device }
}

func (w *world) report(jobs ...driver.Job) {
	w.must(w.ingest(jobs...))
}

func (w *world) ingest(jobs ...driver.Job) error {
	batch := make([]JobEntry, len(jobs))
	for i, j := range jobs {
		batch[i] = JobEntry{srv, j}
	}
	return w.service.IngestJobs(asAgent(srv), batch)
}

func (w *world) sample(at time.Time, bytes int64) {
	w.must(w.service.IngestUsage(asAgent(srv), []UsageEntry{{srv, driver.Usage{Account: acc, Device: dev, At: at, Bytes: bytes}}}))
}

// tell hands the consumer an event.
func (w *world) tell(version int64, p events.Payload) error {
	data, err := json.Marshal(p)
	w.must(err)
	return w.service.Consume(asConsumer(), events.Event{
		ID: id.New(id.Event, w.clock.Now()), Type: p.EventType(), Version: p.EventVersion(), Tenant: seller, Subject: acc,
		SubjectVersion: version, Data: data,
	})
}

func (w *world) schedule(version int64, plan events.Schedule) {
	w.must(w.tell(version, events.SetScheduled{Account: acc, Device: dev, Set: set, Server: srv, Plan: plan}))
}

// until moves the clock forward to an instant and lets every timer fire at its time.
func (w *world) until(end time.Time) {
	for {
		name := ""
		for n, t := range w.timers {
			if !t.At.After(end) && (name == "" || t.At.Before(w.timers[name].At)) {
				name = n
			}
		}
		if name == "" {
			w.clock.Set(end)
			return
		}
		t := w.timers[name]
		delete(w.timers, name)
		if t.At.After(w.clock.Now()) {
			w.clock.Set(t.At)
		}
		var e events.Event
		w.must(json.Unmarshal(t.Message.Body, &e))
		w.must(w.service.Consume(asConsumer(), e))
	}
}

// unmet tells what stands of expectations, the oldest first: due time, state and why. Open ones are told too.
func (w *world) unmet() []string { return w.unmetOf(acc) }

func (w *world) unmetOf(account string) []string {
	var all []string
	w.must(each(context.Background(), w.rows, store.Query{PK: ofAccount(seller, account, "unmet")}, func(i store.Item) error {
		e, err := readExpectation(i)
		all = append(all, strings.TrimSpace(e.DueAt.UTC().Format("01-02T15:04")+" "+string(e.State)+" "+string(e.Why)))
		return err
	}))
	return all
}

func (w *world) health() Health {
	h, err := w.service.Reader.Health(context.Background(), seller, acc)
	w.must(err)
	return h
}

// days are the letters of the last few days.
func (w *world) days(n int) string {
	all := w.health().DayLetters(w.clock.Now().In(Zone(w.accounts[acc])))
	return all[len(all)-n:]
}

func (w *world) jobs(ctx context.Context, t tenant.ID, f Filter) []string {
	var all []string
	for cursor := ""; ; {
		page, next, err := w.service.Jobs(ctx, t, f, 2, cursor)
		w.must(err)
		for _, j := range page {
			all = append(all, j.ID)
		}
		if next == "" {
			return all
		}
		cursor = next
	}
}
