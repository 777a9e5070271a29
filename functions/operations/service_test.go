package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func asProblem(err error, to **problem.Error) bool { return errors.As(err, to) }

func TestOperationsOfOneAccountRunOneAfterTheOther(t *testing.T) {
	w := newWorld(t)
	first, second, third := w.enqueue(request(acc, 1)), w.enqueue(request(acc, 2)), w.enqueue(request(acc, 3))
	other := w.enqueue(request(otherAcc, 1))
	if diff := cmp.Diff([]State{Ready, Waiting, Waiting, Ready}, []State{w.state(first), w.state(second), w.state(third), w.state(other)}); diff != "" {
		t.Fatal(diff)
	}
	leased := w.claim("c1")
	if len(leased) != 2 {
		t.Fatalf("claimed %d, want the first of each account", len(leased))
	}
	for _, l := range leased {
		w.must(w.result(l, "r-"+l.ID, Done))
	}
	if diff := cmp.Diff([]State{Succeeded, Ready, Waiting}, []State{w.state(first), w.state(second), w.state(third)}); diff != "" {
		t.Fatal(diff)
	}
	if n := w.count(events.OperationReady{}.EventType(), second); n != 1 {
		t.Fatalf("the next was announced %d times", n)
	}
	if l := w.claimOne("c2"); l.ID != second {
		t.Fatalf("then came %s", l.ID)
	}
}

func TestSixteenRequestsAtOnceAllGetTheirPlaceInTheLane(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() { w.enqueue(request(acc, int64(n+1))) })
	}
	all.Wait()
	done := map[string]bool{}
	for n := range 16 {
		l := w.claimOne(fmt.Sprintf("c%d", n))
		if done[l.ID] {
			t.Fatalf("%s came twice", l.ID)
		}
		done[l.ID] = true
		w.must(w.result(l, fmt.Sprintf("r%d", n), Done))
	}
	if l := w.claim("more"); len(l) != 0 {
		t.Fatalf("there is more than was asked for: %+v", l)
	}
}

