package tenancy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestCustomersStandBelowResellersOnly(t *testing.T) {
	w := newWorld(t)
	_, err := w.CreateCustomer(as(w.root.ID, authz.Owner), w.root.ID, NewCustomer{Profile{Name: "Bakery"}, tenant.Business})
	w.refused(err, problem.Forbidden)
}

func TestAnonymousCustomersAreForGraylabelAndWhitelabel(t *testing.T) {
	w := newWorld(t)
	for variant, allowed := range map[tenant.Variant]bool{tenant.ValueAdded: false, tenant.Graylabel: true, tenant.Whitelabel: true} {
		r := w.seller(w.root.ID, string(variant), tenant.Reseller, variant)
		_, err := w.CreateCustomer(as(r.ID, authz.Owner), r.ID, NewCustomer{Kind: tenant.Anonymous})
		if allowed && err != nil {
			t.Errorf("%s: %v", variant, err)
		}
		if !allowed {
			w.refused(err, problem.Forbidden)
		}
	}
}

func TestAnAnonymousCustomerHasNoContactData(t *testing.T) {
	w := newWorld(t)
	r := w.seller(w.root.ID, "Gray", tenant.Reseller, tenant.Graylabel)
	_, err := w.CreateCustomer(as(r.ID, authz.Owner), r.ID, NewCustomer{Profile{Contact: Contact{Email: "a@b.example"}}, tenant.Anonymous})
	w.refused(err, problem.InvalidInput)
}

func TestBadInputNamesEveryWrongField(t *testing.T) {
	w := newWorld(t)
	_, err := w.CreateCustomer(as(w.direct.ID, authz.Owner), w.direct.ID, NewCustomer{Profile{
		Name: " ", Country: "nl", TimeZone: "Mars/Olympus", Language: "xx", Contact: Contact{Email: "nobody", Phone: "\x00"},
	}, tenant.Business})
	p, ok := err.(*problem.Error) //nolint:errorlint // returned as it is
	if !ok {
		t.Fatalf("got %v", err)
	}
	got := names(p.Fields, func(f problem.Field) string { return f.Name })
	if diff := cmp.Diff([]string{"/name", "/country", "/time_zone", "/language", "/email", "/phone"}, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestACustomerInheritsPlaceAndLanguage(t *testing.T) {
	w := newWorld(t)
	c := w.customer(w.direct.ID, "Bakery")
	if diff := cmp.Diff([]string{"NL", "Europe/Amsterdam", "nl"}, []string{c.Country, c.TimeZone, c.Language}); diff != "" {
		t.Fatal(diff)
	}
}

func TestAnEditChangesWhatItNamesOnly(t *testing.T) {
	w := newWorld(t)
	c := w.customer(w.direct.ID, "Bakery")
	city := "Rotterdam"
	edited, err := w.EditCustomer(as(w.direct.ID, authz.Owner), w.direct.ID, c.ID, CustomerEdit{Version: c.Version, City: &city})
	if err != nil {
		t.Fatal(err)
	}
	if edited.Name != "Bakery" || edited.Contact.City != "Rotterdam" || edited.Version != c.Version+1 {
		t.Fatalf("%+v", edited)
	}
	_, err = w.EditCustomer(as(w.direct.ID, authz.Owner), w.direct.ID, c.ID, CustomerEdit{Version: c.Version, City: &city})
	w.refused(err, problem.VersionConflict)
}

func TestAnotherSellersCustomerDoesNotExist(t *testing.T) {
	w := newWorld(t)
	other := w.seller(w.root.ID, "Other", tenant.Reseller, tenant.Whitelabel)
	c := w.customer(w.direct.ID, "Bakery")
	_, err := w.Customer(as(other.ID, authz.Owner), other.ID, c.ID)
	w.refused(err, problem.NotFound)
	_, err = w.Customer(as(other.ID, authz.Owner), w.direct.ID, c.ID)
	w.refused(err, problem.NotFound)
}

func TestHiddenCustomersAreNumbersFromAbove(t *testing.T) {
	w := newWorld(t)
	r := w.seller(w.root.ID, "White", tenant.Reseller, tenant.Whitelabel)
	c := w.customer(r.ID, "Secret Bakery")
	yes := true
	if _, err := w.Edit(as(r.ID, authz.Owner), r.ID, Edit{Version: r.Version, HidesIdentities: &yes}); err != nil {
		t.Fatal(err)
	}
	upline := as(w.root.ID, authz.Owner)
	list := func(text string) []string {
		page, _, err := w.Customers(upline, r.ID, text, 50, "")
		if err != nil {
			t.Fatal(err)
		}
		return names(page, func(c Customer) string { return c.Name })
	}
	if diff := cmp.Diff([]string{c.Number()}, list("")); diff != "" {
		t.Fatal(diff)
	}
	if found := list("Secret"); len(found) != 0 {
		t.Fatalf("found by its name: %v", found)
	}
	_, err := w.Customer(upline, r.ID, c.ID)
	w.refused(err, problem.NotFound)
	_, err = w.Get(upline, c.ID)
	w.refused(err, problem.NotFound)
	if found, err := w.Descendants(upline, w.root.ID, "Secret", 20); err != nil || len(found) != 0 {
		t.Fatalf("the picker finds %v, %v", found, err)
	}
	own, err := w.Customer(as(r.ID, authz.Owner), r.ID, c.ID)
	if err != nil || own.Name != "Secret Bakery" {
		t.Fatalf("its own seller sees %v, %v", own.Name, err)
	}
}

func TestACustomersOwnerMakesSitesAndNothingElse(t *testing.T) {
	w := newWorld(t)
	c := w.customer(w.direct.ID, "Bakery")
	owner := as(c.ID, authz.CustomerOwner)
	site, err := w.CreateSite(owner, c.ID, Profile{Name: "Branch"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Get(owner, site.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.CreateCustomer(owner, w.direct.ID, NewCustomer{Profile{Name: "X"}, tenant.Private})
	w.refused(err, problem.NotFound)
}

func TestThePickerShowsTheWayDownAndLeavesOutWithdrawnBranches(t *testing.T) {
	w := newWorld(t)
	d := w.seller(w.root.ID, "Delta", tenant.Distributor, tenant.AsDistributor)
	r := w.seller(d.ID, "Harbour", tenant.Reseller, tenant.Whitelabel)
	w.customer(r.ID, "Bakery")
	find := func() []string {
		found, err := w.Descendants(as(w.root.ID, authz.Owner), w.root.ID, "Bakery", 20)
		if err != nil {
			t.Fatal(err)
		}
		return names(found, func(d Descendant) string {
			way := ""
			for _, s := range d.Trail {
				way += s.Name + "/"
			}
			return way + d.Name
		})
	}
	if diff := cmp.Diff([]string{"Delta/Harbour/Bakery"}, find()); diff != "" {
		t.Fatal(diff)
	}
	yes := true
	if _, err := w.Edit(as(r.ID, authz.Owner), r.ID, Edit{Version: r.Version, ActingWithdrawn: &yes}); err != nil {
		t.Fatal(err)
	}
	if left := find(); len(left) != 0 {
		t.Fatalf("a withdrawn branch is shown: %v", left)
	}
}

func TestSuspendingACustomerTwiceIsSuspendingItOnce(t *testing.T) {
	w := newWorld(t)
	c := w.customer(w.direct.ID, "Bakery")
	for range 2 {
		if _, err := w.SuspendCustomer(as(w.direct.ID, authz.Owner), w.direct.ID, c.ID, "asked"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.entries(w.direct.ID)); n != 2 { // creation and one suspension
		t.Fatalf("%d entries in the audit log", n)
	}
}
