package overview

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/reports"
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
	"github.com/tierkeep/tierkeep/shared/tenant"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// world is the features that overview reads, over one store: rows come from them, never from the test.
type world struct {
	testing.TB
	service    *Service
	tenants    *tenancy.Service
	servers    *servers.Service
	accounts   *accounts.Service
	operations *operations.Service
	reports    *reports.Service
	clock      *clock.Fake
	rows       store.Store
	root       tenancy.Tenant
	seller     tenancy.Tenant
	customer   tenancy.Customer
	server     string
	agent      string
}

type nobody struct{}

func (nobody) InviteOwner(context.Context, tenancy.Tenant, string, string) (store.Write, string, error) {
	return store.Write{}, "", nil
}

func (nobody) LoginPrefix(context.Context, tenant.ID) (string, error) { return "acme", nil }

func (nobody) Set(context.Context, schedule.Timer) error { return nil }

func (nobody) Cancel(context.Context, string) error { return nil }

func newWorld(t testing.TB) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(start)
	rows, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	changes := change.Log{Store: rows, Clock: now}
	tree := tenancy.Reader{Rows: rows}
	directory := tenancy.NewDirectory(tree, now)
	guard := authz.Guard{Directory: directory}
	serverRows := servers.Reader{Rows: rows}
	accountRows := accounts.Reader{Rows: rows}
	w := &world{
		TB: t, clock: now, rows: rows,
		tenants: &tenancy.Service{Guard: guard, Reader: tree, Changes: changes, Clock: now, Directory: directory, Owners: nobody{}},
		servers: &servers.Service{
			Guard: guard, Reader: serverRows, Changes: changes, Clock: now, WakeURL: func(string, bool) string { return "" },
			PlatformKey: func(context.Context) ([]byte, error) { return []byte("key"), nil }, Work: idle{},
		},
		operations: &operations.Service{
			Guard: guard, Reader: operations.Reader{Rows: rows}, Changes: changes, Clock: now,
			Sign: func(_ context.Context, m []byte) ([]byte, error) { return m, nil },
		},
		accounts: &accounts.Service{
			Guard: guard, Reader: accountRows, Changes: changes, Clock: now, Operations: operations.Queue{Rows: rows, Clock: now},
			Servers: serverRows, Slugs: nobody{},
		},
		reports: &reports.Service{
			Guard: guard, Reader: reports.Reader{Rows: rows}, Clock: now, Accounts: accountRows,
			Servers: servers.Listener{Reader: serverRows, Clock: now}, Timers: nobody{},
		},
	}
	w.service = &Service{
		Guard: guard, Store: rows, Clock: now, Tenants: tree, Accounts: accountRows, Reports: w.reports.Reader, Servers: serverRows,
		Operations: w.operations.Reader, Approvals: approvals.Reader{Rows: rows},
	}
	w.root, _, _, err = w.tenants.PlantRoot(context.Background(), tenancy.Profile{
		Name: "Northgate", Country: "NL", TimeZone: "Europe/Amsterdam", Language: "nl",
	}, tenancy.NewOwner{Name: "Owner", Email: "owner@northgate.example"})
	w.must(err)
	w.seller, _, err = w.tenants.CreateSeller(w.rootOwner(), w.root.ID, tenancy.NewSeller{
		Profile: tenancy.Profile{Name: "Acme Backup"}, Level: tenant.Reseller, Variant: tenant.Whitelabel, Edition: tenant.Premium,
	})
	w.must(err)
	w.customer = w.newCustomer("Bakery")
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// idle is a platform on which nothing waits.
type idle struct{}

func (idle) Waits(context.Context, string) (bool, error) { return false, nil }

func as(home tenant.ID, role authz.Role) context.Context {
	return authz.With(context.Background(), authz.Principal{
		User: id.New(id.User, start), Name: "Somebody", HomeTenant: home, Role: role, Via: authz.ViaPortal,
	})
}

func (w *world) rootOwner() context.Context { return as(w.root.ID, authz.Owner) }

func (w *world) owner() context.Context { return as(w.seller.ID, authz.Owner) }

func (w *world) asAgent() context.Context {
	return authz.With(context.Background(), authz.Principal{
		Via: authz.ViaAgent, Agent: w.agent, HomeTenant: w.root.ID, Servers: []string{w.server},
	})
}

func (w *world) newCustomer(name string) tenancy.Customer {
	w.Helper()
	c, err := w.tenants.CreateCustomer(w.owner(), w.seller.ID, tenancy.NewCustomer{Profile: tenancy.Profile{Name: name}, Kind: tenant.Business})
	w.must(err)
	return c
}

// withServer gives the root a server with an agent that was just heard.
func (w *world) withServer() {
	w.Helper()
	v, err := w.servers.Create(w.rootOwner(), w.root.ID, servers.Draft{
		Name: "Vault One", Host: "vault.example", Types: []driver.AccountType{driver.Online, driver.Basic},
	})
	w.must(err)
	w.server = v.ID
	e, err := w.servers.StartEnrolment(w.rootOwner(), w.root.ID, w.server)
	w.must(err)
	a, err := w.servers.Enrol(context.Background(), servers.Newcomer{
		Token: e.Token, SignKey: bytes.Repeat([]byte{1}, 32), SealKey: bytes.Repeat([]byte{9}, 32), Software: "1.0",
	})
	w.must(err)
	w.agent = a.Agent
	w.hello()
}

