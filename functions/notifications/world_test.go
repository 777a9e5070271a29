package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/authz/authztest"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	supplier    = tenant.ID("ten_01J00000000000000000000000")
	distributor = tenant.ID("ten_01J00000000000000000000001")
	seller      = tenant.ID("ten_01J00000000000000000000002")
	apr         = "apr_01J00000000000000000000001"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// The people of the examples, each with a language of his own.
var (
	eva    = Person{"usr_01J00000000000000000000001", seller, "Eva Jansen", "eva@alpine.example", "nl"}
	dieter = Person{"usr_01J00000000000000000000002", distributor, "Dieter Groß", "dieter@rhein.example", "de"}
	flore  = Person{"usr_01J00000000000000000000003", distributor, "Flore Petit", "flore@rhein.example", "fr"}
	root   = Person{"usr_01J00000000000000000000004", supplier, "Olive Root", "olive@supplier.example", "xx"}
)

// world is the feature over a real store, with people, brands and a carrier in memory.
type world struct {
	t       *testing.T
	rows    store.Store
	service *Service

	staff   []Person // who can sign in; all but Eva decide
	carried []mail.Message
	fails   map[string]error // by the address written to
	events  int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	now := clock.NewFake(start)
	rows, err := sqlite.Open(filetest.Open(t), now)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, rows: rows, staff: []Person{eva, dieter, flore, root}, fails: map[string]error{}}
	tree := authztest.Of(
		authz.Node{ID: supplier, Level: tenant.Supplier, Name: "Supplier", TimeZone: "UTC"},
		authz.Node{ID: distributor, Parent: supplier, Level: tenant.Distributor, Name: "Rhein Distribution", TimeZone: "Europe/Berlin"},
		authz.Node{ID: seller, Parent: distributor, Level: tenant.Reseller, Variant: tenant.Whitelabel, Name: "Alpine IT", TimeZone: "Europe/Amsterdam"},
	)
	w.service = &Service{
		Guard: authz.Guard{Directory: tree}, Rows: rows, Clock: now, People: w, Brands: w, Sender: w, From: "no-reply@mail.example",
		Log: slog.New(slog.DiscardHandler),
	}
	return w
}

// Person implements People.
func (w *world) Person(_ context.Context, home tenant.ID, user string) (Person, bool, error) {
	for _, p := range w.staff {
		if p.User == user && p.Home == home {
			return p, true, nil
		}
	}
	return Person{}, false, nil
}

// Deciders implements People.
func (w *world) Deciders(_ context.Context, home tenant.ID) ([]Person, error) {
	var all []Person
	for _, p := range w.staff {
		if p.Home == home && p.User != eva.User {
			all = append(all, p)
		}
	}
	return all, nil
}

// Of implements Brands.
func (w *world) Of(_ context.Context, home tenant.ID) (Brand, error) {
	b := Brand{Product: "Tierkeep", Portal: "https://portal.example.com", Accent: "#1f5fbf", OnAccent: "#ffffff"}
	if home == seller {
		b = Brand{"Alpine Backup", "Alpine IT", "help@alpine.example", "https://alpine.example.com", "#006040", "#ffffff"}
	}
	return b, nil
}

// Send implements mail.Sender.
func (w *world) Send(_ context.Context, m mail.Message) (string, error) {
	if err := m.Validate(); err != nil {
		return "", err
	}
	if err := w.fails[m.To.Email]; err != nil {
		return "", err
	}
	w.carried = append(w.carried, m)
	return fmt.Sprint("carrier-", len(w.carried)), nil
}

// event makes the next event of the approval.
func (w *world) event(p events.Payload, by Person) events.Event {
	w.t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		w.t.Fatal(err)
	}
	w.events++
	return events.Event{
		ID: fmt.Sprintf("evt_01J%023d", w.events), Type: p.EventType(), Version: p.EventVersion(), Tenant: seller, Subject: apr,
		OccurredAt: start.Add(time.Duration(w.events) * time.Hour), Actor: events.Actor{User: by.User, Name: by.Name, Home: by.Home}, Data: data,
	}
}

func (w *world) requested(by Person) events.Event {
	return w.event(events.ApprovalRequested{
		Approval: apr, Kind: "account.delete", Account: "acc_secret", Customer: "ten_secret", Reason: "a reason that somebody typed",
		Deciders: []string{string(supplier), string(distributor)}, Asker: by.User, RemindAt: start.Add(24 * time.Hour), ExpiresAt: start.AddDate(0, 0, 7),
	}, by)
}

func (w *world) consume(e events.Event) error {
	return w.service.Consume(authz.With(w.t.Context(), authz.System("notifications")), e)
}

func (w *world) mustConsume(e events.Event) {
	w.t.Helper()
	if err := w.consume(e); err != nil {
		w.t.Fatalf("consume %s: %v", e.Type, err)
	}
}

// told returns who was written to since the last call, with the subjects.
func (w *world) told() []string {
	var all []string
	for _, m := range w.carried {
		name, _, _ := strings.Cut(m.To.Email, "@")
		all = append(all, name+": "+m.Subject)
	}
	w.carried = nil
	slices.Sort(all)
	return all
}
