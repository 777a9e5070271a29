package operations

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// agents is who stands beside which server.
type agents map[string]string

func (a agents) AgentAt(_ context.Context, owner tenant.ID, server string) (string, error) {
	if owner != supplier {
		return "", problem.New(problem.NotFound, "")
	}
	return a[server], nil
}

// bell is a waker that remembers whom it woke.
type bell struct {
	woken []string
	err   error
}

func (b *bell) Hint(_ context.Context, agent string) (bool, error) {
	b.woken = append(b.woken, agent)
	return false, b.err
}

func consumer(w *world, b *bell, a agents) Consumer {
	return Consumer{Service: w.service, Agents: a, Waker: b, Log: slog.New(slog.DiscardHandler)}
}

func event(t *testing.T, of tenant.ID, at time.Time, p events.Payload) events.Event {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{ID: "evt_x", Type: p.EventType(), Version: p.EventVersion(), Tenant: of, OccurredAt: at, Data: data}
}

func TestAReadyOperationWakesTheAgentOfItsServer(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	ready := event(t, seller, w.clock.Now(), events.OperationReady{Operation: op, Account: acc, Server: srv})
	b := &bell{}
	w.must(consumer(w, b, agents{srv: agent}).Consume(context.Background(), ready))
	if diff := cmp.Diff([]string{agent}, b.woken); diff != "" {
		t.Fatal(diff)
	}
}

func TestNobodyIsWokenForWhatIsGoneOrWhereNoAgentStands(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	b := &bell{}
	gone := event(t, seller, w.clock.Now(), events.OperationReady{Operation: "op_01J00000000000000000000009", Account: acc, Server: srv})
	w.must(consumer(w, b, agents{srv: agent}).Consume(context.Background(), gone))
	ready := event(t, seller, w.clock.Now(), events.OperationReady{Operation: op, Account: acc, Server: srv})
	w.must(consumer(w, b, agents{}).Consume(context.Background(), ready))
	if len(b.woken) != 0 {
		t.Fatalf("woke %v", b.woken)
	}
}

func TestAHintThatFailsIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	away := errors.New("connections cannot be looked up")
	ready := event(t, seller, w.clock.Now(), events.OperationReady{Operation: op, Account: acc, Server: srv})
	if err := consumer(w, &bell{err: away}, agents{srv: agent}).Consume(context.Background(), ready); !errors.Is(err, away) {
		t.Fatalf("got %v", err)
	}
}

func TestAnEventOfAnotherFeatureIsAFault(t *testing.T) {
	w := newWorld(t)
	if err := consumer(w, &bell{}, nil).Consume(context.Background(), event(t, seller, w.clock.Now(), events.TenantChanged{})); err == nil {
		t.Fatal("it was taken in silently")
	}
}

func TestANewAgentPutsAsideWhatWasSealedToTheFormerOne(t *testing.T) {
	w := newWorld(t)
	sealedReady, waiting := w.enqueue(sealed(1, "dev_1")), w.enqueue(request(acc, 2))
	other := request(otherAcc, 1)
	plain := w.enqueue(other)
	other.Sealed, other.Generation = true, 2
	sealedWaiting := w.enqueue(other)
	running := sealed(1, "dev_3")
	running.Account = "acc_01J00000000000000000000003"
	underWay := w.enqueue(running)
	l, err := w.service.lease(context.Background(), claimKey(supplier, agent, "c"), []Operation{w.get(underWay)})
	w.must(err)
	if len(l) != 1 {
		t.Fatal("not leased")
	}

	enrolled := event(t, supplier, w.clock.Advance(time.Minute), events.AgentEnrolled{Agent: "agt_new", Server: srv, Replaced: agent})
	w.clock.Advance(time.Minute)
	newer := sealed(1, "dev_4")
	newer.Account = "acc_01J00000000000000000000004"
	sealedAnew := w.enqueue(newer)
	for range 2 { // events come at least once
		w.must(consumer(w, &bell{}, nil).Consume(context.Background(), enrolled))
	}

	for name, c := range map[string]struct {
		op   string
		want State
		code string
	}{
		"sealed and ready":                        {sealedReady, NeedsAttention, codeNewPassword},
		"what waited behind it":                   {waiting, Ready, ""},
		"without a secret":                        {plain, Ready, ""},
		"sealed and waiting":                      {sealedWaiting, NeedsAttention, codeNewPassword},
		"sealed and being carried out":            {underWay, Running, ""},
		"sealed to the new agent in the meantime": {sealedAnew, Ready, ""},
	} {
		if o := w.get(c.op); o.State != c.want || o.Code != c.code {
			t.Errorf("%s: %s %q, want %s %q", name, o.State, o.Code, c.want, c.code)
		}
	}
	if n := w.count(events.OperationEnded{}.EventType(), sealedReady); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestTheFirstAgentOfAServerPutsNothingAside(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(sealed(1, "dev_1"))
	enrolled := event(t, supplier, w.clock.Advance(time.Minute), events.AgentEnrolled{Agent: agent, Server: srv})
	w.must(consumer(w, &bell{}, nil).Consume(context.Background(), enrolled))
	if got := w.state(op); got != Ready {
		t.Fatalf("state %s", got)
	}
}