func TestTheEventsOfAnAccountStayInOrderUnderIt(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 7))
	w.must(w.service.TakeResult(asAgent(srv), seller, op, func() Result {
		l := w.claimOne("c1")
		return Result{ID: "r1", Lease: l.Lease, Attempt: l.Attempt, Outcome: Done, UsedBytes: 42}
	}()))
	all := w.told()
	if len(all) != 2 {
		t.Fatalf("%d events", len(all))
	}
	for _, e := range all {
		if e.Subject != acc || e.Tenant != seller {
			t.Errorf("%s has subject %s of %s", e.Type, e.Subject, e.Tenant)
		}
	}
	got, err := events.Decode[events.OperationEnded](all[1])
	w.must(err)
	want := events.OperationEnded{
		Operation: op, Kind: "account.ensure", Account: acc, Server: srv, State: "succeeded", Generation: 7, UsedBytes: 42,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestARefusedOperationNeedsAPersonAndSaysWhy(t *testing.T) {
	w := newWorld(t)
	op, next := w.enqueue(request(acc, 1)), w.enqueue(request(acc, 2))
	l := w.claimOne("c1")
	w.must(w.service.TakeResult(asAgent(srv), seller, op, Result{
		ID: "r1", Lease: l.Lease, Attempt: l.Attempt, Outcome: Refused, Code: "login_taken", Detail: "the login belongs to another",
	}))
	v, err := w.service.Get(owner(), seller, op)
	w.must(err)
	if v.State != NeedsAttention || v.Code != "login_taken" || v.EndedAt.IsZero() {
		t.Fatalf("%+v", v.Operation)
	}
	if diff := cmp.Diff([]string{"retry", "cancel"}, v.Actions); diff != "" {
		t.Fatal(diff)
	}
	if got := w.state(next); got != Ready {
		t.Fatalf("what was asked for later is %s: a newer generation says all that is wanted", got)
	}
}

// A newer generation does not repeat an older one's secrets, and a server that has it takes the older one for done: run in
// another order, the new password would be lost with nobody told.
func TestWhatComesLaterWaitsForAnOperationThatCarriesASecret(t *testing.T) {
	w := newWorld(t)
	op, next := w.enqueue(sealed(1, "dev_1")), w.enqueue(request(acc, 2))
	w.must(w.result(w.claimOne("c1"), "r1", Refused))
	if diff := cmp.Diff([]State{NeedsAttention, Waiting}, []State{w.state(op), w.state(next)}); diff != "" {
		t.Fatal(diff)
	}
	_, err := w.service.Retry(owner(), seller, op)
	w.must(err)
	if l := w.claimOne("c2"); l.ID != op {
		t.Fatalf("%s overtook the secret", l.ID)
	} else {
		w.must(w.result(l, "r2", Done))
	}
	if l := w.claimOne("c3"); l.ID != next {
		t.Fatalf("then came %s", l.ID)
	}
}

// sealed asks for generation n with new passwords for some devices.
func sealed(n int64, devices ...string) Request {
	r := request(acc, n)
	spec := driver.AccountSpec{Account: acc, Generation: n}
	for _, d := range devices {
		spec.Devices = append(spec.Devices, driver.DeviceSpec{Device: d, SealedPassword: []byte("sealed")})
	}
	value, err := json.Marshal(spec)
	if err != nil {
		panic(err)
	}
	r.Spec = value
	r.Sealed = true
	return r
}

func TestANewerPasswordReplacesTheOneThatNeedsAPerson(t *testing.T) {
	for _, c := range []struct {
		name string
		old  []string
		new  []string
		want []State // of the old one, of what waited behind it, of the new one
	}{
		{"for the same device", []string{"dev_1"}, []string{"dev_1"}, []State{Cancelled, Ready, Waiting}},
		{"for that device and another", []string{"dev_1"}, []string{"dev_1", "dev_2"}, []State{Cancelled, Ready, Waiting}},
		{"for another device only", []string{"dev_1"}, []string{"dev_2"}, []State{NeedsAttention, Waiting, Waiting}},
		{"for one of two devices", []string{"dev_1", "dev_2"}, []string{"dev_1"}, []State{NeedsAttention, Waiting, Waiting}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			old, behind := w.enqueue(sealed(1, c.old...)), w.enqueue(request(acc, 2))
			w.must(w.result(w.claimOne("c1"), "r1", Refused))
			newer := w.enqueue(sealed(3, c.new...))
			if diff := cmp.Diff(c.want, []State{w.state(old), w.state(behind), w.state(newer)}); diff != "" {
				t.Fatal(diff)
			}
			announced := w.count(events.OperationReady{}.EventType(), behind)
			if (announced == 1) != (c.want[1] == Ready) {
				t.Fatalf("what waited was announced %d times", announced)
			}
		})
	}
}

func TestASecretOfUnknownContentIsNeverReplaced(t *testing.T) {
	w := newWorld(t)
	r := request(acc, 1)
	r.Spec, r.Sealed = json.RawMessage(`{"vault_key":"sealed"}`), true
	old := w.enqueue(r)
	w.must(w.result(w.claimOne("c1"), "r1", Refused))
	newer := w.enqueue(sealed(2, "dev_1"))
	if diff := cmp.Diff([]State{NeedsAttention, Waiting}, []State{w.state(old), w.state(newer)}); diff != "" {
		t.Fatal(diff)
	}
}

func TestANewerPasswordRunsAtOnceWhereNothingElseWaits(t *testing.T) {
	w := newWorld(t)
	old := w.enqueue(sealed(1, "dev_1"))
	w.must(w.result(w.claimOne("c1"), "r1", Refused))
	newer := w.enqueue(sealed(2, "dev_1"))
	if l := w.claimOne("c2"); l.ID != newer {
		t.Fatalf("claimed %s", l.ID)
	}
	if o := w.get(old); o.State != Cancelled || o.Code != "superseded" {
		t.Fatalf("%+v", o)
	}
}

