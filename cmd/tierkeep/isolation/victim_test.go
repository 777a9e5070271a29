package isolation

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// seller is a reseller with everything that a reseller can have, and real identifiers of all of it.
type seller struct {
	owner         *platformtest.Person
	customerOwner *platformtest.Person
	key           *platformtest.Person
	agent         *platformtest.Agent
	ids           map[string]string // by the variable of a path
	site          string
}

// stage is a world with a victim, an intruder of the same kind beside it, and a second customer of the victim's.
type stage struct {
	*platformtest.World
	t                *testing.T
	victim, intruder seller
	sibling          *platformtest.Person // owner of another customer of the victim's
	siblingID        string
}

func setTheStage(t *testing.T) *stage {
	t.Helper()
	t.Parallel()
	ctx := context.Background()
	w, err := platformtest.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &stage{World: w, t: t}
	s.victim = s.seller("victim")
	s.intruder = s.seller("intruder")
	s.siblingID, s.sibling = s.customer(s.victim, "sibling of victim")
	if err := w.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// must calls as somebody who may, and returns the field of the reply at a dotted path.
func (s *stage) must(p *platformtest.Person, method, path string, body any, field string, options ...platformtest.Option) string {
	s.t.Helper()
	reply, err := p.Call(context.Background(), method, path, body, options...)
	if err != nil {
		s.t.Fatal(err)
	}
	var found any
	if err := reply.Must(&found); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	for name := range strings.SplitSeq(field, ".") {
		if list, ok := found.([]any); ok && len(list) > 0 {
			found = list[0]
		}
		object, ok := found.(map[string]any)
		if !ok {
			s.t.Fatalf("%s %s has no %s: %s", method, path, field, reply.Body)
		}
		found = object[name]
	}
	return fmt.Sprint(found)
}

func (s *stage) follow(link string) *platformtest.Person {
	s.t.Helper()
	p, err := s.Follow(context.Background(), link)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) customer(of seller, name string) (string, *platformtest.Person) {
	s.t.Helper()
	mail := strings.ReplaceAll(name, " ", "-") + "@customer.example"
	c := s.must(of.owner, http.MethodPost, "/v1/tenants/"+of.ids["tenant"]+"/customers", map[string]any{"kind": "business", "name": name, "email": mail}, "id")
	link := s.must(of.owner, http.MethodPost, "/v1/tenants/"+c+"/users", map[string]any{"name": "Owner of " + name, "email": mail, "role": "customer_owner"}, "link")
	return c, s.follow(link)
}

func (s *stage) seller(name string) seller {
	s.t.Helper()
	ctx := context.Background()
	reply, err := s.Owner.Call(ctx, http.MethodPost, "/v1/tenants/"+string(s.Root.ID)+"/children", map[string]any{
		"name": name, "level": "reseller", "variant": "whitelabel", "edition": "premium",
		"owner": map[string]string{"name": "Owner of " + name, "email": "owner@" + name + ".example"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var made struct {
		Tenant struct{ ID string }
		Link   string
	}
	if err := reply.Must(&made); err != nil {
		s.t.Fatal(err)
	}
	v := seller{owner: s.follow(made.Link), ids: map[string]string{"tenant": made.Tenant.ID}}
	base := "/v1/tenants/" + made.Tenant.ID

	v.ids["child"] = s.must(v.owner, http.MethodPost, base+"/children", map[string]any{
		"name": "Seller below " + name, "level": "reseller", "variant": "value_added",
	}, "tenant.id")
	v.ids["customer"], v.customerOwner = s.customer(v, "customer of "+name)
	v.site = s.must(v.owner, http.MethodPost, "/v1/tenants/"+v.ids["customer"]+"/sites", map[string]any{"name": "Site of " + name}, "id")
	v.ids["user"] = s.must(v.owner, http.MethodPost, base+"/users", map[string]any{
		"name": "Second of " + name, "email": "second@" + name + ".example", "role": "administrator",
	}, "user.id")
	v.ids["session"] = s.must(v.owner, http.MethodGet, "/v1/session/list", nil, "items.id")
	s.must(v.owner, http.MethodPut, base+"/brand", map[string]any{"product": "Backup of " + name, "company": name, "slug": name, "radius": 8}, "product", platformtest.IfMatch(0))

	scopes, err := v.owner.Call(ctx, http.MethodGet, base+"/keys/scopes", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	var all struct{ Items []string }
	if err := scopes.Must(&all); err != nil {
		s.t.Fatal(err)
	}
	reply, err = v.owner.Call(ctx, http.MethodPost, base+"/keys", map[string]any{"name": "Everything", "scopes": all.Items})
	if err != nil {
		s.t.Fatal(err)
	}
	var key struct {
		Key    struct{ ID string }
		Secret string
	}
	if err := reply.Must(&key); err != nil {
		s.t.Fatal(err)
	}
	v.ids["key"], v.key = key.Key.ID, s.WithKey(key.Secret)

	v.ids["server"] = s.must(v.owner, http.MethodPost, base+"/servers", map[string]any{
		"name": "Vault of " + name, "host": name + ".example", "types": []string{"online", "basic"},
	}, "id")
	token := s.must(v.owner, http.MethodPost, base+"/servers/"+v.ids["server"]+"/enrolments", nil, "token")
	if v.agent, err = s.Enrol(ctx, token); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
	v.ids["account"] = s.must(v.owner, http.MethodPost, base+"/accounts", map[string]any{
		"customer": v.ids["customer"], "server": v.ids["server"], "type": "online", "quota_bytes": 50_000_000_000,
	}, "account.id")
	s.settle()
	account := base + "/accounts/" + v.ids["account"]
	v.ids["device"] = s.must(v.owner, http.MethodGet, account, nil, "devices.id")
	v.ids["set"] = s.must(v.owner, http.MethodGet, account, nil, "devices.sets.id")
	s.must(v.owner, http.MethodPut, account+"/note", map[string]any{"text": "Private to " + name}, "text")
	v.ids["job"] = id.New(id.Job, s.Clock.Now())
	at := s.Clock.Now()
	v.agent.Tell(driver.Reports{
		Jobs:  []driver.Job{job(v, at)},
		Usage: []driver.Usage{{Account: v.ids["account"], Device: v.ids["device"], At: at, Bytes: 4_000_000, Files: 40}},
	})
	s.settle()
	s.must(v.owner, http.MethodGet, base+"/jobs/"+v.ids["job"], nil, "id")

	v.ids["approval"] = s.must(v.owner, http.MethodPost, account+"/delete", map[string]any{"reason": "Asked by " + name}, "removal.approval")
	s.settle()
	v.ids["mail"] = s.must(s.Owner, http.MethodGet, "/v1/tenants/"+string(s.Root.ID)+"/outbox", nil, "items.id")

	// The operation that the suite aims at is one that could still be cancelled.
	v.agent.Up = false
	s.must(v.owner, http.MethodPost, account+"/suspend", nil, "id")
	v.ids["operation"] = s.must(v.owner, http.MethodGet, base+"/operations", nil, "items.id")
	return v
}

func (s *stage) settle() {
	s.t.Helper()
	if err := s.Settle(context.Background()); err != nil {
		s.t.Fatal(err)
	}
}

func job(of seller, at time.Time) driver.Job {
	return driver.Job{
		ID: of.ids["job"], Revision: 1, Account: of.ids["account"], Device: of.ids["device"], Kind: driver.Backup, State: driver.Success,
		StartedAt: at, EndedAt: &at, SeenAt: at,
	}
}
