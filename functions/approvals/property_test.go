package approvals

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// approvalMachine lets people of all kinds try to end approvals while time passes, events come late, twice and in any order,
// and the machine goes on or stands still. Whatever happens, only those whom the rule lets decide, a decision counts once, what
// waits for deciders is what waits, and in the end the machine knows.
type approvalMachine struct {
	*world
	all     []Approval
	pending []events.Event // on their way to this feature, perhaps for the second time
}

// ends are the events that end an approval.
var ends = map[events.Type]bool{events.ApprovalDecided{}.EventType(): true, events.ApprovalExpired{}.EventType(): true}

// people are who tries, and whether the rule lets them where they did not ask.
func (m *approvalMachine) people() map[string]struct {
	ctx context.Context
	may bool
} {
	changed := func(user string, change func(*authz.Principal)) context.Context {
		p, _ := authz.From(m.person(user, m.root.ID))
		change(&p)
		return authz.With(context.Background(), p)
	}
	type row = struct {
		ctx context.Context
		may bool
	}
	return map[string]row{
		"asker":        {m.asker(), false},
		"colleague":    {m.person("usr_colleague", m.seller), false},
		"decider":      {m.decider(), true},
		"other":        {m.person("usr_other", m.root.ID), true},
		"made":         {m.person("usr_made", m.root.ID), false},
		"factorless":   {changed("usr_f", func(p *authz.Principal) { p.SecondFactor = time.Time{} }), false},
		"key":          {changed("usr_decider", func(p *authz.Principal) { p.Via, p.Scopes = authz.ViaAPI, authz.KeyScopes() }), false},
		"from outside": {m.person("usr_o", m.customer), false},
	}
}

func (m *approvalMachine) pick(rt *rapid.T) Approval {
	if len(m.all) == 0 {
		rt.Skip("nothing was asked for")
	}
	return rapid.SampledFrom(m.all).Draw(rt, "approval")
}

func (m *approvalMachine) Ask(rt *rapid.T) {
	if len(m.all) == 3 {
		rt.Skip("enough")
	}
	// Those above ask too, acting below: then they are not those who decide.
	m.all = append(m.all, m.ask(rapid.SampledFrom([]context.Context{m.asker(), m.decider()}).Draw(rt, "asker")))
}

func (m *approvalMachine) Decide(rt *rapid.T) {
	a := m.row(m.pick(rt))
	all := m.people()
	name := rapid.SampledFrom([]string{"asker", "colleague", "decider", "other", "made", "factorless", "key", "from outside"}).Draw(rt, "who")
	who, to := all[name], rapid.SampledFrom([]State{Approved, Refused}).Draw(rt, "decision")
	at := rapid.SampledFrom([]string{"above", "seller"}).Draw(rt, "path")
	path := m.root.ID
	if at == "seller" || name == "asker" || name == "colleague" {
		path = m.seller
	}
	p, _ := authz.From(who.ctx)
	may := who.may && p.User != a.Asker.User
	if name == "made" {
		may = a.Asker.User != "usr_asker"
	}
	err := second(m.decide(who.ctx, path, a.ID, to, "Because."))
	switch {
	case err == nil && (!may || !a.open(m.clock.Now())):
		rt.Fatalf("%s decided %+v", name, a)
	case err != nil && may && a.open(m.clock.Now()):
		rt.Fatalf("%s may not: %v", name, err)
	}
}

func (m *approvalMachine) Withdraw(rt *rapid.T) {
	a := m.row(m.pick(rt))
	who := rapid.SampledFrom([]string{"asker", "colleague", "decider"}).Draw(rt, "who")
	ctx := m.people()[who].ctx
	p, _ := authz.From(ctx)
	err := second(m.Service.Withdraw(ctx, m.seller, a.ID))
	if (err == nil) != (p.User == a.Asker.User && a.State == Waiting) {
		rt.Fatalf("%s withdraws %s: %v", who, a.State, err)
	}
}

func (m *approvalMachine) Moot(rt *rapid.T) {
	a := m.pick(rt)
	moot, err := m.desk.Moot(m.asker(), a.Seller, a.ID)
	m.must(err)
	if len(moot.Rows.Puts) == 0 {
		return
	}
	m.must(m.Changes.Commit(m.asker(), moot.Rows, m.row(a).change(m.seller, "test", a, moot.Events...)))
}

func (m *approvalMachine) Pass(rt *rapid.T) {
	m.clock.Advance(time.Duration(rapid.IntRange(1, 100).Draw(rt, "hours")) * time.Hour)
}

func (m *approvalMachine) Deliver(rt *rapid.T) {
	if len(m.pending) == 0 {
		rt.Skip("nothing is on its way")
	}
	i := rapid.IntRange(0, len(m.pending)-1).Draw(rt, "event")
	m.must(m.take(m.pending[i]))
	if !rapid.Bool().Draw(rt, "again later") {
		m.pending = append(m.pending[:i:i], m.pending[i+1:]...)
	}
}

func (m *approvalMachine) Go(*rapid.T) {
	_, err := m.machines.Settle(context.Background())
	m.must(err)
}

func (m *approvalMachine) Check(rt *rapid.T) {
	for _, e := range m.happened() {
		if ours(e) {
			m.pending = append(m.pending, e)
		}
	}
	for _, a := range m.all {
		m.check(rt, m.row(a))
	}
}

func (m *approvalMachine) check(rt *rapid.T, a Approval) {
	ended := 0
	for _, e := range m.told {
		if e.Subject == a.ID && ends[e.Type] {
			ended++
		}
	}
	if over := a.State != Waiting; over != (ended == 1) || ended > 1 || over == a.EndedAt.IsZero() {
		rt.Fatalf("%s was told to end %d times: %+v", a.ID, ended, a)
	}
	for _, d := range a.Deciders {
		_, err := m.table.Get(context.Background(), waitingKey(d, a.ID))
		if waits := err == nil; waits != (a.State == Waiting) {
			rt.Fatalf("%s is %s, and waits for its deciders: %v", a.ID, a.State, waits)
		}
		_, err = m.table.Get(context.Background(), decidedKey(d, a.ID))
		if errors.Is(err, store.ErrNotFound) != (a.State == Waiting) {
			rt.Fatalf("%s is %s, and its deciders can look back: %v", a.ID, a.State, err)
		}
	}
}

// end lets everything arrive: then the machine of what is over is over.
func (m *approvalMachine) end(rt *rapid.T) {
	m.settle()
	for _, e := range m.pending {
		m.must(m.take(e))
	}
	m.settle()
	for _, a := range m.all {
		e, err := m.machines.Execution(context.Background(), Machine, a.ID)
		if started := err == nil; started && (m.row(a).State == Waiting) != (e.Status == "RUNNING") {
			rt.Fatalf("%s is %s, and its machine %s", a.ID, m.row(a).State, e.Status)
		}
	}
}

func TestWhateverHappensADecisionCountsOnceAndIsMadeByWhomTheRuleLets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &approvalMachine{world: newWorld(t)}
		m.facts["usr_made"] = Facts{MadeBy: "usr_asker"}
		m.happened()
		m.told = nil
		rt.Repeat(rapid.StateMachineActions(m))
		m.end(rt)
	})
}