func TestAnAccountsWayToTheTrashIsNotHeldUpByAPasswordThatNeedsAPerson(t *testing.T) {
	for kind, want := range map[Kind][]State{Trash: {Cancelled, Ready}, Restore: {NeedsAttention, Waiting}, Purge: {NeedsAttention, Waiting}} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			kept := w.enqueue(sealed(1, "dev_1"))
			w.must(w.result(w.claimOne("c1"), "r1", Refused))
			r := request(acc, 2)
			r.Kind = kind
			next := w.enqueue(r)
			if diff := cmp.Diff(want, []State{w.state(kept), w.state(next)}); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestCancellingAnOperationThatCarriesASecretLetsTheLaneGoOn(t *testing.T) {
	w := newWorld(t)
	op, next := w.enqueue(sealed(1, "dev_1")), w.enqueue(request(acc, 2))
	w.must(w.result(w.claimOne("c1"), "r1", Refused))
	_, err := w.service.Cancel(owner(), seller, op)
	w.must(err)
	if diff := cmp.Diff([]State{Cancelled, Ready}, []State{w.state(op), w.state(next)}); diff != "" {
		t.Fatal(diff)
	}
}

func TestASecretThatNobodyCanOpenLetsTheLaneGoOn(t *testing.T) {
	w := newWorld(t)
	op, next := w.enqueue(sealed(1, "dev_1")), w.enqueue(request(acc, 2))
	l := w.claimOne("c1")
	w.must(w.service.TakeResult(asAgent(srv), seller, op, Result{
		ID: "r1", Lease: l.Lease, Attempt: l.Attempt, Outcome: Refused, Code: "new_password_needed",
	}))
	if diff := cmp.Diff([]State{NeedsAttention, Ready}, []State{w.state(op), w.state(next)}); diff != "" {
		t.Fatal(diff)
	}
	v, err := w.service.Get(owner(), seller, op)
	w.must(err)
	if diff := cmp.Diff([]string{"cancel"}, v.Actions); diff != "" {
		t.Fatalf("trying again cannot help:\n%s", diff)
	}
	if _, err := w.service.Retry(owner(), seller, op); !problem.Has(err, problem.Conflict) {
		t.Fatalf("retry: %v", err)
	}
}

func TestRetryBeginsAnewBehindWhatIsOpen(t *testing.T) {
	w := newWorld(t)
	op, next := w.enqueue(request(acc, 1)), w.enqueue(request(acc, 2))
	w.must(w.result(w.claimOne("c1"), "r1", Refused))
	v, err := w.service.Retry(owner(), seller, op)
	w.must(err)
	if v.State != Waiting || v.Attempt != 0 || v.Code != "" || !v.EndedAt.IsZero() {
		t.Fatalf("retried: %+v", v.Operation)
	}
	w.must(w.result(w.claimOne("c2"), "r2", Done))
	if diff := cmp.Diff([]State{Ready, Succeeded}, []State{w.state(op), w.state(next)}); diff != "" {
		t.Fatal(diff)
	}
	w.must(w.result(w.claimOne("c3"), "r3", Done))
	if got := w.state(op); got != Succeeded {
		t.Fatalf("state %s", got)
	}
}

func TestWhatPeopleMayDoInEachState(t *testing.T) {
	reach := map[State]func(w *world) string{
		Waiting: func(w *world) string { w.enqueue(request(acc, 1)); return w.enqueue(request(acc, 2)) },
		Ready:   func(w *world) string { return w.enqueue(request(acc, 1)) },
		Running: func(w *world) string { op := w.enqueue(request(acc, 1)); w.claimOne("c"); return op },
		Succeeded: func(w *world) string {
			op := w.enqueue(request(acc, 1))
			w.must(w.result(w.claimOne("c"), "r", Done))
			return op
		},
		NeedsAttention: func(w *world) string {
			op := w.enqueue(request(acc, 1))
			w.must(w.result(w.claimOne("c"), "r", Refused))
			return op
		},
		Cancelled: func(w *world) string {
			op := w.enqueue(request(acc, 1))
			_, err := w.service.Cancel(owner(), seller, op)
			w.must(err)
			return op
		},
	}
	for state, may := range map[State]struct{ retry, cancel bool }{
		Waiting: {false, true}, Ready: {false, true}, Running: {}, Succeeded: {}, NeedsAttention: {true, true}, Cancelled: {},
	} {
		t.Run(string(state), func(t *testing.T) {
			for action, allowed := range map[string]bool{"retry": may.retry, "cancel": may.cancel} {
				w := newWorld(t)
				op := reach[state](w)
				v, err := w.service.Get(owner(), seller, op)
				w.must(err)
				if v.State != state {
					t.Fatalf("reached %s", v.State)
				}
				do := w.service.Cancel
				if action == "retry" {
					do = w.service.Retry
				}
				_, err = do(owner(), seller, op)
				if allowed && err != nil || !allowed && !problem.Has(err, problem.Conflict) {
					t.Errorf("%s: %v", action, err)
				}
				if shown := slices.Contains(v.Actions, action); shown != allowed {
					t.Errorf("%s is shown: %v, and allowed: %v", action, shown, allowed)
				}
			}
		})
	}
}

func TestCancelAndClaimAtOnceEndInOneOfThem(t *testing.T) {
	for n := range 8 {
		w := newWorld(t)
		op := w.enqueue(request(acc, 1))
		var all sync.WaitGroup
		var leased []Operation
		var cancelled error
		all.Go(func() { leased = w.claim("c") })
		all.Go(func() { _, cancelled = w.service.Cancel(owner(), seller, op) })
		all.Wait()
		switch got := w.state(op); {
		case got == Running && len(leased) == 1 && problem.Has(cancelled, problem.Conflict):
		case got == Cancelled && len(leased) == 0 && cancelled == nil:
		default:
			t.Fatalf("round %d: state %s, %d leases, cancel %v", n, got, len(leased), cancelled)
		}
	}
}

func TestWhoMayLookAndDecide(t *testing.T) {
	for _, c := range []struct {
		name         string
		who          context.Context
		read, decide problem.Code // empty: allowed
	}{
		{"the seller's technician", person(seller, authz.Technician), "", ""},
		{"the seller's sales look only", person(seller, authz.Sales), "", problem.Forbidden},
		{"an upline acting below", person(supplier, authz.Owner), "", ""},
		{"an upline's support looks only", person(supplier, authz.Support), "", problem.Forbidden},
		{"another seller", person(rival, authz.Owner), problem.NotFound, problem.NotFound},
		{"nobody", context.Background(), problem.Unauthenticated, problem.Unauthenticated},
		{"an agent", asAgent(srv), problem.NotFound, problem.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			op := w.enqueue(request(acc, 1))
			answers := map[string]error{}
			_, _, answers["list"] = w.service.List(c.who, seller, Filter{}, 10, "")
			_, answers["get"] = w.service.Get(c.who, seller, op)
			for call, err := range answers {
				expect(t, call, err, c.read)
			}
			_, err := w.service.Cancel(c.who, seller, op)
			expect(t, "cancel", err, c.decide)
		})
	}
}

