package servers

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestAnAgentTradesATokenForAnIdentity(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	e, err := w.service.StartEnrolment(owner(distributor), distributor, server.ID)
	w.must(err)
	n := newcomer(e.Token)
	n.SignKey, n.SealKey = bytes.Repeat([]byte{1}, ed25519.PublicKeySize), bytes.Repeat([]byte{2}, 32)
	got, err := w.service.Enrol(context.Background(), n)
	w.must(err)
	want := Admission{
		Agent: got.Agent, Server: server.ID, WakeURL: "ws://portal.example.com/agent/v1/wake",
		PlatformKey: make([]byte, ed25519.PublicKeySize), ServerTime: w.clock.Now(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	known, err := w.service.Reader.Agent(context.Background(), got.Agent)
	w.must(err)
	if !bytes.Equal(known.SignKey, n.SignKey) || known.Owner != distributor || known.Server != server.ID {
		t.Fatalf("the agent is known as %+v", known)
	}
	p, err := w.service.Reader.Placement(context.Background(), w.chain(white), server.ID, "online")
	w.must(err)
	if !bytes.Equal(p.Agent.SealKey, n.SealKey) {
		t.Fatal("passwords would be sealed to another key")
	}
}

func TestATokenWorksOnceAlsoUnderARace(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	e, err := w.service.StartEnrolment(owner(distributor), distributor, server.ID)
	w.must(err)
	var mu sync.Mutex
	var all sync.WaitGroup
	admitted := 0
	for range 16 {
		all.Go(func() {
			_, err := w.service.Enrol(context.Background(), newcomer(e.Token))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				admitted++
			} else if !problem.Has(err, problem.EnrolmentSpent) {
				t.Errorf("a loser hears %v", err)
			}
		})
	}
	all.Wait()
	if admitted != 1 {
		t.Fatalf("%d agents were admitted by one token", admitted)
	}
	_, err = w.service.Enrol(context.Background(), newcomer(e.Token))
	w.refused("the token once more", err, problem.EnrolmentSpent)
}

func TestTwoTokensOfOneServerAtOnceEndWithOneAgent(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	var tokens []string
	for range 4 {
		e, err := w.service.StartEnrolment(owner(distributor), distributor, server.ID)
		w.must(err)
		tokens = append(tokens, e.Token)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	var agents []string
	for _, token := range tokens {
		all.Go(func() {
			a, err := w.service.Enrol(context.Background(), newcomer(token))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				agents = append(agents, a.Agent)
			} else if !problem.Has(err, problem.Conflict) {
				t.Errorf("a loser hears %v", err)
			}
		})
	}
	all.Wait()
	known := 0
	for _, agent := range agents {
		if _, err := w.service.Reader.Agent(context.Background(), agent); err == nil {
			known++
		}
	}
	if known != 1 {
		t.Fatalf("%d agents of one server are known", known)
	}
}

func TestATokenWorksForAnHour(t *testing.T) {
	for wait, want := range map[time.Duration]problem.Code{
		EnrolmentFor - time.Second: "", EnrolmentFor: problem.EnrolmentSpent, 24 * time.Hour: problem.EnrolmentSpent,
	} {
		t.Run(wait.String(), func(t *testing.T) {
			w := newWorld(t)
			e, err := w.service.StartEnrolment(owner(distributor), distributor, w.server(draft()).ID)
			w.must(err)
			if got := e.ExpiresAt.Sub(w.clock.Now()); got != EnrolmentFor {
				t.Fatalf("the token says it works for %s", got)
			}
			w.clock.Advance(wait)
			_, err = w.service.Enrol(context.Background(), newcomer(e.Token))
			if want == "" {
				w.must(err)
			} else {
				w.refused("after "+wait.String(), err, want)
			}
		})
	}
}

func TestNoRowHoldsTheToken(t *testing.T) {
	w := newWorld(t)
	written := &recorder{Store: w.rows}
	w.service.Changes.Store = written
	e, err := w.service.StartEnrolment(owner(distributor), distributor, w.server(draft()).ID)
	w.must(err)
	if len(written.all) == 0 {
		t.Fatal("nothing was written")
	}
	for _, p := range written.all {
		if strings.Contains(p.Item.PK+p.Item.SK+string(p.Item.Value), e.Token) {
			t.Errorf("the token stands at %s %s", p.Item.PK, p.Item.SK)
		}
	}
}

// recorder remembers what is put.
type recorder struct {
	store.Store
	all []store.Put
}

func (r *recorder) AtomicWrite(ctx context.Context, w store.Write) error {
	r.all = append(r.all, w.Puts...)
	return r.Store.AtomicWrite(ctx, w)
}

func TestAnAgentThatEnrolsAnewReplacesTheFormerAtOnce(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	former := w.enrol(server.ID)
	newer := w.enrol(server.ID)
	_, err := w.service.Reader.Agent(context.Background(), former.Agent)
	w.refused("the former agent's key", err, problem.NotFound)
	w.refused("the former agent's hello", w.hello(asAgent(former.Agent, server.ID), Hello{Server: server.ID}), problem.NotFound)
	at, err := w.service.Reader.AgentAt(context.Background(), distributor, server.ID)
	w.must(err)
	if at != newer.Agent {
		t.Fatalf("beside the server stands %s", at)
	}
	var got []events.AgentEnrolled
	for _, e := range w.told() {
		p, err := events.Decode[events.AgentEnrolled](e)
		w.must(err)
		if e.Tenant != distributor || e.Subject != server.ID || e.Actor.User != p.Agent {
			t.Errorf("told as %+v", e)
		}
		got = append(got, p)
	}
	want := []events.AgentEnrolled{
		{Agent: former.Agent, Server: server.ID}, {Agent: newer.Agent, Server: server.ID, Replaced: former.Agent},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestKeysThatCannotBeAreRefusedAndTheTokenIsKept(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	e, err := w.service.StartEnrolment(owner(distributor), distributor, server.ID)
	w.must(err)
	bad := newcomer(e.Token)
	bad.SignKey, bad.SealKey = []byte("short"), nil
	_, err = w.service.Enrol(context.Background(), bad)
	w.refused("bad keys", err, problem.InvalidInput)
	_, err = w.service.Enrol(context.Background(), newcomer(e.Token))
	w.must(err)
}

func TestATokenThatNobodyMadeIsSpent(t *testing.T) {
	w := newWorld(t)
	for _, token := range []string{"", "tke_GUESSED", strings.Repeat("x", 5000)} {
		_, err := w.service.Enrol(context.Background(), newcomer(token))
		w.refused("a guess", err, problem.EnrolmentSpent)
	}
}

func TestWhoMayStartAnEnrolment(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	for name, c := range map[string]struct {
		who  context.Context
		at   tenant.ID
		want problem.Code
	}{
		"the owner's technician":            {person(distributor, authz.Technician), distributor, ""},
		"an upline acting below":            {owner(supplier), distributor, ""},
		"the owner's sales":                 {person(distributor, authz.Sales), distributor, problem.Forbidden},
		"an upline's support":               {person(supplier, authz.Support), distributor, problem.Forbidden},
		"a reseller below, on its own path": {owner(white), white, problem.NotFound},
		"a reseller below":                  {owner(white), distributor, problem.NotFound},
		"an agent":                          {asAgent("agt_x", server.ID), distributor, problem.NotFound},
		"nobody":                            {context.Background(), distributor, problem.Unauthenticated},
	} {
		_, err := w.service.StartEnrolment(c.who, c.at, server.ID)
		if c.want == "" && err != nil || c.want != "" && !problem.Has(err, c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
