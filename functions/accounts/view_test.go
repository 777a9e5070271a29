package accounts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// told is a server whose agent told what it can do.
type told struct {
	Servers
	info driver.Info
}

func (t told) AgentOf(ctx context.Context, s servers.Server) (servers.Agent, error) {
	a, err := t.Servers.AgentOf(ctx, s)
	a.Info = t.info
	return a, err
}

// hides lets a seller hide its customers from everybody above it.
func (w *world) hides(seller tenant.ID) {
	w.Helper()
	before, err := w.tree.Reader.Get(context.Background(), seller)
	w.must(err)
	yes := true
	_, err = w.tree.Edit(as(seller, authz.Owner), seller, tenancy.Edit{Version: before.Version, HidesIdentities: &yes})
	w.must(err)
}

func TestWhatAServerCannotDoIsNeitherOfferedNorAccepted(t *testing.T) {
	quota := int64(60_000_000)
	for _, c := range []struct {
		name                    string
		info                    driver.Info
		suspend, resume, limits bool
	}{
		{"all of it", driver.Info{Driver: "restic-vault/1", Capabilities: driver.Capabilities{Suspend: true, Quota: true}}, true, true, true},
		{"no suspension", driver.Info{Driver: "old/1", Capabilities: driver.Capabilities{Quota: true}}, false, true, true},
		{"no quota", driver.Info{Driver: "old/1", Capabilities: driver.Capabilities{Suspend: true}}, true, true, false},
		{"nothing known yet", driver.Info{}, true, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			v, _ := w.create()
			w.Servers = told{w.Servers, c.info}
			verdict := func(what string, may, offered bool, err error) {
				t.Helper()
				if may && err != nil || !may && !problem.Has(err, problem.CapabilityMissing) || may != offered {
					t.Errorf("%s: %v, offered %v, want %v", what, err, offered, may)
				}
			}
			seen, err := w.Get(as(w.seller, authz.Owner), w.seller, v.ID)
			w.must(err)
			_, err = w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{QuotaBytes: &quota})
			verdict("quota", c.limits, slices.Contains(seen.Actions, "change_quota"), err)
			_, err = w.Suspend(as(w.seller, authz.Owner), w.seller, v.ID)
			verdict("suspend", c.suspend, slices.Contains(seen.Actions, "suspend"), err)
			_, err = w.Resume(as(w.seller, authz.Owner), w.seller, v.ID)
			verdict("resume", c.resume, c.resume, err)
		})
	}
}

func TestActionsAreWhatTheCallerMayDoNow(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	all := []string{"change_quota", "rename", "change_modules", "edit_sets", "add_device", "suspend", "new_password", "note", "delete"}
	for _, c := range []struct {
		name string
		ctx  context.Context
		path tenant.ID
		want []string
	}{
		{"an owner", as(w.seller, authz.Owner), w.seller, all},
		{"sales", as(w.seller, authz.Sales), w.seller, []string{"note"}},
		{"the supplier acting below writes no note", as(w.root.ID, authz.Owner), w.seller, slices.DeleteFunc(slices.Clone(all), func(a string) bool { return a == "note" })},
		{"support acting below only looks", as(w.root.ID, authz.Support), w.seller, nil},
		{"the customer", as(w.customer, authz.CustomerOwner), w.customer, []string{"new_password", "note"}},
		{"an API key writes no note", authz.With(context.Background(), authz.Principal{
			User: "usr_x", HomeTenant: w.seller, Role: authz.Owner, Via: authz.ViaAPI, Key: "key_x",
			Scopes: []authz.Permission{authz.AccountsRead, authz.AccountsSuspend},
		}), w.seller, []string{"suspend"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen, err := w.Get(c.ctx, c.path, v.ID)
			w.must(err)
			if diff := cmp.Diff(c.want, seen.Actions); diff != "" {
				t.Error(diff)
			}
		})
	}
	if seen := w.suspend(v.ID); slices.Contains(seen.Actions, "suspend") || !slices.Contains(seen.Actions, "resume") {
		t.Errorf("of a suspended account: %v", seen.Actions)
	}
}

func TestHiddenCustomersAccountsGoByTheirLogins(t *testing.T) {
	w := newWorld(t)
	seller := w.reseller("White")
	d := w.draft()
	d.Customer, d.Name, d.DeviceName = w.buyer(seller, "Secret Bakery"), "Secret mail", "Secret pc"
	v, l, err := w.Create(as(seller, authz.Owner), seller, d)
	w.must(err)
	w.hides(seller)
	above := as(w.root.ID, authz.Owner)

	seen, err := w.Get(above, seller, v.ID)
	w.must(err)
	if seen.Name != l.Login || seen.Devices[0].Name != l.Login || strings.Contains(fmt.Sprintf("%+v", seen), "Secret") {
		t.Errorf("from above: %+v", seen)
	}
	if slices.Contains(seen.Actions, "rename") {
		t.Error("what is hidden may be renamed")
	}
	for text, want := range map[string]int{"secret": 0, l.Login: 1, "": 1} {
		found, _, err := w.List(above, seller, Filter{Text: text}, 10, "")
		w.must(err)
		if len(found) != want {
			t.Errorf("%q finds %d, want %d", text, len(found), want)
		}
	}
	name := "mine"
	_, err = w.Edit(above, seller, v.ID, Edit{Version: v.Version, Name: &name})
	w.refused(err, problem.Forbidden)

	own, _, err := w.List(as(seller, authz.Owner), seller, Filter{Text: "SECRET PC"}, 10, "")
	w.must(err)
	if len(own) != 1 || own[0].Name != "Secret mail" {
		t.Errorf("its own seller finds %+v", own)
	}
}

