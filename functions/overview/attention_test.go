package overview

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const gb = 1_000_000_000

func TestAttentionGathersWhatNeedsAHandTheMostUrgentFirst(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	good, failed, missed := w.account(w.customer, "good", gb), w.account(w.customer, "failed", gb), w.account(w.customer, "missed", gb)
	full, near := w.account(w.customer, "full", gb), w.account(w.customer, "near", gb)
	w.missed(missed)
	w.ran(good, driver.Success, "")
	w.ran(failed, driver.Failed, "no_snapshot")
	w.keeps(full, gb)
	w.clock.Advance(time.Minute)
	w.keeps(near, gb*8/10)
	w.keeps(good, gb*8/10-1)
	stuck, _, err := w.accounts.NewPassword(w.owner(), w.seller.ID, good.ID, good.Devices[0].ID)
	w.must(err)
	w.ends(stuck.Account, operations.Refused, "login_taken")

	got := w.attention(w.owner(), w.seller.ID)
	want := []string{
		"failed 1: failed/Bakery/no_snapshot", "missed 1: missed/Bakery/", "operation 1: good/Bakery/login_taken",
		"quota 2: full/Bakery/full near/Bakery/near",
	}
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Error(diff)
	}
	f := Figures{
		Due: 5, Accounts: 5, Customers: 1, UsedBytes: gb + 2*(gb*8/10) - 1, QuotaBytes: 5 * gb,
		ByHealth: map[reports.Word]int{reports.OK: 1, reports.FailedWord: 1, reports.MissedWord: 1, reports.None: 2},
	}
	if diff := cmp.Diff(f, got.Figures); diff != "" {
		t.Error(diff)
	}
	if got, want := steps(got), "+server +agent +customer +account +backup "; got != want {
		t.Errorf("set-up %s, want %s", got, want)
	}
}

func TestASilentServerIsNamedAndNothingOnItLooksGood(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	w.ran(w.account(w.customer, "good", gb), driver.Success, "")
	w.clock.Advance(10 * time.Minute)
	got := w.attention(w.owner(), w.seller.ID)
	if diff := cmp.Diff([]string{"agent 1: Vault One//"}, told(got)); diff != "" {
		t.Error(diff)
	}
	if got.Groups[0].Items[0].Server != "" {
		t.Error("the seller is led to a server that is not its own")
	}
	if diff := cmp.Diff(map[reports.Word]int{reports.UnknownWord: 1}, got.Figures.ByHealth); diff != "" {
		t.Error(diff)
	}
	if got := w.attention(w.rootOwner(), w.root.ID); len(got.Groups) != 1 || got.Groups[0].Items[0].Server != w.server {
		t.Errorf("its owner sees %+v", got.Groups)
	}
	customer := w.attention(as(w.customer.ID, authz.CustomerOwner), w.customer.ID)
	if len(customer.Groups) > 0 || customer.Figures.ByHealth[reports.UnknownWord] != 1 {
		t.Errorf("the customer sees %+v", customer)
	}
}

func TestOfManyTheNewestFewAreListedAndAllAreCounted(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	for n := range 7 {
		a := w.account(w.customer, fmt.Sprintf("a%d", n), gb)
		w.clock.Advance(time.Minute)
		w.hello()
		w.ran(a, driver.Failed, "")
	}
	got := told(w.attention(w.owner(), w.seller.ID))
	if want := "failed 7: a6/Bakery/ a5/Bakery/ a4/Bakery/ a3/Bakery/ a2/Bakery/"; len(got) != 1 || got[0] != want {
		t.Errorf("got %v", got)
	}
}

