package servers

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func hello(server string) Hello {
	return Hello{
		Software: "1.0.0", Server: server, ClockOffset: 1500 * time.Millisecond, Quarantined: 2,
		Info: driver.Info{
			Product: "restic-vault", Version: "0.14.0", Driver: "restic-vault/1", TotalBytes: 1000, FreeBytes: 900,
			Capabilities: driver.Capabilities{Rename: driver.RenameOnline, Suspend: true, Quota: true, SetsPerDevice: 1},
		},
	}
}

func TestAServersStateFollowsItsAgentsLatestHello(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	state := func() Status {
		v, err := w.service.Get(owner(distributor), distributor, server.ID)
		w.must(err)
		return v.Status
	}
	if got := state(); got != New {
		t.Fatalf("before an agent enrolled: %s", got)
	}
	agent := w.enrol(server.ID)
	for _, step := range []struct {
		name  string
		wait  time.Duration
		hello bool
		want  Status
	}{
		{"just enrolled", 0, false, Online},
		{"five minutes without a word", SilentAfter, false, Online},
		{"longer", time.Second, false, Silent},
		{"it returns", 0, true, Online},
		{"and goes again", SilentAfter + time.Second, false, Silent},
	} {
		w.clock.Advance(step.wait)
		if step.hello {
			w.must(w.hello(asAgent(agent.Agent, server.ID), hello(server.ID)))
		}
		if got := state(); got != step.want {
			t.Fatalf("%s: %s, want %s", step.name, got, step.want)
		}
	}
}

func TestAHelloTellsWhatStandsThere(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	agent := w.enrol(server.ID)
	said := hello(server.ID)
	w.must(w.hello(asAgent(agent.Agent, server.ID), said))
	v, err := w.service.Get(owner(distributor), distributor, server.ID)
	w.must(err)
	if a := v.AgentState; a.Info != said.Info || a.ClockOffset != said.ClockOffset || a.Quarantined != 2 || a.Software != "1.0.0" {
		t.Fatalf("%+v", a)
	}
}

func TestAHelloIsWrittenAtMostOnceAMinuteUnlessItSaysSomethingNew(t *testing.T) {
	for _, c := range []struct {
		name    string
		wait    time.Duration
		change  func(*Hello)
		written bool
	}{
		{"the same again", 30 * time.Second, func(*Hello) {}, false},
		{"less free space, as always", 30 * time.Second, func(h *Hello) { h.Info.FreeBytes-- }, false},
		{"a clock that wavers", 30 * time.Second, func(h *Hello) { h.ClockOffset++ }, false},
		{"the same after a minute", time.Minute, func(*Hello) {}, true},
		{"an updated server", time.Second, func(h *Hello) { h.Info.Version = "0.15.0" }, true},
		{"a server that can do more", time.Second, func(h *Hello) { h.Info.Capabilities.SetsPerDevice = 0 }, true},
		{"an updated agent", time.Second, func(h *Hello) { h.Software = "1.1.0" }, true},
		{"a quarantined entry", time.Second, func(h *Hello) { h.Quarantined++ }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			server := w.server(draft())
			agent := asAgent(w.enrol(server.ID).Agent, server.ID)
			w.must(w.hello(agent, hello(server.ID)))
			written := &recorder{Store: w.rows}
			w.service.Reader.Rows = written
			w.clock.Advance(c.wait)
			h := hello(server.ID)
			c.change(&h)
			w.must(w.hello(agent, h))
			if got := len(written.all) > 0; got != c.written {
				t.Fatalf("written: %v", got)
			}
		})
	}
}

func TestAnAgentSpeaksForItsOwnServersOnly(t *testing.T) {
	w := newWorld(t)
	mine, other := w.server(draft()), w.server(draft())
	agent := w.enrol(mine.ID)
	w.refused("a foreign server", w.hello(asAgent(agent.Agent, mine.ID), hello(other.ID)), problem.NotFound)
	w.refused("a person", w.hello(owner(distributor), hello(mine.ID)), problem.NotFound)
	w.refused("nobody", w.hello(context.Background(), hello(mine.ID)), problem.Unauthenticated)
}

func TestAHelloThatCannotBeIsRefused(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	agent := asAgent(w.enrol(server.ID).Agent, server.ID)
	for name, spoil := range map[string]func(*Hello){
		"a product's name without end": func(h *Hello) { h.Info.Product = strings.Repeat("x", 101) },
		"a negative count":             func(h *Hello) { h.Quarantined = -1 },
		"more free than there is":      func(h *Hello) { h.Info.FreeBytes = h.Info.TotalBytes + 1 },
		"less than nothing":            func(h *Hello) { h.Info.FreeBytes = -1 },
	} {
		h := hello(server.ID)
		spoil(&h)
		w.refused(name, w.hello(agent, h), problem.InvalidInput)
	}
}

// replacing lets another agent enrol between the reading and the writing of a hello.
type replacing struct {
	store.Store
	once func()
}

func (r *replacing) AtomicWrite(ctx context.Context, w store.Write) error {
	if r.once != nil {
		do := r.once
		r.once = nil
		do()
	}
	return r.Store.AtomicWrite(ctx, w)
}

func TestAHelloNeverBringsAReplacedAgentBack(t *testing.T) {
	w := newWorld(t)
	server := w.server(draft())
	former := w.enrol(server.ID)
	other := *w.service
	between := &replacing{Store: w.rows}
	between.once = func() {
		e, err := other.StartEnrolment(owner(distributor), distributor, server.ID)
		w.must(err)
		_, err = other.Enrol(context.Background(), newcomer(e.Token))
		w.must(err)
	}
	w.service.Reader.Rows = between
	w.clock.Advance(time.Minute)
	w.must(w.hello(asAgent(former.Agent, server.ID), hello(server.ID)))
	if _, err := w.rows.Get(context.Background(), agentKey(distributor, former.Agent)); err == nil {
		t.Fatal("the replaced agent is back")
	}
}

// hello is TakeHello for those who do not ask whether there is work.
func (w *world) hello(ctx context.Context, h Hello) error {
	_, err := w.service.TakeHello(ctx, h)
	return err
}

func TestAHelloIsToldWhetherSomethingWaits(t *testing.T) {
	w := newWorld(t)
	mine, other := w.server(draft()), w.server(draft())
	agent := w.enrol(mine.ID)
	for _, c := range []struct {
		name  string
		waits string
		want  bool
	}{
		{"nothing", "", false},
		{"something on the agent's server", mine.ID, true},
		{"something on another server", other.ID, false},
	} {
		w.waits = c.waits
		got, err := w.service.TakeHello(asAgent(agent.Agent, mine.ID), hello(mine.ID))
		if err != nil || got != c.want {
			t.Errorf("%s waits: told %v, %v", c.name, got, err)
		}
	}
}