func TestListsAreFilteredAndPaged(t *testing.T) {
	w := newWorld(t)
	forge := w.buyer(w.seller, "Forge")
	mine := func(name string, customer tenant.ID) View {
		d := w.draft()
		d.Name, d.Customer = name, customer
		v, _, err := w.Create(as(w.seller, authz.Owner), w.seller, d)
		w.must(err)
		return v
	}
	mine("mail", w.customer)
	files := mine("files", w.customer)
	mine("till", forge)
	w.suspend(files.ID)
	w.must(w.ended(events.OperationEnded{Operation: files.Operation, Account: files.ID, Generation: 1, State: "succeeded"}))
	for range 3 { // the indexes catch up
		_ = mine("late", forge)
	}
	names := func(all []View) []string {
		out := []string{}
		for _, v := range all {
			if v.Name != "late" {
				out = append(out, v.Name)
			}
		}
		return out
	}
	own, customer := as(w.seller, authz.Owner), as(w.customer, authz.CustomerUser)
	for _, c := range []struct {
		name string
		ctx  context.Context
		path tenant.ID
		f    Filter
		want []string
	}{
		{"a seller's", own, w.seller, Filter{}, []string{"mail", "files", "till"}},
		{"one customer's", own, w.seller, Filter{Customer: forge}, []string{"till"}},
		{"on a server", own, w.seller, Filter{Server: w.server}, []string{"mail", "files", "till"}},
		{"on another server", own, w.seller, Filter{Server: "srv_x"}, []string{}},
		{"in a state", own, w.seller, Filter{State: Suspended}, []string{"files"}},
		{"by text of any case", own, w.seller, Filter{Text: "AI"}, []string{"mail"}},
		{"a customer and a server", own, w.seller, Filter{Customer: forge, Server: "srv_x"}, []string{}},
		{"a customer's path", customer, w.customer, Filter{}, []string{"mail", "files"}},
		{"a customer's path, asking for another's", customer, w.customer, Filter{Customer: forge}, []string{"mail", "files"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []View
			for cursor := ""; ; {
				page, next, err := w.List(c.ctx, c.path, c.f, 2, cursor)
				w.must(err)
				if len(page) > 2 {
					t.Fatalf("a page of %d", len(page))
				}
				all = append(all, page...)
				if next == "" {
					break
				}
				cursor = next
			}
			if diff := cmp.Diff(c.want, names(all)); diff != "" {
				t.Error(diff)
			}
		})
	}
	_, _, err := w.List(own, w.seller, Filter{}, 2, "nonsense")
	w.refused(err, problem.InvalidInput)
	_, _, err = w.List(as(w.reseller("Other"), authz.Owner), w.seller, Filter{}, 2, "")
	w.refused(err, problem.NotFound)
}

// counted counts queries.
type counted struct {
	store.Store
	queries int
}

func (c *counted) Query(ctx context.Context, q store.Query) (store.Page, error) {
	c.queries++
	return c.Store.Query(ctx, q)
}

func TestAListOfFewAmongManyIsNotReadOneByOne(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	for i := range 400 {
		a := v.Account
		a.ID, a.Version = id.New(id.Account, w.clock.Now()), 1
		if i > 3 {
			a.Name = "another"
		}
		row, err := a.item()
		w.must(err)
		w.must(w.rows.AtomicWrite(context.Background(), store.Write{Puts: []store.Put{{Item: row}}}))
	}
	rows := &counted{Store: w.rows}
	w.Reader.Rows = rows
	var found []View
	for cursor := ""; ; {
		page, next, err := w.List(as(w.seller, authz.Owner), w.seller, Filter{Text: v.Name}, 6, cursor)
		w.must(err)
		found = append(found, page...)
		if next == "" {
			break
		}
		cursor = next
	}
	if len(found) != 5 {
		t.Errorf("found %d, want 5", len(found))
	}
	if rows.queries > 20 {
		t.Errorf("%d queries for 401 rows", rows.queries)
	}
}

func TestAnAgentsBatchFindsAccountsByServerWhateverTheIndexesSay(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	found, err := w.Reader.OnServer(context.Background(), w.server, v.ID)
	w.must(err)
	if found.Seller != w.seller || found.Customer != w.customer || found.ID != v.ID {
		t.Errorf("%+v", found)
	}
	for name, at := range map[string][2]string{"another server": {"srv_x", v.ID}, "another account": {w.server, "acc_x"}} {
		if _, err := w.Reader.OnServer(context.Background(), at[0], at[1]); !problem.Has(err, problem.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