func (w *world) hello() {
	w.Helper()
	_, err := w.servers.TakeHello(w.asAgent(), servers.Hello{Software: "1.0", Server: w.server, Info: driver.Info{
		Product: "restic-vault", Driver: "restic-vault/1", Capabilities: driver.Capabilities{Quota: true, Suspend: true},
	}})
	w.must(err)
}

// account makes an account that its server has.
func (w *world) account(c tenancy.Customer, name string, quota int64) accounts.Account {
	w.Helper()
	v, _, err := w.accounts.Create(w.owner(), w.seller.ID, accounts.Draft{
		Customer: c.ID, Server: w.server, Type: driver.Online, Name: name, QuotaBytes: quota, DeviceName: name + "-pc",
	})
	w.must(err)
	w.ends(v.Account, operations.Done, "")
	a, err := w.accounts.Reader.Get(context.Background(), w.seller.ID, v.ID)
	w.must(err)
	return a
}

// ends carries an account's operation out, or fails to.
func (w *world) ends(a accounts.Account, outcome operations.Outcome, code string) {
	w.Helper()
	leased, err := w.operations.Claim(w.asAgent(), id.New("clm", w.clock.Now()), []string{w.server}, 1)
	w.must(err)
	if len(leased) != 1 {
		w.Fatalf("%d operations to claim", len(leased))
	}
	l := leased[0]
	w.must(w.operations.TakeResult(w.asAgent(), l.Tenant, l.ID, operations.Result{
		ID: id.New("res", w.clock.Now()), Lease: l.Lease, Attempt: l.Attempt, Outcome: outcome, Code: code,
	}))
	o, err := w.operations.Reader.Get(context.Background(), w.seller.ID, l.ID)
	w.must(err)
	data, err := json.Marshal(events.OperationEnded{
		Operation: o.ID, Kind: string(o.Kind), Account: a.ID, State: string(o.State), Generation: o.Generation, Code: o.Code,
	})
	w.must(err)
	w.must(w.accounts.Consume(authz.With(context.Background(), authz.System("accounts")), events.Event{
		ID: id.New(id.Event, w.clock.Now()), Type: events.OperationEnded{}.EventType(), Version: 1, Tenant: w.seller.ID, Subject: a.ID, Data: data,
	}))
}

// ran reports a backup of an account that ended half an hour ago.
func (w *world) ran(a accounts.Account, state driver.JobState, reason string) {
	w.Helper()
	began := w.clock.Now().Add(-time.Hour)
	ended := began.Add(30 * time.Minute)
	w.must(w.reports.IngestJobs(w.asAgent(), []reports.JobEntry{{Server: w.server, Job: driver.Job{
		ID: id.New(id.Job, began), Revision: 1, Account: a.ID, Device: a.Devices[0].ID, Kind: driver.Backup, State: state, StartedAt: began,
		EndedAt: &ended, SeenAt: ended, Reason: reason,
	}}}))
}

func (w *world) keeps(a accounts.Account, bytes int64) {
	w.Helper()
	w.must(w.reports.IngestUsage(w.asAgent(), []reports.UsageEntry{{Server: w.server, Usage: driver.Usage{
		Account: a.ID, Device: a.Devices[0].ID, At: w.clock.Now(), Bytes: bytes,
	}}}))
}

// missed lets an account's set be due and nothing begin.
func (w *world) missed(a accounts.Account) {
	w.Helper()
	set := a.Devices[0].Sets[0]
	consume := func(p events.Payload) {
		data, err := json.Marshal(p)
		w.must(err)
		w.must(w.reports.Consume(authz.With(context.Background(), authz.System("reports")), events.Event{
			ID: id.New(id.Event, w.clock.Now()), Type: p.EventType(), Version: 1, Tenant: w.seller.ID, Subject: a.ID, Data: data,
		}))
	}
	consume(events.SetScheduled{Account: a.ID, Device: a.Devices[0].ID, Set: set.ID, Server: w.server, Plan: set.Plan})
	plan, err := reports.PlanOf(set.Plan)
	w.must(err)
	due := plan.Next(w.clock.Now())
	w.clock.Set(due.Add(plan.Grace).Add(time.Second))
	w.hello()
	consume(events.SetDue{Account: a.ID, Set: set.ID, Due: due})
}

// hide lets the seller hide its customers from everybody above it.
func (w *world) hide() {
	w.Helper()
	yes := true
	t, err := w.tenants.Reader.Get(context.Background(), w.seller.ID)
	w.must(err)
	_, err = w.tenants.Edit(w.owner(), w.seller.ID, tenancy.Edit{Version: t.Version, HidesIdentities: &yes})
	w.must(err)
}

func (w *world) attention(ctx context.Context, t tenant.ID) Attention {
	w.Helper()
	a, err := w.service.Attention(ctx, t)
	w.must(err)
	return a
}

// told puts groups in words: kind, count, and each item's title, detail and reason.
func told(a Attention) []string {
	var all []string
	for _, g := range a.Groups {
		line := fmt.Sprintf("%s %d:", g.Kind, g.Count)
		for _, i := range g.Items {
			line += fmt.Sprintf(" %s/%s/%s", i.Title, i.Detail, i.Reason)
		}
		all = append(all, line)
	}
	return all
}

func steps(a Attention) string {
	all := ""
	for _, s := range a.Setup {
		mark := "-"
		if s.Done {
			mark = "+"
		}
		all += mark + s.Name + " "
	}
	return all
}
