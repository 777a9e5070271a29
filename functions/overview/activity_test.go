package overview

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func (w *world) activity(ctx context.Context, t tenant.ID, subject string) []Activity {
	w.Helper()
	var all []Activity
	for cursor := ""; ; {
		page, next, err := w.service.Activity(ctx, t, subject, 2, cursor)
		w.must(err)
		all = append(all, page...)
		if next == "" {
			return all
		}
		cursor = next
	}
}

func actions(all []Activity) string {
	var names []string
	for _, a := range all {
		names = append(names, a.Action)
	}
	return strings.Join(names, " ")
}

func TestActivityIsWhatWasDecidedTheNewestFirst(t *testing.T) {
	w := newWorld(t)
	forge := w.newCustomer("Forge")
	name := "Bakery & Sons"
	_, err := w.tenants.EditCustomer(w.rootOwner(), w.seller.ID, w.customer.ID, tenancy.CustomerEdit{Version: w.customer.Version, Name: &name})
	w.must(err)
	all := w.activity(w.owner(), w.seller.ID, "")
	if got, want := actions(all), "customer.edit customer.create customer.create"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	edit := all[0]
	switch {
	case edit.Name != name, !strings.Contains(string(edit.Before), `"Bakery"`), !strings.Contains(string(edit.After), "Sons"):
		t.Errorf("before and after: %+v", edit.Entry)
	case edit.HomeName != "Northgate", edit.Actor.OnBehalfOf != w.seller.ID:
		t.Errorf("who acted below: %q for %s", edit.HomeName, edit.Actor.OnBehalfOf)
	case all[1].HomeName != "":
		t.Errorf("the seller's own act is told as %s's", all[1].HomeName)
	}
	if got := actions(w.activity(w.owner(), w.seller.ID, string(w.customer.ID))); got != "customer.edit customer.create" {
		t.Errorf("of one customer: %s", got)
	}
	if got := w.activity(w.owner(), w.seller.ID, string(forge.ID)); len(got) != 1 || got[0].Name != "Forge" {
		t.Errorf("of another: %+v", got)
	}
	_, next, err := w.service.Activity(w.owner(), w.seller.ID, "", 1, "")
	w.must(err)
	if _, _, err := w.service.Activity(w.rootOwner(), w.root.ID, "", 1, next); !problem.Has(err, problem.InvalidInput) {
		t.Errorf("another tenant's cursor: %v", err)
	}
}

func TestActivityTellsTheUplineNothingThatNamesAHiddenCustomer(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	a := w.account(w.customer, "bakery files", gb)
	below, _, err := w.tenants.CreateSeller(w.owner(), w.seller.ID, sellerNamed("Sub Reseller"))
	w.must(err)
	w.hide()
	for _, e := range w.activity(w.rootOwner(), w.seller.ID, "") {
		text := strings.ToLower(e.Name + string(e.Before) + string(e.After))
		if strings.Contains(text, "bakery") {
			t.Errorf("%s tells %s", e.Action, text)
		}
		hidden := e.Subject == string(w.customer.ID) || e.Subject == a.ID || id.Valid(id.Operation, e.Subject)
		if masked := e.Name == "" && e.Before == nil && e.After == nil; masked != hidden {
			t.Errorf("%s of %s: masked %v", e.Action, e.Subject, masked)
		}
	}
	if got := w.activity(w.rootOwner(), w.seller.ID, string(below.ID)); len(got) != 1 || got[0].Name != "Sub Reseller" {
		t.Errorf("a seller below: %+v", got)
	}
	if !slices.ContainsFunc(w.activity(w.owner(), w.seller.ID, ""), func(e Activity) bool { return e.Name == "Bakery" }) {
		t.Error("the seller itself is told less")
	}
}
