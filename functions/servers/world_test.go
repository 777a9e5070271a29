package servers

import (
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/authz/authztest"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	supplier    = tenant.ID("ten_01J00000000000000000000000")
	distributor = tenant.ID("ten_01J00000000000000000000001")
	white       = tenant.ID("ten_01J00000000000000000000002") // below the distributor
	gray        = tenant.ID("ten_01J00000000000000000000003") // below the distributor
	rival       = tenant.ID("ten_01J00000000000000000000004") // below the supplier
	buyer       = tenant.ID("ten_01J00000000000000000000005") // of white
)

func sampleTree() authztest.Tree {
	return authztest.Of([]authz.Node{
		{ID: supplier, Name: "Supplier", Level: tenant.Supplier},
		{ID: distributor, Name: "Distributor", Parent: supplier, Level: tenant.Distributor, Variant: tenant.AsDistributor},
		{ID: white, Name: "White", Parent: distributor, Level: tenant.Reseller, Variant: tenant.Whitelabel},
		{ID: gray, Name: "Gray", Parent: distributor, Level: tenant.Reseller, Variant: tenant.Graylabel},
		{ID: rival, Name: "Rival", Parent: supplier, Level: tenant.Reseller, Variant: tenant.Whitelabel},
		{ID: buyer, Name: "Buyer", Parent: white, Level: tenant.Customer, Variant: tenant.Business},
	}...)
}

// world is the feature over a real store, with a clock that stands still.
type world struct {
	*testing.T
	clock   *clock.Fake
	rows    store.Store
	tree    authztest.Tree
	service *Service
	waits   string // the server for which something waits
}

// Waits implements Work.
func (w *world) Waits(_ context.Context, server string) (bool, error) { return server == w.waits, nil }

func newWorld(t *testing.T) *world {
	t.Helper()
	file := filetest.Open(t)
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	rows, err := sqlite.Open(file, now)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, clock: now, rows: rows, tree: sampleTree()}
	w.service = &Service{
		Guard: authz.Guard{Directory: w.tree}, Reader: Reader{Rows: rows}, Changes: change.Log{Store: rows, Clock: now}, Clock: now,
		PlatformKey: func(context.Context) ([]byte, error) { return make([]byte, ed25519.PublicKeySize), nil },
		Work:        w,
		WakeURL:     func(host string, _ bool) string { return "ws://" + host + "/agent/v1/wake" },
	}
	return w
}

func person(home tenant.ID, role authz.Role) context.Context {
	return authz.With(context.Background(), authz.Principal{User: "usr_x", HomeTenant: home, Role: role, Via: authz.ViaPortal})
}

// owner is the owner of a tenant's people.
func owner(home tenant.ID) context.Context { return person(home, authz.Owner) }

func asAgent(agent string, servers ...string) context.Context {
	return authz.With(context.Background(), authz.Principal{Via: authz.ViaAgent, Agent: agent, HomeTenant: distributor, Servers: servers})
}

func draft() Draft {
	return Draft{Name: "Vault 1", Host: "backup.example.com:8082", Types: []driver.AccountType{driver.Online, driver.Basic}}
}

// server creates a server of the distributor.
func (w *world) server(d Draft) View {
	w.Helper()
	v, err := w.service.Create(owner(distributor), distributor, d)
	w.must(err)
	return v
}

func newcomer(token string) Newcomer {
	return Newcomer{
		Token: token, SignKey: make([]byte, ed25519.PublicKeySize), SealKey: make([]byte, 32), Software: "1.0.0", Host: "portal.example.com",
	}
}

// enrol takes an agent to a server of the distributor.
func (w *world) enrol(server string) Admission {
	w.Helper()
	e, err := w.service.StartEnrolment(owner(distributor), distributor, server)
	w.must(err)
	a, err := w.service.Enrol(context.Background(), newcomer(e.Token))
	w.must(err)
	return a
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused expects a problem.
func (w *world) refused(what string, err error, want problem.Code) {
	w.Helper()
	if !problem.Has(err, want) {
		w.Errorf("%s: got %v, want %s", what, err, want)
	}
}

// told lists the events of everything that was decided for the distributor, in order.
func (w *world) told() []events.Event {
	w.Helper()
	page, err := w.rows.Query(context.Background(), store.Query{PK: change.Partition(distributor)})
	w.must(err)
	var all []events.Event
	for _, i := range page.Items {
		entry, err := change.Read(i)
		w.must(err)
		all = append(all, entry.Events...)
	}
	return all
}
