package accounts

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestACreatedAccountAsksTheServerForEverythingInOneWrite(t *testing.T) {
	w := newWorld(t)
	v, l := w.create()
	if v.State() != Pending || v.Generation != 1 || v.Observed != 0 || !strings.HasPrefix(l.Login, "shop-") {
		t.Fatalf("%+v %s", v.Account, l.Login)
	}
	s := w.spec(v.Operation)
	if s.Account != v.ID || s.Generation != 1 || s.QuotaBytes != 50_000_000 || s.State != driver.Active || len(s.Devices) != 1 {
		t.Fatalf("%+v", s)
	}
	plain, ok := box.OpenAnonymous(nil, s.Devices[0].SealedPassword, w.public, w.private)
	if !ok || string(plain) != l.Password.Reveal() {
		t.Fatal("the agent cannot open the password that was shown")
	}
	page, err := w.rows.Query(context.Background(), store.Query{PK: change.Partition(w.seller)})
	w.must(err)
	last, err := change.Read(page.Items[len(page.Items)-1])
	w.must(err)
	var types []string
	for _, e := range last.Events {
		types = append(types, string(e.Type))
		if e.Subject != v.ID {
			t.Errorf("%s is about %s", e.Type, e.Subject)
		}
	}
	want := []events.Type{events.AccountCreated{}.EventType(), events.SetScheduled{}.EventType(), events.OperationReady{}.EventType()}
	for _, typ := range want {
		if !strings.Contains(strings.Join(types, " "), string(typ)) {
			t.Errorf("no %s in %v", typ, types)
		}
	}
}

func TestAPasswordStandsNowhereInClear(t *testing.T) {
	w := newWorld(t)
	v, l := w.create()
	for _, pk := range []string{
		partition(w.seller), change.Partition(w.seller), "T#" + string(w.seller) + "#op", "T#" + string(w.seller) + "#lane",
	} {
		page, err := w.rows.Query(context.Background(), store.Query{PK: pk})
		w.must(err)
		if len(page.Items) == 0 {
			t.Fatalf("nothing at %s", pk)
		}
		for _, i := range page.Items {
			if strings.Contains(string(i.Value), l.Password.Reveal()) {
				t.Errorf("the password of %s stands at %s %s", v.ID, i.PK, i.SK)
			}
		}
	}
}

func TestWhatCannotBeCreatedSaysWhy(t *testing.T) {
	w := newWorld(t)
	other := w.buyer(w.reseller("Other"), "Neighbour")
	for _, c := range []struct {
		name  string
		spoil func(*Draft)
		code  problem.Code
		field string
	}{
		{"another seller's customer", func(d *Draft) { d.Customer = other }, problem.InvalidInput, "/customer"},
		{"the seller itself", func(d *Draft) { d.Customer = w.seller }, problem.InvalidInput, "/customer"},
		{"nobody", func(d *Draft) { d.Customer = "x" }, problem.InvalidInput, "/customer"},
		{"no quota", func(d *Draft) { d.QuotaBytes = 0 }, problem.InvalidInput, "/quota_bytes"},
		{"a quota beyond a petabyte", func(d *Draft) { d.QuotaBytes = MaxQuota + 1 }, problem.InvalidInput, "/quota_bytes"},
		{"an unknown type", func(d *Draft) { d.Type = "gold" }, problem.InvalidInput, "/type"},
		{"a module of the other type", func(d *Draft) { d.Type, d.Modules = driver.Basic, []string{"exchange"} }, problem.InvalidInput, "/modules"},
		{"an impossible time", func(d *Draft) { d.Plan = &events.Schedule{Every: "day", At: "24:00"} }, problem.InvalidInput, "/plan/at"},
		{"a week without days", func(d *Draft) { d.Plan = &events.Schedule{Every: "week", At: "22:00"} }, problem.InvalidInput, "/plan/days"},
		{"a server that does not exist", func(d *Draft) { d.Server = "srv_x" }, problem.ServerNotAllowed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := w.draft()
			c.spoil(&d)
			_, _, err := w.Create(as(w.seller, authz.Owner), w.seller, d)
			w.refused(err, c.code)
			p, _ := err.(*problem.Error) //nolint:errorlint // returned as it is
			if c.field != "" && p.Fields[0].Name != c.field {
				t.Fatalf("names %s", p.Fields[0].Name)
			}
		})
	}
	all, _, err := w.Reader.List(context.Background(), Scope{Seller: w.seller}, 10, "")
	w.must(err)
	if len(all) != 0 {
		t.Fatalf("%d half-made accounts stayed", len(all))
	}
}

func TestAServerWithoutAnAgentTakesNoAccount(t *testing.T) {
	w := newWorld(t)
	v, err := w.machines.Create(as(w.root.ID, authz.Owner), w.root.ID, servers.Draft{
		Name: "New", Host: "new.example", Types: []driver.AccountType{driver.Online},
	})
	w.must(err)
	d := w.draft()
	d.Server = v.ID
	_, _, err = w.Create(as(w.seller, authz.Owner), w.seller, d)
	w.refused(err, problem.NoAgent)
}