func expect(t *testing.T, call string, err error, want problem.Code) {
	t.Helper()
	if want == "" && err != nil || want != "" && !problem.Has(err, want) {
		t.Errorf("%s: got %v, want %q", call, err, want)
	}
}

func TestAnotherSellersOperationDoesNotExist(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	mine := person(rival, authz.Owner)
	answers := map[string]error{}
	_, answers["get"] = w.service.Get(mine, rival, op)
	_, answers["retry"] = w.service.Retry(mine, rival, op)
	_, answers["cancel"] = w.service.Cancel(mine, rival, op)
	for call, err := range answers {
		expect(t, call, err, problem.NotFound)
	}
	listed, _, err := w.service.List(mine, rival, Filter{}, 10, "")
	w.must(err)
	if len(listed) != 0 {
		t.Fatalf("a rival sees %d operations", len(listed))
	}
}

func TestACustomerSeesTheOperationsOfItsOwnAccountsAndDecidesNothing(t *testing.T) {
	w := newWorld(t)
	mine, others := w.enqueue(request(acc, 1)), w.enqueue(request(otherAcc, 1))
	who := person(buyer, authz.CustomerOwner)
	v, err := w.service.Get(who, buyer, mine)
	w.must(err)
	page, _, err := w.service.List(who, buyer, Filter{}, 10, "")
	w.must(err)
	if len(page) != 1 || page[0].ID != mine || len(v.Actions) != 0 {
		t.Fatalf("listed %d, actions %v", len(page), v.Actions)
	}
	_, err = w.service.Get(who, buyer, others)
	expect(t, "another customer's operation", err, problem.NotFound)
	_, err = w.service.Get(who, other, others)
	expect(t, "on another customer's path", err, problem.NotFound)
	_, err = w.service.Get(who, seller, mine)
	expect(t, "on the seller's path", err, problem.NotFound)
	_, err = w.service.Cancel(who, buyer, mine)
	expect(t, "cancel", err, problem.Forbidden)
	for _, role := range []authz.Role{authz.Owner, authz.Technician} {
		v, err := w.service.Get(person(seller, role), buyer, mine)
		w.must(err)
		if len(v.Actions) != 0 {
			t.Errorf("the seller's %s is offered %v on the customer's path, where nothing is decided", role, v.Actions)
		}
		_, err = w.service.Cancel(person(seller, role), buyer, mine)
		expect(t, "cancel on the customer's path", err, problem.NotFound)
	}
}

