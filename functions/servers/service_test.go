package servers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func (w *world) chain(t tenant.ID) []authz.Node {
	w.Helper()
	chain, err := w.tree.Chain(context.Background(), t)
	w.must(err)
	return chain
}

// sold lists the types that a seller may sell on a server.
func (w *world) sold(seller tenant.ID, server string) []driver.AccountType {
	w.Helper()
	all, err := w.service.Reader.Placements(context.Background(), w.chain(seller))
	w.must(err)
	for _, p := range all {
		if p.Server.ID == server {
			return p.Types
		}
	}
	return nil
}

func TestWhoMaySellWhatOnAServer(t *testing.T) {
	both, online, basic := []driver.AccountType{"basic", "online"}, []driver.AccountType{"online"}, []driver.AccountType{"basic"}
	for _, c := range []struct {
		name   string
		types  []driver.AccountType
		to     tenant.ID
		access []Access
		want   map[tenant.ID][]driver.AccountType
	}{
		{
			"everybody below the owner sells all that it takes", both, "", nil,
			map[tenant.ID][]driver.AccountType{distributor: both, white: both, gray: both, rival: nil, supplier: nil},
		},
		{
			"a server of one type sells no other", basic, "", nil,
			map[tenant.ID][]driver.AccountType{distributor: basic, white: basic},
		},
		{
			"access narrows what one seller sells", both, "", []Access{{white, online}},
			map[tenant.ID][]driver.AccountType{distributor: both, white: online, gray: both},
		},
		{
			"empty access keeps one seller out", both, "", []Access{{white, nil}},
			map[tenant.ID][]driver.AccountType{distributor: both, white: nil, gray: both},
		},
		{
			"a private server is one seller's", both, white, nil,
			map[tenant.ID][]driver.AccountType{white: both, gray: nil},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			d := draft()
			d.Types, d.PrivateTo = c.types, c.to
			server := w.server(d)
			if c.access != nil {
				w.must(w.service.SetAccess(owner(distributor), distributor, server.ID, c.access))
			}
			for seller, want := range c.want {
				if diff := cmp.Diff(want, w.sold(seller, server.ID)); diff != "" {
					t.Errorf("%s:\n%s", w.tree[seller].Name, diff)
				}
				for _, kind := range both {
					_, err := w.service.Reader.Placement(context.Background(), w.chain(seller), server.ID, kind)
					if sells := strings.Contains(fmt.Sprint(want), string(kind)); sells != (err == nil) {
						t.Errorf("%s places %s: %v", w.tree[seller].Name, kind, err)
					} else if !sells {
						w.refused("placing", err, problem.ServerNotAllowed)
					}
				}
			}
		})
	}
}

func TestAccessIsReplacedAsAWhole(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	first := []Access{{white, []driver.AccountType{"online"}}, {gray, nil}}
	w.must(w.service.SetAccess(owner(distributor), distributor, server.ID, first))
	w.must(w.service.SetAccess(owner(distributor), distributor, server.ID, []Access{{white, []driver.AccountType{"basic"}}}))
	got, err := w.service.Accesses(owner(distributor), distributor, server.ID)
	w.must(err)
	if diff := cmp.Diff([]Access{{white, []driver.AccountType{"basic"}}}, got); diff != "" {
		t.Fatal(diff)
	}
	w.must(w.service.SetAccess(owner(distributor), distributor, server.ID, nil))
	if diff := cmp.Diff([]driver.AccountType{"basic", "online"}, w.sold(gray, server.ID)); diff != "" {
		t.Fatal(diff)
	}
}

