package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/infra/workflows"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/store/storetest"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	workflowsqlite "github.com/tierkeep/tierkeep/shared/port/workflow/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// world is the feature over the real tree, a real store whose indexes lag behind by a few writes, and the real machine. Time
// passes, and events come, when a test says so.
type world struct {
	testing.TB
	*Service
	desk     Desk
	clock    *clock.Fake
	table    *sqlite.Store
	machines *workflowsqlite.Workflow
	tree     *tenancy.Service
	root     tenancy.Tenant
	seller   tenant.ID
	customer tenant.ID
	facts    map[string]Facts // by person
	loss     Loss             // as it is now
	position string           // in the feed
	told     []events.Event   // all that happened
	fails    map[string]bool  // tasks that fail
}

const account = "acc_01KAT1ERKEEP00000000000001"

type noOwners struct{}

func (noOwners) InviteOwner(context.Context, tenancy.Tenant, string, string) (store.Write, string, error) {
	return store.Write{}, "", nil
}

// DeciderFacts implements People.
func (w *world) DeciderFacts(_ context.Context, _ tenant.ID, user string) (Facts, error) {
	return w.facts[user], nil
}

// Loss implements Losses.
func (w *world) Loss(context.Context, Kind, tenant.ID, string) (Loss, error) { return w.loss, nil }

func newWorld(t testing.TB) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(noon)
	table, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	rows := storetest.Stale(table, now, storetest.Lag{Writes: 2})
	tenants := tenancy.Reader{Rows: rows}
	directory := tenancy.NewDirectory(tenants, now)
	guard := authz.Guard{Directory: directory}
	changes := change.Log{Store: rows, Clock: now}
	w := &world{TB: t, clock: now, table: table, facts: map[string]Facts{}, fails: map[string]bool{}}
	w.tree = &tenancy.Service{Guard: guard, Reader: tenants, Changes: changes, Clock: now, Directory: directory, Owners: noOwners{}}
	if w.machines, err = workflowsqlite.Open(file, now, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	w.Service = &Service{
		Guard: guard, Reader: Reader{Rows: rows}, Changes: changes, Clock: now, People: w, Losses: w, Machines: w.machines,
	}
	w.desk = Desk{Reader: w.Reader, Directory: directory, Clock: now}
	w.must(w.machines.Define(Machine, workflows.All()[Machine], map[string]workflow.Task{"ApprovalsTasks": w.task}))
	var direct tenancy.Tenant
	w.root, direct, _, err = w.tree.PlantRoot(context.Background(), tenancy.Profile{
		Name: "Northgate", Country: "NL", TimeZone: "Europe/Amsterdam", Language: "nl",
	}, tenancy.NewOwner{Name: "Owner", Email: "owner@northgate.example"})
	w.must(err)
	w.seller = direct.ID
	w.customer = w.buyer(w.seller, "Bakery")
	return w
}

func (w *world) task(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
	c, err := readCall(input)
	if err != nil || w.fails[c.Task] {
		return nil, errors.Join(err, errAway)
	}
	return w.Task(ctx, input)
}

func (w *world) buyer(seller tenant.ID, name string) tenant.ID {
	w.Helper()
	c, err := w.tree.CreateCustomer(w.person("usr_x", seller), seller, tenancy.NewCustomer{Profile: tenancy.Profile{Name: name}, Kind: tenant.Business})
	w.must(err)
	return c.ID
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

// person is an owner at home there, with a second factor that has long been his.
func (w *world) person(user string, home tenant.ID) context.Context {
	return authz.With(context.Background(), authz.Principal{
		User: user, Name: user, HomeTenant: home, Role: authz.Owner, Via: authz.ViaPortal, SecondFactor: noon.Add(-1000 * time.Hour), FactorProven: true,
	})
}

func (w *world) decider() context.Context { return w.person("usr_decider", w.root.ID) }

func (w *world) asker() context.Context { return w.person("usr_asker", w.seller) }

// ask lets somebody ask, as a feature would: in a write of its own.
func (w *world) ask(ctx context.Context) Approval {
	w.Helper()
	asked, err := w.desk.Request(ctx, Request{
		Kind: DeleteAccount, Seller: w.seller, Account: account, Customer: w.customer, Reason: "It has ended.",
		Loss: Loss{Account: "till", Devices: []LossDevice{{"Bakery's till", "shop-abcde"}}, UsedBytes: 5, Retention: 30},
	})
	w.must(err)
	w.must(w.Changes.Commit(ctx, asked.Rows, change.Change{Tenant: w.seller, Action: "account.ask_delete", Subject: account, Events: asked.Events}))
	return asked.Approval
}

// happened returns what has been written since it was asked last.
func (w *world) happened() (all []events.Event) {
	w.Helper()
	// The feed waits where there is nothing, so that something is put behind what there is.
	w.must(w.Changes.Commit(context.Background(), store.Write{}, change.Change{Tenant: w.root.ID, Action: "mark", Subject: account}))
	items, position, err := w.table.Changes(context.Background(), w.position, 1000)
	w.must(err)
	w.position = position
	for _, i := range items {
		entry, err := change.Read(i)
		w.must(err)
		all = append(all, entry.Events...)
	}
	w.told = append(w.told, all...)
	return all
}

// ours tells whether an event comes to this feature.
func ours(e events.Event) bool {
	for _, c := range events.Routes[e.Type] {
		if c == events.Approvals {
			return true
		}
	}
	return false
}

func (w *world) take(e events.Event) error {
	return w.Consume(authz.With(context.Background(), authz.System("approvals")), e)
}

func (w *world) takeAll(all []events.Event) {
	w.Helper()
	for _, e := range all {
		if ours(e) {
			w.must(w.take(e))
		}
	}
}

// settle lets the machine and the consumer go on until nothing is left to do now.
func (w *world) settle() {
	w.Helper()
	for {
		moved, err := w.machines.Settle(context.Background())
		w.must(err)
		all := w.happened()
		w.takeAll(all)
		if !moved && len(all) == 0 {
			return
		}
	}
}

func (w *world) advance(d time.Duration) {
	w.Helper()
	w.clock.Advance(d)
	w.settle()
}

func (w *world) row(a Approval) Approval {
	w.Helper()
	got, err := w.Reader.Get(context.Background(), a.Seller, a.ID)
	w.must(err)
	return got
}

func (w *world) count(t events.Type) (n int) {
	for _, e := range w.told {
		if e.Type == t {
			n++
		}
	}
	return n
}

// execution is where the machine of an approval stands.
func (w *world) execution(a Approval) string {
	w.Helper()
	e, err := w.machines.Execution(context.Background(), Machine, a.ID)
	w.must(err)
	return string(e.Status)
}

func event(a Approval, p events.Payload) events.Event {
	data, _ := json.Marshal(p)
	return events.Event{ID: id.New(id.Event, noon), Type: p.EventType(), Version: p.EventVersion(), Tenant: a.Seller, Subject: a.ID, Data: data}
}