// Accounts are named after people and machines, so that a hidden customer's would be told by its name.
func TestAccountsOfHiddenCustomersHaveNoNameFromAbove(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	n := w.tree[seller]
	n.Hides = true
	w.tree[seller] = n
	for home, want := range map[tenant.ID]string{seller: "Files of " + acc, supplier: ""} {
		v, err := w.service.Get(person(home, authz.Owner), seller, op)
		w.must(err)
		page, _, err := w.service.List(person(home, authz.Owner), seller, Filter{}, 10, "")
		w.must(err)
		if v.AccountName != want || len(page) != 1 || page[0].AccountName != want {
			t.Errorf("from %s: %q, want %q", home, v.AccountName, want)
		}
	}
}

func TestListsAreNewestFirstAndFiltered(t *testing.T) {
	w := newWorld(t)
	var all []string
	for n := range 7 {
		account := acc
		if n%2 == 1 {
			account = otherAcc
		}
		all = append([]string{w.enqueue(request(account, int64(n)))}, all...)
	}
	for _, c := range []struct {
		name   string
		filter Filter
		want   []string
	}{
		{"everything", Filter{}, all},
		{"of one account", Filter{Account: otherAcc}, []string{all[1], all[3], all[5]}},
		{"in one state", Filter{State: Ready}, []string{all[5], all[6]}},
		{"of one account in one state", Filter{Account: acc, State: Waiting}, []string{all[0], all[2], all[4]}},
		{"of another server", Filter{Server: "srv_01J00000000000000000000009"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for cursor := ""; ; {
				page, next, err := w.service.List(owner(), seller, c.filter, 2, cursor)
				w.must(err)
				for _, v := range page {
					got = append(got, v.ID)
				}
				if next == "" {
					break
				}
				cursor = next
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestWhatHasEndedIsKeptForNinetyDays(t *testing.T) {
	w := newWorld(t)
	op, open := w.enqueue(request(acc, 1)), w.enqueue(request(otherAcc, 1))
	for _, l := range w.claim("c1") {
		if l.ID == op {
			w.must(w.result(l, "r1", Done))
		}
	}
	w.clock.Advance(keepEnded - 1e9)
	if got := w.state(op); got != Succeeded {
		t.Fatalf("state %s", got)
	}
	w.clock.Advance(2e9)
	if _, err := w.service.Get(owner(), seller, op); !problem.Has(err, problem.NotFound) {
		t.Fatalf("after ninety days: %v", err)
	}
	if got := w.state(open); got != Running {
		t.Fatalf("what is open is kept: %s", got)
	}
}