func TestAccessIsGivenToSellersBelowOnly(t *testing.T) {
	w := newWorld(t)
	d := draft()
	d.Types = []driver.AccountType{"basic"}
	server := w.server(d)
	for name, c := range map[string]struct {
		give  []Access
		field string
	}{
		"the upline":                    {[]Access{{Seller: supplier}}, "/items/0/tenant"},
		"a seller elsewhere":            {[]Access{{Seller: white}, {Seller: rival}}, "/items/1/tenant"},
		"a customer":                    {[]Access{{Seller: buyer}}, "/items/0/tenant"},
		"nobody":                        {[]Access{{Seller: "ten_01J00000000000000000000009"}}, "/items/0/tenant"},
		"one twice":                     {[]Access{{Seller: white}, {Seller: white}}, "/items/1/tenant"},
		"a type that it does not take":  {[]Access{{white, []driver.AccountType{"online"}}}, "/items/0/types"},
		"a type that nobody ever heard": {[]Access{{white, []driver.AccountType{"tea"}}}, "/items/0/types"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.service.SetAccess(owner(distributor), distributor, server.ID, c.give)
			if got := fieldsOf(err); !cmp.Equal(got, []string{c.field}) {
				t.Fatalf("got %v: %v", got, err)
			}
		})
	}
}

func fieldsOf(err error) []string {
	var names []string
	if p, ok := err.(*problem.Error); ok { //nolint:errorlint // the service returns its refusals unwrapped, which this asserts
		for _, f := range p.Fields {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestADraftIsRefusedByItsFields(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name  string
		spoil func(*Draft)
		field string
	}{
		{"no name", func(d *Draft) { d.Name = "" }, "/name"},
		{"a name with spaces around", func(d *Draft) { d.Name = " x" }, "/name"},
		{"a long name", func(d *Draft) { d.Name = strings.Repeat("é", 121) }, "/name"},
		{"no host", func(d *Draft) { d.Host = "" }, "/host"},
		{"a URL", func(d *Draft) { d.Host = "https://backup.example.com" }, "/host"},
		{"a path", func(d *Draft) { d.Host = "backup.example.com/x" }, "/host"},
		{"credentials", func(d *Draft) { d.Host = "user@backup.example.com" }, "/host"},
		{"port zero", func(d *Draft) { d.Host = "backup.example.com:0" }, "/host"},
		{"a port beyond all", func(d *Draft) { d.Host = "backup.example.com:65536" }, "/host"},
		{"no types", func(d *Draft) { d.Types = nil }, "/types"},
		{"an unknown type", func(d *Draft) { d.Types = []driver.AccountType{"tea"} }, "/types"},
		{"private to no tenant", func(d *Draft) { d.PrivateTo = "x" }, "/private_to"},
		{"private to a stranger", func(d *Draft) { d.PrivateTo = rival }, "/private_to"},
		{"private to a customer", func(d *Draft) { d.PrivateTo = buyer }, "/private_to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := draft()
			c.spoil(&d)
			_, err := w.service.Create(owner(distributor), distributor, d)
			if got := fieldsOf(err); !cmp.Equal(got, []string{c.field}) {
				t.Fatalf("got %v: %v", got, err)
			}
		})
	}
	all, err := w.service.List(owner(distributor), distributor)
	w.must(err)
	if len(all) != 0 {
		t.Fatalf("%d servers were left behind", len(all))
	}
}

func TestHostsThatClientsCanDial(t *testing.T) {
	for _, host := range []string{"backup.example.com", "backup", "127.0.0.1:8082", "[2001:db8::1]:443", "2001:db8::1", "xn--bcher-kva.example:65535"} {
		if !validHost(host) {
			t.Errorf("%s is refused", host)
		}
	}
}

func FuzzHostsNeverCarryMoreThanNameAndPort(f *testing.F) {
	for _, seed := range []string{"backup.example.com:8082", "[::1]:1", "a b", "x/y", "u:p@h", "h?q", "h#f", "", ":", "h:http"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if validHost(host) && (host == "" || len(host) > 300 || strings.ContainsAny(host, " /@?#\\\"'<>\n\r\t\x00")) {
			t.Fatalf("%q passed", host)
		}
	})
}