func TestSetUpTellsWhatComesFirst(t *testing.T) {
	w := newWorld(t)
	empty, _, err := w.tenants.CreateSeller(w.rootOwner(), w.root.ID, sellerNamed("New"))
	w.must(err)
	for name, c := range map[string]struct {
		ctx  context.Context
		of   tenant.ID
		want string
	}{
		"a new seller without any server":        {as(empty.ID, authz.Owner), empty.ID, "-server -agent -customer -account -backup "},
		"its finance, who sees no jobs":          {as(empty.ID, authz.Finance), empty.ID, ""},
		"its sales, who have customers in hand":  {as(empty.ID, authz.Sales), empty.ID, "-customer -account -backup "},
		"the supplier, whose sellers have those": {w.rootOwner(), w.root.ID, "-server -agent "},
		"a customer":                             {as(w.customer.ID, authz.CustomerOwner), w.customer.ID, ""},
	} {
		if got := steps(w.attention(c.ctx, c.of)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	w.withServer()
	if got := steps(w.attention(as(empty.ID, authz.Owner), empty.ID)); got != "+server +agent -customer -account -backup " {
		t.Errorf("with a server above: %s", got)
	}
	w.clock.Advance(time.Hour)
	if got := steps(w.attention(as(empty.ID, authz.Owner), empty.ID)); got != "+server -agent -customer -account -backup " {
		t.Errorf("with a silent server above: %s", got)
	}
}

func TestWhoSeesNoJobsIsToldOfAccountsOnly(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	a := w.account(w.customer, "failed", gb)
	w.ran(a, driver.Failed, "no_snapshot")
	finance := as(w.seller.ID, authz.Finance)
	got := w.attention(finance, w.seller.ID)
	if len(got.Groups) > 0 || len(got.Figures.ByHealth) > 0 || got.Figures.Accounts != 1 {
		t.Errorf("got %+v", got)
	}
	rows, _, _, err := w.service.Rows(finance, w.seller.ID, Filter{}, 10, "")
	if err != nil || len(rows) != 1 || rows[0].Verdict.Word != reports.UnknownWord || rows[0].Verdict.Reason != "" || !rows[0].Health.LastSeen.IsZero() {
		t.Errorf("got %+v, %v", rows, err)
	}
}

func TestWhoMayLookAtTheOverview(t *testing.T) {
	w := newWorld(t)
	rival, _, err := w.tenants.CreateSeller(w.rootOwner(), w.root.ID, sellerNamed("Rival"))
	w.must(err)
	for name, read := range map[string]func(context.Context) error{
		"attention": func(ctx context.Context) error { _, err := w.service.Attention(ctx, w.seller.ID); return err },
		"rows": func(ctx context.Context) error {
			_, _, _, err := w.service.Rows(ctx, w.seller.ID, Filter{}, 10, "")
			return err
		},
		"search": func(ctx context.Context) error { _, err := w.service.Search(ctx, w.seller.ID, "a"); return err },
		"activity": func(ctx context.Context) error {
			_, _, err := w.service.Activity(ctx, w.seller.ID, "", 10, "")
			return err
		},
	} {
		if err := read(as(rival.ID, authz.Owner)); !problem.Has(err, problem.NotFound) {
			t.Errorf("a rival reads %s: %v", name, err)
		}
		if err := read(context.Background()); !problem.Has(err, problem.Unauthenticated) {
			t.Errorf("nobody reads %s: %v", name, err)
		}
		if err := read(w.asAgent()); !problem.Has(err, problem.NotFound) {
			t.Errorf("an agent reads %s: %v", name, err)
		}
		if err := read(w.rootOwner()); err != nil {
			t.Errorf("the upline, acting below, reads %s: %v", name, err)
		}
		if err := read(as(w.customer.ID, authz.CustomerOwner)); !problem.Has(err, problem.NotFound) {
			t.Errorf("its customer reads %s of the seller: %v", name, err)
		}
	}
	if _, _, err := w.service.Activity(as(w.seller.ID, authz.Technician), w.seller.ID, "", 10, ""); !problem.Has(err, problem.Forbidden) {
		t.Errorf("a technician reads the audit log: %v", err)
	}
	if _, err := w.service.Attention(as(w.customer.ID, authz.ReportContact), w.customer.ID); !problem.Has(err, problem.Forbidden) {
		t.Errorf("a report contact reads attention: %v", err)
	}
}
