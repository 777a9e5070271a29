package accounts

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/box"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
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

// world is the feature between the real tree, servers and operations over a real store, whose indexes lag behind by a few
// writes. There is no agent: the tests say how operations end.
type world struct {
	testing.TB
	*Service
	clock    *clock.Fake
	rows     store.Store
	tree     *tenancy.Service
	machines *servers.Service
	root     tenancy.Tenant
	seller   tenant.ID
	customer tenant.ID
	server   string
	public   *[32]byte
	private  *[32]byte
	used     map[string]int64 // what reports have measured
	good     time.Time        // the end of the latest good backup
	timers   map[string]schedule.Timer
	desk     approvals.Desk
}

func (w *world) Used(_ context.Context, _ tenant.ID, account string) (int64, error) {
	return w.used[account], nil
}

func (w *world) LastGood(context.Context, tenant.ID, string) (time.Time, error) { return w.good, nil }

type slug string

func (s slug) LoginPrefix(context.Context, tenant.ID) (string, error) { return string(s), nil }

type noOwners struct{}

func (noOwners) InviteOwner(context.Context, tenancy.Tenant, string, string) (store.Write, string, error) {
	return store.Write{}, "", nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	table, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	rows := storetest.Stale(table, now, storetest.Lag{Writes: 2})
	tenants := tenancy.Reader{Rows: rows}
	directory := tenancy.NewDirectory(tenants, now)
	guard := authz.Guard{Directory: directory}
	changes := change.Log{Store: rows, Clock: now}
	w := &world{TB: t, clock: now, rows: table, used: map[string]int64{}, timers: map[string]schedule.Timer{}}
	w.tree = &tenancy.Service{Guard: guard, Reader: tenants, Changes: changes, Clock: now, Directory: directory, Owners: noOwners{}}
	w.machines = &servers.Service{
		Guard: guard, Reader: servers.Reader{Rows: rows}, Changes: changes, Clock: now,
		PlatformKey: func(context.Context) ([]byte, error) { return make([]byte, 32), nil },
		WakeURL:     func(string, bool) string { return "ws://platform.example" },
	}
	w.Service = &Service{
		Guard: guard, Reader: Reader{Rows: rows}, Changes: changes, Clock: now, Operations: operations.Queue{Rows: rows, Clock: now},
		Servers: w.machines.Reader, Slugs: slug("shop"), Usage: w, Timers: w, Approvals: &w.desk,
	}
	w.desk = approvals.Desk{Reader: approvals.Reader{Rows: rows}, Directory: directory, Clock: now}
	w.plant()
	return w
}

func (w *world) plant() {
	w.Helper()
	ctx := context.Background()
	root, direct, _, err := w.tree.PlantRoot(ctx, tenancy.Profile{
		Name: "Northgate", Country: "NL", TimeZone: "Europe/Amsterdam", Language: "nl",
	}, tenancy.NewOwner{Name: "Owner", Email: "owner@northgate.example"})
	w.must(err)
	w.root, w.seller = root, direct.ID
	w.customer = w.buyer(w.seller, "Bakery")
	v, err := w.machines.Create(as(root.ID, authz.Owner), root.ID, servers.Draft{
		Name: "Vault", Host: "vault.example", Types: []driver.AccountType{driver.Online, driver.Basic},
	})
	w.must(err)
	w.server = v.ID
	w.enrol()
}

// enrol puts a new agent beside the server.
func (w *world) enrol() {
	w.Helper()
	var err error
	w.public, w.private, err = box.GenerateKey(rand.Reader)
	w.must(err)
	e, err := w.machines.StartEnrolment(as(w.root.ID, authz.Owner), w.root.ID, w.server)
	w.must(err)
	_, err = w.machines.Enrol(context.Background(), servers.Newcomer{Token: e.Token, SignKey: make([]byte, 32), SealKey: w.public[:], Software: "1"})
	w.must(err)
}

func (w *world) buyer(seller tenant.ID, name string) tenant.ID {
	w.Helper()
	c, err := w.tree.CreateCustomer(as(seller, authz.Owner), seller, tenancy.NewCustomer{Profile: tenancy.Profile{Name: name}, Kind: tenant.Business})
	w.must(err)
	return c.ID
}

func (w *world) reseller(name string) tenant.ID {
	w.Helper()
	t, _, err := w.tree.CreateSeller(as(w.root.ID, authz.Owner), w.root.ID, tenancy.NewSeller{
		Profile: tenancy.Profile{Name: name}, Level: tenant.Reseller, Variant: tenant.Whitelabel,
	})
	w.must(err)
	return t.ID
}

func as(home tenant.ID, role authz.Role) context.Context {
	return authz.With(context.Background(), authz.Principal{User: "usr_x", Name: "Somebody", HomeTenant: home, Role: role, Via: authz.ViaPortal})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) refused(err error, code problem.Code) {
	w.Helper()
	if !problem.Has(err, code) {
		w.Fatalf("got %v, want %s", err, code)
	}
}

func (w *world) draft() Draft {
	return Draft{Customer: w.customer, Server: w.server, Type: driver.Online, Name: "srv-1", QuotaBytes: 50_000_000}
}

func (w *world) create() (View, Login) {
	w.Helper()
	v, l, err := w.Create(as(w.seller, authz.Owner), w.seller, w.draft())
	w.must(err)
	return v, l
}

func (w *world) get(account string) Account {
	w.Helper()
	a, err := w.Reader.Get(context.Background(), w.seller, account)
	w.must(err)
	return a
}

// spec is what the operation asks of the server.
func (w *world) spec(op string) driver.AccountSpec {
	w.Helper()
	o, err := operations.Reader{Rows: w.rows}.Get(context.Background(), w.seller, op)
	w.must(err)
	var s driver.AccountSpec
	w.must(json.Unmarshal(o.Spec, &s))
	return s
}

// Set keeps a timer for the test to fire.
func (w *world) Set(_ context.Context, t schedule.Timer) error {
	w.timers[t.Name] = t
	return nil
}

// Cancel implements schedule.Schedule.
func (w *world) Cancel(_ context.Context, name string) error {
	delete(w.timers, name)
	return nil
}

// ended tells accounts how an operation ended.
func (w *world) ended(p events.OperationEnded) error {
	w.Helper()
	data, err := json.Marshal(p)
	w.must(err)
	return w.Consume(authz.With(context.Background(), authz.System("accounts")), events.Event{
		ID: id.New(id.Event, w.clock.Now()), Type: p.EventType(), Version: p.EventVersion(), Tenant: w.seller, Subject: p.Account, Data: data,
	})
}