func TestWhoMayLookAndDecide(t *testing.T) {
	for _, c := range []struct {
		name         string
		who          context.Context
		read, decide problem.Code // empty: allowed
	}{
		{"the owner's technician", person(distributor, authz.Technician), "", ""},
		{"the owner's finance looks only", person(distributor, authz.Finance), "", problem.Forbidden},
		{"an upline acting below", owner(supplier), "", ""},
		{"an upline's support looks only", person(supplier, authz.Support), "", problem.Forbidden},
		{"a reseller below reaches up to nothing", owner(white), problem.NotFound, problem.NotFound},
		{"another reseller", owner(rival), problem.NotFound, problem.NotFound},
		{"a customer", person(buyer, authz.CustomerOwner), problem.NotFound, problem.NotFound},
		{"an agent", asAgent("agt_x"), problem.NotFound, problem.NotFound},
		{"nobody", context.Background(), problem.Unauthenticated, problem.Unauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			server := w.server(draft())
			reads, decides := map[string]error{}, map[string]error{}
			_, reads["list"] = w.service.List(c.who, distributor)
			_, reads["get"] = w.service.Get(c.who, distributor, server.ID)
			_, reads["placements"] = w.service.Placements(c.who, distributor)
			_, reads["access"] = w.service.Accesses(c.who, distributor, server.ID)
			_, decides["create"] = w.service.Create(c.who, distributor, draft())
			_, decides["edit"] = w.service.Edit(c.who, distributor, server.ID, Edit{Version: server.Version})
			decides["set access"] = w.service.SetAccess(c.who, distributor, server.ID, nil)
			expect(t, reads, c.read)
			expect(t, decides, c.decide)
		})
	}
}

func expect(t *testing.T, answers map[string]error, want problem.Code) {
	t.Helper()
	for call, err := range answers {
		if want == "" && err != nil || want != "" && !problem.Has(err, want) {
			t.Errorf("%s: got %v, want %q", call, err, want)
		}
	}
}

func TestAServerOfAnotherOwnerDoesNotExist(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	mine := owner(rival)
	answers := map[string]error{}
	_, answers["get"] = w.service.Get(mine, rival, server.ID)
	_, answers["edit"] = w.service.Edit(mine, rival, server.ID, Edit{Version: server.Version})
	_, answers["access"] = w.service.Accesses(mine, rival, server.ID)
	answers["set access"] = w.service.SetAccess(mine, rival, server.ID, nil)
	_, answers["enrol"] = w.service.StartEnrolment(mine, rival, server.ID)
	expect(t, answers, problem.NotFound)
	all, err := w.service.List(mine, rival)
	w.must(err)
	if len(all) != 0 {
		t.Fatalf("a rival sees %d servers", len(all))
	}
}

// Whoever sells on a server sees it, and nothing of who runs it above the own home.
func TestASellerSeesTheServerThatItSellsOnWithoutTheOwnersName(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	v, err := w.service.Get(owner(white), white, server.ID)
	w.must(err)
	if v.OwnerName != "" || len(v.Actions) != 0 {
		t.Fatalf("owner %q, actions %v", v.OwnerName, v.Actions)
	}
	own, err := w.service.Get(owner(distributor), distributor, server.ID)
	w.must(err)
	if diff := cmp.Diff([]string{"enrol", "edit", "set_access"}, own.Actions); diff != "" || own.OwnerName != "Distributor" {
		t.Fatalf("owner %q, actions\n%s", own.OwnerName, diff)
	}
}

func TestOfTwoEditsOfOneVersionOneWins(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	var mu sync.Mutex
	var all sync.WaitGroup
	won := 0
	for n := range 8 {
		name := fmt.Sprintf("Vault %d", n)
		all.Go(func() {
			_, err := w.service.Edit(owner(distributor), distributor, server.ID, Edit{Version: server.Version, Name: &name})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !problem.Has(err, problem.VersionConflict) {
				t.Errorf("a loser hears %v", err)
			}
		})
	}
	all.Wait()
	if won != 1 {
		t.Fatalf("%d edits of one version were taken", won)
	}
}

func TestAnEditLeavesTheRestAsItIs(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	host := "other.example.com"
	v, err := w.service.Edit(owner(distributor), distributor, server.ID, Edit{Version: server.Version, Host: &host})
	w.must(err)
	want := server.Server
	want.Host, want.Version = host, 2
	if diff := cmp.Diff(want, v.Server); diff != "" {
		t.Fatal(diff)
	}
}
