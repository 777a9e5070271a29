package tenancy

import (
	"context"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestAPlatformIsPlantedOnce(t *testing.T) {
	w := newWorld(t)
	_, _, _, err := w.PlantRoot(context.Background(), Profile{Name: "Another"}, NewOwner{"O", "o@another.example"})
	if err != ErrPlanted { //nolint:errorlint // returned as it is
		t.Fatalf("got %v", err)
	}
}

func TestASupplierAndEveryDistributorHaveDirectSales(t *testing.T) {
	w := newWorld(t)
	d := w.seller(w.root.ID, "Delta", tenant.Distributor, tenant.AsDistributor)
	for _, of := range []tenant.ID{w.root.ID, d.ID} {
		below, _, err := w.Reader.Sellers(context.Background(), of)
		if err != nil {
			t.Fatal(err)
		}
		var direct int
		for _, s := range below {
			if s.DirectSales && s.Level == tenant.Reseller {
				direct++
			}
		}
		if direct != 1 {
			t.Errorf("%s has %d direct sales", of, direct)
		}
	}
}

func TestWhatMayStandBelowWhat(t *testing.T) {
	w := newWorld(t)
	distributor := w.seller(w.root.ID, "Delta", tenant.Distributor, tenant.AsDistributor)
	reseller := w.seller(distributor.ID, "Harbour", tenant.Reseller, tenant.Whitelabel)
	for _, c := range []struct {
		name    string
		parent  tenant.ID
		level   tenant.Level
		variant tenant.Variant
		field   string // wrong; empty: allowed
	}{
		{"a reseller below the supplier", w.root.ID, tenant.Reseller, tenant.ValueAdded, ""},
		{"a sub-distributor below a distributor", distributor.ID, tenant.SubDistributor, tenant.AsDistributor, ""},
		{"a reseller below a reseller with the right", reseller.ID, tenant.Reseller, tenant.Graylabel, ""},
		{"a distributor below a distributor", distributor.ID, tenant.Distributor, tenant.AsDistributor, "/level"},
		{"a distributor below a reseller", reseller.ID, tenant.Distributor, tenant.AsDistributor, "/level"},
		{"a second supplier", w.root.ID, tenant.Supplier, "", "/level"},
		{"a customer as a seller", reseller.ID, tenant.Customer, tenant.Business, "/level"},
		{"a reseller that is a distributor by variant", w.root.ID, tenant.Reseller, tenant.AsDistributor, "/variant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := w.CreateSeller(as(w.root.ID, authz.Owner), c.parent, NewSeller{
				Profile: Profile{Name: "New"}, Level: c.level, Variant: c.variant,
			})
			if c.field == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if got := fieldOf(t, err); got != c.field {
				t.Fatalf("wrong field %s, want %s", got, c.field)
			}
		})
	}
}

func fieldOf(t *testing.T, err error) string {
	t.Helper()
	p, ok := err.(*problem.Error) //nolint:errorlint // returned as it is
	if !ok || len(p.Fields) == 0 {
		t.Fatalf("no field in %v", err)
	}
	return p.Fields[0].Name
}

func TestABasicResellerHasNoResellersWithoutTheGrant(t *testing.T) {
	w := newWorld(t)
	r, _, err := w.CreateSeller(as(w.root.ID, authz.Owner), w.root.ID, NewSeller{
		Profile: Profile{Name: "Harbour"}, Level: tenant.Reseller, Variant: tenant.ValueAdded,
	})
	if err != nil {
		t.Fatal(err)
	}
	create := func() error {
		_, _, err := w.CreateSeller(as(r.ID, authz.Owner), r.ID, NewSeller{Profile: Profile{Name: "Sub"}, Level: tenant.Reseller, Variant: tenant.ValueAdded})
		return err
	}
	w.refused(create(), problem.Forbidden)
	yes := true
	if _, err := w.ChangeRights(as(w.root.ID, authz.Owner), w.root.ID, r.ID, Rights{
		Version: r.Version, Grants: map[tenant.Grant]*bool{tenant.GrantSubReselling: &yes},
	}); err != nil {
		t.Fatal(err)
	}
	if err := create(); err != nil {
		t.Fatal(err)
	}
}

func TestNobodyGrantsWhatHeLacks(t *testing.T) {
	w := newWorld(t)
	d := w.seller(w.root.ID, "Delta", tenant.Distributor, tenant.AsDistributor)
	_, _, err := w.CreateSeller(as(d.ID, authz.Owner), d.ID, NewSeller{
		Profile: Profile{Name: "Harbour"}, Level: tenant.Reseller, Variant: tenant.ValueAdded,
		Grants: map[tenant.Grant]bool{tenant.GrantHideIdentities: true},
	})
	w.refused(err, problem.InvalidInput)
}

