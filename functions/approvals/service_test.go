package approvals

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestADecisionEndsTheApprovalAndItsMachine(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*world, Approval) (View, error)
		want State
	}{
		{"approved", func(w *world, a Approval) (View, error) { return w.Approve(w.decider(), w.root.ID, a.ID, "") }, Approved},
		{"refused", func(w *world, a Approval) (View, error) { return w.Refuse(w.decider(), w.root.ID, a.ID, "No.") }, Refused},
		{"withdrawn", func(w *world, a Approval) (View, error) { return w.Withdraw(w.asker(), w.seller, a.ID) }, Withdrawn},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.ask(w.asker())
			w.settle()
			if got := w.execution(a); got != "RUNNING" {
				t.Fatalf("the machine is %s", got)
			}
			v, err := c.do(w, a)
			w.must(err)
			if v.State != c.want || v.EndedAt.IsZero() || len(v.Actions) != 0 || v.WhyNot != nil {
				t.Fatalf("got %+v", v)
			}
			w.settle()
			if got := w.execution(a); got != "SUCCEEDED" {
				t.Errorf("the machine is %s", got)
			}
			w.refused(second(w.Approve(w.decider(), w.root.ID, a.ID, "")), problem.ApprovalOver)
			w.refused(second(w.Refuse(w.decider(), w.root.ID, a.ID, "No.")), problem.ApprovalOver)
			w.refused(second(w.Withdraw(w.asker(), w.seller, a.ID)), problem.ApprovalOver)
			w.advance(30 * 24 * time.Hour)
			if w.row(a).State != c.want || w.count("approval.decided") != 1 || w.count("approval.expired")+w.count("approval.reminded") != 0 {
				t.Errorf("%+v", w.told)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestOfTwoDecisionsAtOnceOneCounts(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	w.settle()
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() {
			if i%2 == 0 {
				errs[i] = second(w.Approve(w.decider(), w.root.ID, a.ID, ""))
			} else {
				errs[i] = second(w.Refuse(w.decider(), w.root.ID, a.ID, "No."))
			}
		})
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else {
			w.refused(err, problem.ApprovalOver)
		}
	}
	w.settle()
	if done != 1 || w.count("approval.decided") != 1 {
		t.Errorf("%d decisions counted, %d were told", done, w.count("approval.decided"))
	}
}

func TestNobodyDecidesAfterTheEndAlsoWhereTheMachineIsLate(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	w.clock.Advance(7 * 24 * time.Hour) // nothing else happens: the machine never began
	w.refused(second(w.Approve(w.decider(), w.root.ID, a.ID, "")), problem.ApprovalOver)
	v, err := w.Get(w.asker(), w.seller, a.ID)
	w.must(err)
	if diff := cmp.Diff([]string{"withdraw"}, v.Actions); diff != "" {
		t.Error(diff)
	}
	w.must(second(w.Withdraw(w.asker(), w.seller, a.ID)))
}

func TestEachSideSeesItsOwn(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	w.settle()
	other, _, err := w.tree.CreateSeller(w.decider(), w.root.ID, tenancy.NewSeller{
		Profile: tenancy.Profile{Name: "Other"}, Level: tenant.Reseller, Variant: tenant.Whitelabel,
	})
	w.must(err)
	list := func(ctx context.Context, at tenant.ID, box Box, state State) []string {
		t.Helper()
		page, next, err := w.List(ctx, at, box, state, 10, "")
		w.must(err)
		if next != "" {
			t.Error("there is more")
		}
		ids := []string{}
		for _, v := range page {
			ids = append(ids, v.ID)
		}
		return ids
	}
	here, nothing := []string{a.ID}, []string{}
	want := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	want("the root's to decide", list(w.decider(), w.root.ID, ToDecide, ""), here)
	want("decided by the root", list(w.decider(), w.root.ID, Decided, ""), nothing)
	want("asked by the seller", list(w.asker(), w.seller, Asked, Waiting), here)
	want("of another state", list(w.asker(), w.seller, Asked, Approved), nothing)
	want("the seller's to decide", list(w.asker(), w.seller, ToDecide, ""), nothing)
	want("asked about the customer", list(w.asker(), w.customer, Asked, ""), here)
	want("asked about another customer", list(w.asker(), w.buyer(w.seller, "Mill"), Asked, ""), nothing)
	stranger := w.person("usr_y", other.ID)
	want("another seller's", list(stranger, other.ID, Asked, ""), nothing)
	w.refused(second(w.Get(stranger, other.ID, a.ID)), problem.NotFound)
	w.refused(second(w.Get(stranger, w.seller, a.ID)), problem.NotFound)
	w.refused(second(w.Approve(stranger, other.ID, a.ID, "")), problem.NotFound)

	w.must(second(w.Approve(w.decider(), w.seller, a.ID, ""))) // acting below: the person counts
	w.settle()
	want("the root's to decide afterwards", list(w.decider(), w.root.ID, ToDecide, ""), nothing)
	want("decided by the root afterwards", list(w.decider(), w.root.ID, Decided, Approved), here)
	w.must(second(w.Get(w.decider(), w.root.ID, a.ID)))
	_, _, err = w.List(w.decider(), w.root.ID, "everything", "", 10, "")
	w.refused(err, problem.InvalidInput)
	_, _, err = w.List(w.decider(), w.root.ID, ToDecide, "", 10, "nonsense")
	w.refused(err, problem.InvalidInput)
}

