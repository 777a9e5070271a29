package tenancy

import (
	"context"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// world is the feature over a real store, with a clock that stands still.
type world struct {
	testing.TB
	*Service
	clock  *clock.Fake
	root   Tenant
	direct Tenant
}

// noOwners lets tenants be created without people.
type noOwners struct{}

func (noOwners) InviteOwner(context.Context, Tenant, string, string) (store.Write, string, error) {
	return store.Write{}, "https://portal.example/link#token", nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	rows, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	reader := Reader{Rows: rows}
	directory := NewDirectory(reader, now)
	w := &world{TB: t, clock: now, Service: &Service{
		Guard: authz.Guard{Directory: directory}, Reader: reader, Changes: change.Log{Store: rows, Clock: now}, Clock: now,
		Directory: directory, Owners: noOwners{},
	}}
	w.root, w.direct, _, err = w.PlantRoot(context.Background(), Profile{
		Name: "Northgate", Country: "NL", TimeZone: "Europe/Amsterdam", Language: "nl",
	}, NewOwner{"Owner", "owner@northgate.example"})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// as is a person of a tenant.
func as(home tenant.ID, role authz.Role) context.Context {
	return authz.With(context.Background(), authz.Principal{User: "usr_x", Name: "Somebody", HomeTenant: home, Role: role, Via: authz.ViaPortal})
}

func (w *world) seller(parent tenant.ID, name string, level tenant.Level, variant tenant.Variant) Tenant {
	w.Helper()
	t, _, err := w.CreateSeller(as(w.root.ID, authz.Owner), parent, NewSeller{
		Profile: Profile{Name: name}, Level: level, Variant: variant, Edition: tenant.Premium,
	})
	if err != nil {
		w.Fatal(err)
	}
	return t
}

func (w *world) customer(seller tenant.ID, name string) Tenant {
	w.Helper()
	c, err := w.CreateCustomer(as(seller, authz.Owner), seller, NewCustomer{Profile{Name: name}, tenant.Business})
	if err != nil {
		w.Fatal(err)
	}
	return c.Tenant
}

func (w *world) refused(err error, code problem.Code) {
	w.Helper()
	if !problem.Has(err, code) {
		w.Fatalf("got %v, want %s", err, code)
	}
}

// entries are the change rows of a tenant, the oldest first.
func (w *world) entries(t tenant.ID) []change.Entry {
	w.Helper()
	page, err := w.Reader.Rows.Query(context.Background(), store.Query{PK: change.Partition(t)})
	if err != nil {
		w.Fatal(err)
	}
	var all []change.Entry
	for _, row := range page.Items {
		e, err := change.Read(row)
		if err != nil {
			w.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func names[T any](all []T, name func(T) string) []string {
	var out []string
	for _, t := range all {
		out = append(out, name(t))
	}
	return out
}