func TestASuspendedSellerStopsEverybodyBelowAndOnlyTheParentResumes(t *testing.T) {
	w := newWorld(t)
	d := w.seller(w.root.ID, "Delta", tenant.Distributor, tenant.AsDistributor)
	r := w.seller(d.ID, "Harbour", tenant.Reseller, tenant.Whitelabel)
	if _, err := w.SuspendSeller(as(w.root.ID, authz.Owner), w.root.ID, d.ID, "unpaid"); err != nil {
		t.Fatal(err)
	}
	_, err := w.Get(as(r.ID, authz.Owner), r.ID)
	w.refused(err, problem.Forbidden)
	_, err = w.ResumeSeller(as(d.ID, authz.Owner), d.ID, d.ID)
	w.refused(err, problem.Forbidden)
	if _, err := w.ResumeSeller(as(w.root.ID, authz.Owner), w.root.ID, d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Get(as(r.ID, authz.Owner), r.ID); err != nil {
		t.Fatal(err)
	}
}

func TestDirectSalesCannotBeSuspended(t *testing.T) {
	w := newWorld(t)
	_, err := w.SuspendSeller(as(w.root.ID, authz.Owner), w.root.ID, w.direct.ID, "")
	w.refused(err, problem.Conflict)
}

func TestAWithdrawalDoesNotShieldFromTheParentsOwnPath(t *testing.T) {
	w := newWorld(t)
	r := w.seller(w.root.ID, "Harbour", tenant.Reseller, tenant.Whitelabel)
	yes := true
	if _, err := w.Edit(as(r.ID, authz.Owner), r.ID, Edit{Version: r.Version, ActingWithdrawn: &yes}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Get(as(w.root.ID, authz.Owner), r.ID)
	w.refused(err, problem.Forbidden)
	if _, err := w.SuspendSeller(as(w.root.ID, authz.Owner), w.root.ID, r.ID, "unpaid"); err != nil {
		t.Fatal(err)
	}
}

func TestActingBelowIsWithdrawnByTheTenantItselfOnly(t *testing.T) {
	w := newWorld(t)
	r := w.seller(w.root.ID, "Harbour", tenant.Reseller, tenant.Whitelabel)
	yes := true
	_, err := w.Edit(as(w.root.ID, authz.Owner), r.ID, Edit{Version: r.Version, ActingWithdrawn: &yes})
	w.refused(err, problem.Forbidden)
}

func TestOfRacingEditsOneWins(t *testing.T) {
	w := newWorld(t)
	r := w.seller(w.root.ID, "Harbour", tenant.Reseller, tenant.Whitelabel)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			name := string(rune('A' + i))
			_, errs[i] = w.Edit(as(r.ID, authz.Owner), r.ID, Edit{Version: r.Version, Name: &name})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			w.refused(err, problem.VersionConflict)
		}
	}
	if won != 1 {
		t.Fatalf("%d won", won)
	}
}

func TestManyChildrenAreCreatedAtTheSameTime(t *testing.T) {
	w := newWorld(t)
	const n = 60
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			_, errs[i] = w.CreateCustomer(as(w.direct.ID, authz.Owner), w.direct.ID, NewCustomer{Profile{Name: "C"}, tenant.Private})
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	found, err := w.Reader.Customers(context.Background(), w.direct.ID)
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]bool{}
	for _, c := range found {
		numbers[c.Number()] = true
	}
	if len(numbers) != n {
		t.Fatalf("%d different numbers, want %d", len(numbers), n)
	}
}

func TestTheTreeEndsAtSixtyFourLayers(t *testing.T) {
	w := newWorld(t)
	parent := w.seller(w.root.ID, "Layer", tenant.Distributor, tenant.AsDistributor)
	for layers := 2; layers < MaxLayers; layers++ {
		parent = w.seller(parent.ID, "Layer", tenant.SubDistributor, tenant.AsDistributor)
	}
	_, _, err := w.CreateSeller(as(w.root.ID, authz.Owner), parent.ID, NewSeller{
		Profile: Profile{Name: "One more"}, Level: tenant.SubDistributor, Variant: tenant.AsDistributor,
	})
	w.refused(err, problem.TreeTooDeep)
}

func TestAnActionBelowIsWrittenDownUnderBothNames(t *testing.T) {
	w := newWorld(t)
	r := w.seller(w.root.ID, "Harbour", tenant.Reseller, tenant.Whitelabel)
	if _, err := w.CreateCustomer(as(w.root.ID, authz.Owner), r.ID, NewCustomer{Profile{Name: "Bakery"}, tenant.Business}); err != nil {
		t.Fatal(err)
	}
	e := w.entries(r.ID)[0]
	got := []string{e.Action, string(e.Actor.Home), string(e.Actor.OnBehalfOf), e.Actor.Via}
	if diff := cmp.Diff([]string{"customer.create", string(w.root.ID), string(r.ID), "portal"}, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestSellersAreListedByNameAndFoundByALetterOrNumber(t *testing.T) {
	w := newWorld(t)
	w.seller(w.root.ID, "Zeta", tenant.Reseller, tenant.ValueAdded)
	a := w.seller(w.root.ID, "alpha", tenant.Reseller, tenant.ValueAdded)
	list := func(text string) []string {
		page, _, err := w.Sellers(as(w.root.ID, authz.Owner), w.root.ID, text, 50, "")
		if err != nil {
			t.Fatal(err)
		}
		return names(page, func(s Seller) string { return s.Name })
	}
	if diff := cmp.Diff([]string{"alpha", "Northgate (direct)", "Zeta"}, list("")); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{"alpha"}, list(a.Number())); diff != "" {
		t.Fatal(diff)
	}
}
