package overview

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func sellerNamed(name string) tenancy.NewSeller {
	return tenancy.NewSeller{
		Profile: tenancy.Profile{Name: name}, Level: tenant.Reseller, Variant: tenant.Whitelabel, Edition: tenant.Premium,
	}
}

func (w *world) grid(ctx context.Context, t tenant.ID, f Filter) []string {
	w.Helper()
	var all []string
	for cursor := ""; ; {
		page, next, total, err := w.service.Rows(ctx, t, f, 2, cursor)
		w.must(err)
		for _, r := range page {
			all = append(all, r.Account.Name+" "+r.CustomerName+" "+string(r.Verdict.Word))
		}
		if next == "" {
			if total != len(all) {
				w.Errorf("total %d of %d rows", total, len(all))
			}
			return all
		}
		cursor = next
	}
}

func TestTheGridIsSortedByNameFilteredAndPaged(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	forge := w.newCustomer("Forge")
	files, mail, archive := w.account(w.customer, "files", gb), w.account(forge, "Mail", gb), w.account(forge, "archive", gb)
	w.ran(files, driver.Success, "")
	w.ran(mail, driver.Quota, "quota_exceeded")
	_, err := w.accounts.Suspend(w.owner(), w.seller.ID, archive.ID)
	w.must(err)
	w.ends(archive, "done", "")
	all := []string{"archive Forge none", "files Bakery ok", "Mail Forge failed"}
	for name, c := range map[string]struct {
		give Filter
		want []string
	}{
		"all":             {Filter{}, all},
		"a name":          {Filter{Text: "MAI"}, all[2:]},
		"a customer":      {Filter{Text: "bak"}, all[1:2]},
		"a device":        {Filter{Text: "archive-pc"}, all[:1]},
		"a login":         {Filter{Text: mail.Devices[0].Login}, all[2:]},
		"nothing":         {Filter{Text: "xyz"}, nil},
		"by health":       {Filter{Health: []reports.Word{reports.FailedWord, reports.OK}}, all[1:]},
		"by customer":     {Filter{Customer: forge.ID}, []string{all[0], all[2]}},
		"by server":       {Filter{Server: w.server}, all},
		"another server":  {Filter{Server: "srv_x"}, nil},
		"by state":        {Filter{State: accounts.Suspended}, all[:1]},
		"everything once": {Filter{Text: "a", Customer: forge.ID, Health: []reports.Word{reports.None}, State: accounts.Suspended}, all[:1]},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, w.grid(w.owner(), w.seller.ID, c.give)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if diff := cmp.Diff([]string{all[0], all[2]}, w.grid(as(forge.ID, authz.CustomerUser), forge.ID, Filter{})); diff != "" {
		t.Error("a customer's own", diff)
	}
	if _, _, _, err := w.service.Rows(w.owner(), w.seller.ID, Filter{}, 2, "!"); !problem.Has(err, problem.InvalidInput) {
		t.Errorf("a cursor of nowhere: %v", err)
	}
	rows, _, _, err := w.service.Rows(w.owner(), w.seller.ID, Filter{Text: "files"}, 2, "")
	if err != nil || !strings.HasSuffix(rows[0].Days, "-s") || rows[0].ServerName != "Vault One" {
		t.Errorf("got %+v, %v", rows, err)
	}
}

func (w *world) found(ctx context.Context, t tenant.ID, text string) []string {
	w.Helper()
	all, err := w.service.Search(ctx, t, text)
	w.must(err)
	var lines []string
	for _, f := range all {
		lines = append(lines, f.Kind+" "+f.Title+"/"+f.Detail)
	}
	return lines
}

func TestSearchFindsByAFewLetters(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	w.newCustomer("Old Bakehouse")
	a := w.account(w.customer, "bake", gb)
	for name, c := range map[string]struct {
		ctx  context.Context
		of   tenant.ID
		text string
		want []string
	}{
		"beginnings first": {w.owner(), w.seller.ID, "Bake", []string{"customer Bakery/", "customer Old Bakehouse/", "account bake/Bakery"}},
		"a device":         {w.owner(), w.seller.ID, "e-pc", []string{"account bake/bake-pc"}},
		"a login":          {w.owner(), w.seller.ID, a.Devices[0].Login, []string{"account bake/bake-pc"}},
		"a server":         {w.rootOwner(), w.root.ID, "vault", []string{"server Vault One/vault.example"}},
		"a seller":         {w.rootOwner(), w.root.ID, "acme", []string{"tenant Acme Backup/reseller"}},
		"a number":         {w.rootOwner(), w.root.ID, strings.ToLower(w.seller.Number()), []string{"tenant Acme Backup/reseller"}},
		"another's server": {w.owner(), w.seller.ID, "vault", nil},
		"a customer's own": {as(w.customer.ID, authz.CustomerUser), w.customer.ID, "bake", []string{"account bake/Bakery"}},
	} {
		if diff := cmp.Diff(c.want, w.found(c.ctx, c.of, c.text)); diff != "" {
			t.Error(name, diff)
		}
	}
}

func TestSearchKeepsRoomForEveryKind(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	for n := range 25 {
		w.newCustomer(fmt.Sprintf("Shop %02d", n))
	}
	w.account(w.customer, "shop", gb)
	got := w.found(w.owner(), w.seller.ID, "shop")
	if len(got) != 20 || !slices.Contains(got, "account shop/Bakery") || got[0] != "customer Shop 00/" {
		t.Errorf("%d found: %v", len(got), got)
	}
	if again := w.found(w.owner(), w.seller.ID, "shop"); !slices.Equal(got, again) {
		t.Error("found in another order")
	}
}

func TestAHiddenCustomerIsFoundNowhereByItsName(t *testing.T) {
	w := newWorld(t)
	w.withServer()
	a := w.account(w.customer, "bakery files", gb)
	w.ran(a, driver.Failed, "")
	w.hide()
	login := a.Devices[0].Login
	for who, c := range map[string]struct {
		ctx          context.Context
		row, failing string
		found        []string
		rows         int
	}{
		"the upline": {w.rootOwner(), login + " " + w.customer.Number() + " failed", "failed 1: " + login + "/" + w.customer.Number() + "/", nil, 0},
		"the seller": {w.owner(), "bakery files Bakery failed", "failed 1: bakery files/Bakery/", []string{"customer Bakery/", "account bakery files/Bakery"}, 1},
	} {
		if diff := cmp.Diff([]string{c.row}, w.grid(c.ctx, w.seller.ID, Filter{})); diff != "" {
			t.Error(who, diff)
		}
		if got := w.grid(c.ctx, w.seller.ID, Filter{Text: "bakery"}); len(got) != c.rows {
			t.Errorf("%s finds %v in the grid", who, got)
		}
		if diff := cmp.Diff(c.found, w.found(c.ctx, w.seller.ID, "bakery")); diff != "" {
			t.Error(who, diff)
		}
		if diff := cmp.Diff([]string{c.failing}, told(w.attention(c.ctx, w.seller.ID))); diff != "" {
			t.Error(who, diff)
		}
	}
}