func TestOnlyTheRightPeopleCreate(t *testing.T) {
	w := newWorld(t)
	other := w.reseller("Other")
	for _, c := range []struct {
		name string
		ctx  context.Context
		code problem.Code
	}{
		{"support", as(w.seller, authz.Support), problem.Forbidden},
		{"another reseller", as(other, authz.Owner), problem.NotFound},
		{"the customer", as(w.customer, authz.CustomerOwner), problem.NotFound},
		{"nobody", context.Background(), problem.Unauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := w.Create(c.ctx, w.seller, w.draft())
			w.refused(err, c.code)
		})
	}
	if _, _, err := w.Create(as(w.seller, authz.Sales), w.seller, w.draft()); err != nil {
		t.Fatalf("sales: %v", err)
	}
	if _, _, err := w.Create(as(w.root.ID, authz.Owner), w.seller, w.draft()); err != nil {
		t.Fatalf("the supplier, acting below: %v", err)
	}
}

func TestACustomerSeesItsOwnAccountsOnly(t *testing.T) {
	w := newWorld(t)
	own, _ := w.create()
	d := w.draft()
	d.Customer = w.buyer(w.seller, "Neighbour")
	theirs, _, err := w.Create(as(w.seller, authz.Owner), w.seller, d)
	w.must(err)
	person := as(w.customer, authz.CustomerUser)
	if _, err := w.Get(person, w.customer, own.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.Get(person, w.customer, theirs.ID)
	w.refused(err, problem.NotFound)
}

func TestAHiddenCustomerIsANumberFromAbove(t *testing.T) {
	w := newWorld(t)
	seller := w.reseller("White")
	customer := w.buyer(seller, "Secret Bakery")
	d := w.draft()
	d.Customer = customer
	v, _, err := w.Create(as(seller, authz.Owner), seller, d)
	w.must(err)
	before, err := w.tree.Reader.Get(context.Background(), seller)
	w.must(err)
	yes := true
	_, err = w.tree.Edit(as(seller, authz.Owner), seller, tenancy.Edit{Version: before.Version, HidesIdentities: &yes})
	w.must(err)
	seen, err := w.Get(as(w.root.ID, authz.Owner), seller, v.ID)
	w.must(err)
	if strings.Contains(seen.CustomerName, "Secret") {
		t.Fatalf("shown as %s", seen.CustomerName)
	}
	own, err := w.Get(as(seller, authz.Owner), seller, v.ID)
	w.must(err)
	if own.CustomerName != "Secret Bakery" {
		t.Fatalf("its own seller sees %s", own.CustomerName)
	}
	_, err = w.Get(as(w.root.ID, authz.Owner), customer, v.ID)
	w.refused(err, problem.NotFound)
}

func TestLoginsAreUniquePerServer(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 20 {
		_, l := w.create()
		if seen[l.Login] {
			t.Fatalf("%s twice", l.Login)
		}
		seen[l.Login] = true
	}
}

func TestAddressesHoldThePasswordOnceAndNeverTheLoginAlone(t *testing.T) {
	for _, c := range []struct{ host, password, want string }{
		{"vault.example", "p/w", "rest:https://shop-x:p%2Fw@vault.example/shop-x/"},
		{"vault.example", "", "rest:https://vault.example/shop-x/"},
		{"127.0.0.1:8082", "", "rest:http://127.0.0.1:8082/shop-x/"},
		{"[::1]:8082", "", "rest:http://[::1]:8082/shop-x/"},
		{"10.0.0.1:8082", "", "rest:https://10.0.0.1:8082/shop-x/"},
	} {
		if got := Address(c.host, "shop-x", c.password); got != c.want {
			t.Errorf("%s: %s, want %s", c.host, got, c.want)
		}
	}
}

func TestNotesAreTheirWritersAlone(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	if _, err := w.WriteNote(as(w.seller, authz.Support), w.seller, v.ID, "calls on Fridays"); err != nil {
		t.Fatal(err)
	}
	n, err := w.Note(as(w.seller, authz.Owner), w.seller, v.ID)
	w.must(err)
	if n.Text != "calls on Fridays" {
		t.Fatalf("%+v", n)
	}
	_, err = w.Note(as(w.root.ID, authz.Owner), w.seller, v.ID)
	w.refused(err, problem.NotFound)
	own, err := w.Note(as(w.customer, authz.CustomerOwner), w.customer, v.ID)
	w.must(err)
	if own.Text != "" {
		t.Fatalf("the customer reads %q", own.Text)
	}
	key := authz.With(context.Background(), authz.Principal{
		User: "usr_x", HomeTenant: w.seller, Role: authz.Owner, Via: authz.ViaAPI, Key: "key_x", Scopes: []authz.Permission{authz.NotesWrite},
	})
	_, err = w.Note(key, w.seller, v.ID)
	w.refused(err, problem.Forbidden)
	page, err := w.rows.Query(context.Background(), store.Query{PK: change.Partition(w.seller)})
	w.must(err)
	for _, i := range page.Items {
		if strings.Contains(string(i.Value), "Fridays") {
			t.Fatal("the note stands in the audit log")
		}
	}
}
