package operations

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/authz/authztest"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/store/storetest"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	supplier = tenant.ID("ten_01J00000000000000000000000")
	seller   = tenant.ID("ten_01J00000000000000000000001")
	rival    = tenant.ID("ten_01J00000000000000000000002")
	buyer    = tenant.ID("ten_01J00000000000000000000003") // of the seller, has acc
	other    = tenant.ID("ten_01J00000000000000000000004") // of the seller, has otherAcc
	acc      = "acc_01J00000000000000000000001"
	otherAcc = "acc_01J00000000000000000000002"
	srv      = "srv_01J00000000000000000000001"
	agent    = "agt_01J00000000000000000000001"
)

func sampleTree() authztest.Tree {
	return authztest.Of([]authz.Node{
		{ID: supplier, Level: tenant.Supplier},
		{ID: seller, Parent: supplier, Level: tenant.Reseller, Variant: tenant.Whitelabel},
		{ID: rival, Parent: supplier, Level: tenant.Reseller, Variant: tenant.Whitelabel},
		{ID: buyer, Parent: seller, Level: tenant.Customer, Variant: tenant.Business},
		{ID: other, Parent: seller, Level: tenant.Customer, Variant: tenant.Business},
	}...)
}

// world is the feature over a real store, with a clock that stands still.
type world struct {
	fatalf  func(format string, args ...any)
	clock   *clock.Fake
	rows    store.Store
	tree    authztest.Tree
	service *Service
	queue   Queue
}

func newWorld(t testing.TB) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	rows, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{fatalf: t.Fatalf, clock: now, tree: sampleTree()}
	w.on(rows)
	return w
}

// lagging makes the feature work on indexes that lag behind, as DynamoDB's do.
func (w *world) lagging(lag storetest.Lag) *storetest.StaleStore {
	stale := storetest.Stale(w.rows, w.clock, lag)
	w.on(stale)
	return stale
}

// forever is a lag that only CatchUp ends.
var forever = storetest.Lag{Writes: math.MaxInt}

// on makes the feature work on another view of the same rows.
func (w *world) on(rows store.Store) {
	w.rows = rows
	w.queue = Queue{Rows: rows, Clock: w.clock}
	w.service = &Service{
		Guard: authz.Guard{Directory: w.tree}, Reader: Reader{rows}, Changes: change.Log{Store: rows, Clock: w.clock}, Clock: w.clock,
	}
}

func person(home tenant.ID, role authz.Role) context.Context {
	return authz.With(context.Background(), authz.Principal{User: "usr_x", HomeTenant: home, Role: role, Via: authz.ViaPortal})
}

func owner() context.Context { return person(seller, authz.Owner) }

func asAgent(servers ...string) context.Context {
	return authz.With(context.Background(), authz.Principal{Via: authz.ViaAgent, Agent: agent, HomeTenant: supplier, Servers: servers})
}

// request asks for generation n of an account.
func request(account string, n int64) Request {
	customer := buyer
	if account != acc {
		customer = other
	}
	return Request{
		Tenant: seller, Customer: customer, Account: account, AccountName: "Files of " + account, Server: srv, ServerOwner: supplier, Kind: Ensure,
		Generation: n, Spec: json.RawMessage(`{"account":"` + account + `"}`),
	}
}

// enqueue does what an asking feature does: it writes what the queue hands out, and asks again when it lost the lane.
func (w *world) enqueue(r Request) string {
	for {
		e, err := w.queue.Enqueue(owner(), r)
		if err != nil {
			w.fatalf("enqueue: %v", err)
		}
		err = w.service.Changes.Commit(owner(), e.Rows, change.Change{
			Tenant: r.Tenant, Action: "account.change", Subject: r.Account, Events: e.Events,
		})
		if LostLane(err, r.Tenant, r.Account) {
			continue
		}
		if err != nil {
			w.fatalf("write an operation: %v", err)
		}
		return e.Operation
	}
}

func (w *world) claim(id string) []Operation {
	leased, err := w.service.Claim(asAgent(srv), id, []string{srv}, 10)
	if err != nil {
		w.fatalf("claim: %v", err)
	}
	return leased
}

// claimOne claims and expects exactly one operation.
func (w *world) claimOne(id string) Operation {
	leased := w.claim(id)
	if len(leased) != 1 {
		w.fatalf("claim %s brought %d operations, want 1", id, len(leased))
	}
	return leased[0]
}

func (w *world) result(l Operation, id string, outcome Outcome) error {
	code := ""
	if outcome != Done {
		code = "server_failed"
	}
	return w.service.TakeResult(asAgent(srv), l.Tenant, l.ID, Result{ID: id, Lease: l.Lease, Attempt: l.Attempt, Outcome: outcome, Code: code})
}

func (w *world) must(err error) {
	if err != nil {
		w.fatalf("unexpected: %v", err)
	}
}

func (w *world) get(op string) Operation {
	o, err := w.service.Reader.Get(context.Background(), seller, op)
	w.must(err)
	return o
}

func (w *world) state(op string) State { return w.get(op).State }

// told lists the events of everything that was decided for the seller, in order.
func (w *world) told() []events.Event {
	var all []events.Event
	for cursor := ""; ; {
		page, err := w.rows.Query(context.Background(), store.Query{PK: change.Partition(seller), Cursor: cursor})
		w.must(err)
		for _, i := range page.Items {
			entry, err := change.Read(i)
			w.must(err)
			all = append(all, entry.Events...)
		}
		if page.Next == "" {
			return all
		}
		cursor = page.Next
	}
}

func (w *world) count(kind events.Type, op string) int {
	n := 0
	for _, e := range w.told() {
		var p struct{ Operation string }
		w.must(json.Unmarshal(e.Data, &p))
		if e.Type == kind && p.Operation == op {
			n++
		}
	}
	return n
}