func TestListsArePaged(t *testing.T) {
	w := newWorld(t)
	var want []string
	for range 5 {
		want = append([]string{w.ask(w.asker()).ID}, want...)
		w.clock.Advance(time.Millisecond)
	}
	for _, c := range []struct {
		ctx context.Context
		at  tenant.ID
		box Box
	}{{w.decider(), w.root.ID, ToDecide}, {w.asker(), w.seller, Asked}} {
		var got []string
		for cursor := ""; ; {
			page, next, err := w.List(c.ctx, c.at, c.box, "", 2, cursor)
			w.must(err)
			for _, v := range page {
				got = append(got, v.ID)
			}
			if next == "" {
				break
			}
			cursor = next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.box, diff)
		}
	}
}

func TestHiddenCustomersStayHiddenFromThoseWhoDecide(t *testing.T) {
	w := newWorld(t)
	shop, _, err := w.tree.CreateSeller(w.decider(), w.root.ID, tenancy.NewSeller{
		Profile: tenancy.Profile{Name: "Shop"}, Level: tenant.Reseller, Variant: tenant.Whitelabel,
	})
	w.must(err)
	w.seller, w.customer = shop.ID, w.buyer(shop.ID, "Bakery")
	a := w.ask(w.asker())
	w.loss = Loss{Account: "till", Devices: []LossDevice{{"Bakery's till", "shop-abcde"}}}
	look := func(ctx context.Context, at tenant.ID) View {
		t.Helper()
		v, err := w.Get(ctx, at, a.ID)
		w.must(err)
		return v
	}
	if v := look(w.decider(), w.root.ID); v.CustomerName != "Bakery" || v.Loss.Account != "till" || v.Now.Devices[0].Name != "Bakery's till" {
		t.Fatalf("before: %+v", v)
	}
	hide := true
	_, err = w.tree.Edit(w.asker(), shop.ID, tenancy.Edit{Version: shop.Version, HidesIdentities: &hide})
	w.must(err)
	w.clock.Advance(10 * time.Second) // what the directory remembers
	for _, v := range []View{look(w.decider(), w.root.ID), look(w.decider(), shop.ID)} {
		if v.CustomerName == "Bakery" || v.Loss.Account != "shop-abcde" || v.Loss.Devices[0].Name != "shop-abcde" ||
			v.Now.Account != "shop-abcde" || v.Now.Devices[0].Name != "shop-abcde" {
			t.Errorf("seen from above: %+v, now %+v", v, v.Now)
		}
	}
	if v := look(w.asker(), shop.ID); v.CustomerName != "Bakery" || v.Now.Account != "till" {
		t.Errorf("the seller sees %+v", v)
	}
}

func TestWhatCannotBeAskedFor(t *testing.T) {
	w := newWorld(t)
	for name, r := range map[string]Request{
		"a kind that stands in no table": {Kind: "tea.brew", Seller: w.seller, Reason: "Because."},
		"without a reason":               {Kind: DeleteAccount, Seller: w.seller, Reason: " "},
		"of a seller that is none":       {Kind: DeleteAccount, Seller: "ten_01KAT1ERKEEP00000000000009", Reason: "Because."},
	} {
		if _, err := w.desk.Request(w.asker(), r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestAnApprovalAllowsOneThing(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	ctx := context.Background()
	w.refused(w.desk.Approved(ctx, w.seller, a.ID, DeleteAccount, account), problem.Conflict)
	w.must(second(w.Approve(w.decider(), w.root.ID, a.ID, "")))
	w.must(w.desk.Approved(ctx, w.seller, a.ID, DeleteAccount, account))
	w.refused(w.desk.Approved(ctx, w.seller, a.ID, PurgeAccount, account), problem.Conflict)
	w.refused(w.desk.Approved(ctx, w.seller, a.ID, DeleteAccount, "acc_01KAT1ERKEEP00000000000002"), problem.Conflict)
	w.refused(w.desk.Approved(ctx, w.root.ID, a.ID, DeleteAccount, account), problem.NotFound)
}

func TestSomeSellersPeopleOnlyLook(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	p, _ := authz.From(w.decider())
	p.Role = authz.Support
	v, err := w.Get(authz.With(context.Background(), p), w.root.ID, a.ID)
	w.must(err)
	if v.WhyNot == nil || v.WhyNot.Code != problem.Forbidden || len(v.Actions) != 0 {
		t.Errorf("support is told %+v", v.WhyNot)
	}
	p.Role = authz.Sales
	w.refused(second(w.Get(authz.With(context.Background(), p), w.root.ID, a.ID)), problem.Forbidden)
}

func TestEventsTellTheApprovalAndItsSeller(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	for _, e := range w.happened() {
		if e.Type == (events.ApprovalRequested{}).EventType() && (e.Subject != a.ID || e.Tenant != w.seller || e.Actor.User != "usr_asker") {
			t.Errorf("told %+v", e)
		}
	}
	w.must(second(w.Approve(w.decider(), w.root.ID, a.ID, "")))
	all := w.happened()
	if len(all) != 1 || all[0].Subject != a.ID || all[0].Tenant != w.seller || all[0].Actor.User != "usr_decider" {
		t.Errorf("told %+v", all)
	}
}
