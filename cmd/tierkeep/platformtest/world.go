// Package platformtest puts the whole platform on a stage for tests: embedded ports in a folder, the real HTTP handler on a
// loopback address, real agents with real vaults in the same process, and a clock of its own. Nothing runs by itself: Settle
// carries on what was decided, Advance lets time pass, and beside that each write takes a millisecond.
package platformtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// Began is the instant at which every world begins: a Monday morning in winter.
var Began = time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)

// World is a platform with everything around it.
type World struct {
	Platform *platform.Platform
	Ports    *Ground
	Clock    *clock.Fake
	Address  string // base URL
	Folder   string
	Root     tenancy.Tenant
	Owner    *Person // of the supplier

	server *httptest.Server
	agents []*Agent
	flow   flow
}

// Open opens a new world on embedded ports in an empty folder: the supplier stands, and its owner is signed in.
func Open(ctx context.Context, folder string) (*World, error) {
	c := clock.NewFake(Began)
	ground, err := embedded(folder, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	return OpenOn(ctx, folder, c, ground)
}

// OpenOn is Open on another ground, which tells time by the same clock.
func OpenOn(ctx context.Context, folder string, c *clock.Fake, ground *Ground) (*World, error) {
	w := &World{Clock: c, Folder: folder, Ports: ground}
	log := slog.New(slog.DiscardHandler)
	w.server = httptest.NewUnstartedServer(nil)
	w.Address = "http://" + w.server.Listener.Addr().String()
	if err := w.begin(ctx, log); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) begin(ctx context.Context, log *slog.Logger) error {
	// People stay signed in, whatever time a story takes.
	const forGood = 10 * 365 * 24 * time.Hour
	p, err := platform.New(platform.Config{Portal: w.Address, SessionIdle: forGood, SessionLongest: forGood}, w.Ports.Ports, log)
	if err != nil {
		return err
	}
	// Hashes of full cost guard nothing here.
	p.Identity.Passwords = identity.NewPasswords(identity.Cost{MemoryKiB: 8, Passes: 1, Lanes: 1}, 4)
	if w.Ports.Define != nil {
		if err := w.Ports.Define(p.Tasks()); err != nil {
			return err
		}
	}
	w.Platform = p
	w.flow = newFlow(p, w.Ports)
	handler, err := p.Handler()
	if err != nil {
		return err
	}
	if around := w.Ports.Around; around != nil {
		handler = around(handler)
	}
	w.server.Config.Handler = handler
	w.server.Start()
	root, _, link, err := p.Tenancy.PlantRoot(ctx, tenancy.Profile{
		Name: "Supplier", Country: "NL", TimeZone: "Europe/Amsterdam", Language: "en",
	}, tenancy.NewOwner{Name: "supplier", Email: "owner@supplier.example"})
	if err != nil {
		return err
	}
	w.Root = root
	w.Owner, err = w.Follow(ctx, link)
	return err
}

// Close ends the world.
func (w *World) Close() error {
	var all error
	for _, a := range w.agents {
		all = errors.Join(all, a.close())
	}
	w.server.Close()
	if w.Platform != nil {
		w.Platform.Hub.Close()
	}
	return errors.Join(all, w.Ports.Close())
}

// Password is everybody's.
const Password = "correct horse battery staple"

// Follow comes in by a one-time link and returns whom it belongs to.
func (w *World) Follow(ctx context.Context, link string) (*Person, error) {
	address, token, ok := strings.Cut(link, "/link#")
	if !ok {
		return nil, errors.New("not a one-time link")
	}
	p := &Person{world: w, host: strings.TrimPrefix(address, "http://")}
	reply, err := p.Call(ctx, http.MethodPost, "/v1/links/follow", map[string]string{"token": token, "password": Password})
	if err != nil {
		return nil, err
	}
	if reply.Status != http.StatusCreated {
		return nil, reply.unexpected()
	}
	p.keep(reply)
	return p, nil
}

// Advance lets time pass in steps that no agent which is up sleeps through, or of a day while none is up, and lets everything
// happen that falls due.
func (w *World) Advance(ctx context.Context, d time.Duration) error {
	step := 24 * time.Hour
	for _, a := range w.agents {
		if a.Up {
			step = time.Hour
		}
	}
	for end := w.Clock.Now().Add(d); w.Clock.Now().Before(end); {
		w.Clock.Set(earlier(w.Clock.Now().Add(step), end))
		if err := w.Settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// rounds is how often agents and consumers answer each other before a world counts as one that never comes to rest.
const rounds = 50

// Settle lets every agent that is up do its round, and carries on what was decided, until nothing is left to do now.
func (w *World) Settle(ctx context.Context) error {
	for range rounds {
		for _, a := range w.agents {
			if a.Up {
				a.agent.Round(ctx)
			}
		}
		moved, err := w.carry(ctx)
		if err != nil || !moved {
			return err
		}
	}
	return fmt.Errorf("no rest after %d rounds", rounds)
}

func (w *World) carry(ctx context.Context) (moved bool, err error) {
	if w.Ports.Carry != nil {
		return w.Ports.Carry(ctx, w.Platform)
	}
	return w.flow.run(ctx, w.Clock.Now())
}

// Problem reads the code of a refusal out of a reply; empty: it is none.
func (r Reply) Problem() problem.Code {
	var p struct {
		Code problem.Code `json:"code"`
	}
	if r.Status < http.StatusBadRequest || r.Into(&p) != nil {
		return ""
	}
	return p.Code
}
