package identity

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	secretfile "github.com/tierkeep/tierkeep/shared/port/secret/file"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	supplier  = tenant.ID("ten_01J00000000000000000000000")
	seller    = tenant.ID("ten_01J00000000000000000000001") // has its own hostname
	rival     = tenant.ID("ten_01J00000000000000000000002")
	customer  = tenant.ID("ten_01J00000000000000000000003") // of the seller
	nameless  = tenant.ID("ten_01J00000000000000000000004") // anonymous customer of the seller
	platform  = "portal.example.com"
	sellers   = "acme.example.com"
	office    = "192.0.2.10"
	elsewhere = "198.51.100.20"
	good      = "a long enough password"
	better    = "another long password!"
)

// cheap makes hashes that tests can afford.
var cheap = Cost{MemoryKiB: 8, Passes: 1, Lanes: 1}

// tree is a directory in memory.
type tree struct {
	mu    sync.Mutex
	nodes map[tenant.ID]authz.Node
}

func newTree() *tree {
	t := &tree{nodes: map[tenant.ID]authz.Node{}}
	for _, n := range []authz.Node{
		{ID: supplier, Level: tenant.Supplier, Name: "Supplier"},
		{ID: seller, Parent: supplier, Level: tenant.Reseller, Variant: tenant.Whitelabel, Edition: tenant.Premium, Name: "Acme"},
		{ID: rival, Parent: supplier, Level: tenant.Reseller, Variant: tenant.ValueAdded, Edition: tenant.Premium, Name: "Rival"},
		{ID: customer, Parent: seller, Level: tenant.Customer, Variant: tenant.Business, Name: "Customer"},
		{ID: nameless, Parent: seller, Level: tenant.Customer, Variant: tenant.Anonymous, Name: "ABC234"},
	} {
		n.Status = tenant.Active
		t.nodes[n.ID] = n
	}
	return t
}

func (t *tree) Chain(_ context.Context, at tenant.ID) ([]authz.Node, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var chain []authz.Node
	for at != "" {
		n, ok := t.nodes[at]
		if !ok {
			return nil, problem.New(problem.NotFound, "")
		}
		chain, at = append(chain, n), n.Parent
	}
	slices.Reverse(chain)
	return chain, nil
}

func (t *tree) change(id tenant.ID, change func(*authz.Node)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.nodes[id]
	change(&n)
	t.nodes[id] = n
}

// hosts are realms in memory: who has which hostname.
type hosts struct {
	tree  *tree
	names map[string]tenant.ID
}

func (h hosts) ByHost(_ context.Context, host string) (tenant.ID, error) {
	if t, ok := h.names[hostname(host)]; ok {
		return t, nil
	}
	return supplier, nil
}

func (h hosts) Above(ctx context.Context, t tenant.ID) ([]tenant.ID, error) {
	chain, err := h.tree.Chain(ctx, t)
	var realms []tenant.ID
	for _, n := range slices.Backward(chain) {
		for _, owner := range h.names {
			if owner == n.ID {
				realms = append(realms, n.ID)
			}
		}
	}
	return append(realms, supplier), err
}

func (h hosts) Address(_ context.Context, realm tenant.ID) (string, error) {
	for name, owner := range h.names {
		if owner == realm {
			return "https://" + name, nil
		}
	}
	return "https://" + platform, nil
}

func (h hosts) BrandOf(_ context.Context, host string) (product, company, slug string, err error) {
	return "Portal of " + hostname(host), "Company", "", nil
}

// diary is a store that remembers everything that was ever written through it.
type diary struct {
	store.Store
	mu      sync.Mutex
	written strings.Builder
}

func (d *diary) AtomicWrite(ctx context.Context, w store.Write) error {
	d.mu.Lock()
	for _, p := range w.Puts {
		d.written.WriteString(p.Item.PK + " " + p.Item.SK + " " + string(p.Item.Value) + "\n")
	}
	d.mu.Unlock()
	return d.Store.AtomicWrite(ctx, w)
}

// world is the feature over a real store, with a clock that stands still.
type world struct {
	testing.TB
	clock   *clock.Fake
	tree    *tree
	hosts   hosts
	rows    *diary
	service *Service
}

func newWorld(t testing.TB) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	rows, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	tree := newTree()
	w := &world{TB: t, clock: now, tree: tree, hosts: hosts{tree, map[string]tenant.ID{sellers: seller}}, rows: &diary{Store: rows}}
	w.service = &Service{
		Guard: authz.Guard{Directory: tree}, Rows: w.rows, Changes: change.Log{Store: w.rows, Clock: now}, Clock: now,
		Realms: w.hosts, Passwords: NewPasswords(cheap, 2), Seal: NewSeal(secretfile.Secrets{Folder: t.TempDir()}),
	}
	return w
}

func at(host, address string) Visitor {
	return Visitor{Host: host, Address: address, Client: "Browser"}
}

// hostOf is where the people of a tenant sign in.
func hostOf(t tenant.ID) string {
	if t == supplier || t == rival {
		return platform
	}
	return sellers
}

// founder makes the first owner of a tenant, who has come in with the good password.
func (w *world) founder(t tenant.ID, email string) User {
	w.Helper()
	node, err := w.service.node(context.Background(), t)
	w.must(err)
	rows, link, err := w.service.InviteOwner(context.Background(), tenancy.Tenant{ID: t, Parent: node.Parent, Level: node.Level}, "Owner of "+node.Name, email)
	w.must(err)
	w.must(w.rows.AtomicWrite(context.Background(), rows))
	return w.comeIn(link, t)
}

// colleague invites somebody to a tenant as the founder would, and lets him come in.
func (w *world) colleague(by context.Context, t tenant.ID, email string, role authz.Role) User {
	w.Helper()
	_, link, err := w.service.Invite(by, t, NewUser{Name: "Colleague", Email: email, Role: role})
	w.must(err)
	return w.comeIn(link, t)
}

func (w *world) comeIn(link string, t tenant.ID) User {
	w.Helper()
	started, err := w.service.FollowLink(context.Background(), tokenOf(link), good, at(hostOf(t), office))
	w.must(err)
	return started.User
}

func tokenOf(link string) string {
	_, token, _ := strings.Cut(link, "#")
	return token
}

// as is the context of a person's fresh session at his own host.
func (w *world) as(u User) context.Context {
	w.Helper()
	return w.asSession(w.signIn(u))
}

func (w *world) asSession(started Started) context.Context {
	w.Helper()
	p, err := w.service.AuthenticateSession(context.Background(), started.Token, started.Session.Host)
	w.must(err)
	return change.WithRequest(authz.With(context.Background(), p), change.Request{Address: office})
}

func (w *world) signIn(u User) Started {
	w.Helper()
	started, err := w.service.SignIn(context.Background(), u.Email, good, at(hostOf(u.Home), office))
	w.must(err)
	return started
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused checks the code of a refusal.
func (w *world) refused(err error, code problem.Code) {
	w.Helper()
	if !problem.Has(err, code) {
		w.Fatalf("got %v, want %s", err, code)
	}
}

// race runs so many at once and returns how many succeeded, and the errors of the others.
func race(n int, do func(i int) error) (won int, lost []error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else {
				lost = append(lost, err)
			}
		})
	}
	all.Wait()
	return won, lost
}
