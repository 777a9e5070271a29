package accounts

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// wayOut lets people ask, decide, restore and stop, timers fire, events come late, twice and in any order, and a server carry
// out what it is asked for, or not, at random. Whatever happens, nothing is trashed without an approved deletion, nothing is
// purged but under an approval that allows it, and what was purged never comes back.
type wayOut struct {
	*world
	rt      *rapid.T
	account string
	begun   []operations.Operation // what the server was asked for, in order
	ended   int                    // how many of them ended
	decided map[string]approvals.State
	at      map[string]time.Time // when it was decided
	pending []events.Event
	where   where           // the account is on the server
	early   map[string]bool // approvals of early purges
}

// where an account is on its server.
type where int

const (
	onServer where = iota
	inItsTrash
	nowhere
)

func (m *wayOut) now() Account { return m.get(m.account) }

func (m *wayOut) must(err error) {
	if err != nil {
		m.rt.Fatal(err)
	}
}

// may ends the step where a refusal is what is right.
func (m *wayOut) may(err error) {
	if err != nil && !problem.Has(err, problem.Conflict) && !problem.Has(err, problem.ApprovalOver) {
		m.must(err)
	}
}

func (m *wayOut) AskDelete(*rapid.T) {
	m.may(second(m.Delete(m.owner(), m.seller, m.account, "Because.")))
}

func (m *wayOut) AskPurge(*rapid.T) {
	v, err := m.Purge(m.owner(), m.seller, m.account, "Because.")
	m.may(err)
	if err == nil {
		m.early[v.Removal.Early] = true
	}
}

func (m *wayOut) AskRestore(*rapid.T) { m.may(second(m.Restore(m.owner(), m.seller, m.account))) }

func (m *wayOut) Change(rt *rapid.T) {
	quota := rapid.Int64Range(MinQuota, 10*MinQuota).Draw(rt, "quota")
	before := m.now()
	err := second(m.Edit(m.owner(), m.seller, m.account, Edit{QuotaBytes: &quota}))
	m.may(err)
	if err == nil && before.Removal.Away() {
		rt.Fatalf("changed while %s", before.Removal.Stage)
	}
}

// Decide ends what waits. The event comes later.
func (m *wayOut) Decide(rt *rapid.T) {
	r := m.now().Removal
	waiting := slices.DeleteFunc([]string{r.Approval, r.Early}, func(a string) bool { return a == "" || m.decided[a] != "" })
	if len(waiting) == 0 {
		rt.Skip("nothing waits")
	}
	a := rapid.SampledFrom(waiting).Draw(rt, "approval")
	to := rapid.SampledFrom([]approvals.State{approvals.Approved, approvals.Approved, approvals.Refused, approvals.Withdrawn, approvals.Expired}).Draw(rt, "decision")
	if err := m.decide(a, to); err != nil {
		m.may(err)
		return
	}
	m.decided[a], m.at[a] = to, m.clock.Now()
	if to == approvals.Expired {
		m.pending = append(m.pending, m.event(events.ApprovalExpired{Approval: a, Kind: m.kindOf(a), Account: m.account}))
		return
	}
	m.pending = append(m.pending, m.event(events.ApprovalDecided{Approval: a, Kind: m.kindOf(a), Account: m.account, Decision: string(to)}))
}

// Serve carries out the next operation on the server, or somebody stops it, perhaps after it was done.
func (m *wayOut) Serve(rt *rapid.T) {
	if m.ended == len(m.begun) {
		rt.Skip("nothing to do")
	}
	stopped := rapid.IntRange(0, 3).Draw(rt, "stopped") == 0
	m.serve(rt, stopped, !stopped || rapid.Bool().Draw(rt, "but it was done"))
}

func (m *wayOut) serve(rt *rapid.T, stopped, done bool) {
	o, state := m.begun[m.ended], operations.Succeeded
	m.ended++
	if done && !m.does(rt, o) {
		state = operations.NeedsAttention
	}
	if stopped {
		state = operations.Cancelled
	}
	m.pending = append(m.pending, m.event(events.OperationEnded{
		Operation: o.ID, Kind: string(o.Kind), Account: m.account, Server: o.Server, State: string(state), Generation: o.Generation,
	}))
}

// does is the server, and tells whether it did what it was asked for, as driver.Driver promises.
func (m *wayOut) does(rt *rapid.T, o operations.Operation) bool {
	was := m.where
	switch o.Kind {
	case operations.Trash:
		if was == onServer {
			m.where = inItsTrash
		}
	case operations.Restore:
		if was == inItsTrash {
			m.where = onServer
		}
		return was != nowhere
	case operations.Purge:
		if was == inItsTrash {
			m.where = nowhere
		}
		return was != onServer
	case operations.Ensure:
		return was == onServer
	}
	return true
}

// Go lets everything that is under way go well, in its order.
func (m *wayOut) Go(rt *rapid.T) {
	for {
		for len(m.pending) > 0 {
			m.must(m.take(m.pending[0]))
			m.pending = m.pending[1:]
			m.Check(rt)
		}
		if m.ended == len(m.begun) {
			return
		}
		m.serve(rt, false, true)
	}
}

func (m *wayOut) Deliver(rt *rapid.T) {
	if len(m.pending) == 0 {
		rt.Skip("nothing is on its way")
	}
	i := rapid.IntRange(0, len(m.pending)-1).Draw(rt, "event")
	m.must(m.take(m.pending[i]))
	if !rapid.Bool().Draw(rt, "again later") {
		m.pending = slices.Delete(m.pending, i, i+1)
	}
}

func (m *wayOut) Pass(rt *rapid.T) {
	m.clock.Advance(time.Duration(rapid.IntRange(1, 40*24).Draw(rt, "hours")) * time.Hour)
	if due, set := m.timers["trash-"+m.account]; set && !due.At.After(m.clock.Now()) {
		delete(m.timers, due.Name)
		var e events.Event
		m.must(json.Unmarshal(due.Message.Body, &e))
		m.pending = append(m.pending, e)
	}
}

func (m *wayOut) Check(rt *rapid.T) {
	a := m.now()
	known := func(op string) bool {
		return slices.ContainsFunc(m.begun, func(o operations.Operation) bool { return o.ID == op })
	}
	if a.Operation != "" && !known(a.Operation) {
		o := m.operation(a.Operation)
		m.begun = append(m.begun, o)
		m.allowed(rt, o, a)
	}
	if a.Removal.Stage == Purged && m.where != nowhere {
		rt.Fatalf("said to be gone, and is at %d", m.where)
	}
	if slices.Contains([]Stage{Staying, Asked}, a.Removal.Stage) && m.where == nowhere {
		rt.Fatalf("said to be there, and is gone")
	}
	if a.Removal.Stage == Trashed && m.timers["trash-"+a.ID].Name == "" && !m.clock.Now().After(a.Removal.Until) {
		rt.Fatal("in the trash without a timer")
	}
}

// allowed holds an operation against what was decided when it was asked for.
func (m *wayOut) allowed(rt *rapid.T, o operations.Operation, a Account) {
	approval := ""
	if o.Kind == operations.Trash || o.Kind == operations.Purge {
		approval = m.content(o.ID).Approval
	}
	switch {
	case o.Kind == operations.Trash && (m.decided[approval] != approvals.Approved || m.early[approval]):
		rt.Fatalf("trashed under %q, which is %s", approval, m.decided[approval])
	case o.Kind == operations.Purge && m.decided[approval] != approvals.Approved:
		rt.Fatalf("purged under %q, which is %s", approval, m.decided[approval])
	case o.Kind == operations.Purge && !m.early[approval] && m.clock.Now().Before(a.Removal.Until):
		rt.Fatal("purged before its time under the deletion's approval")
	case o.Kind == operations.Purge && !m.early[approval] && m.clock.Now().Before(m.at[approval].Add(usualRetention)):
		rt.Fatal("purged after less than the retention under the deletion's approval")
	}
}

func TestWhateverHappensNothingGoesWithoutAnApproval(t *testing.T) {
	reached := map[Stage]int{} // where histories ended: a walk that never gets far proves nothing
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		v, _ := w.create()
		m := &wayOut{world: w, rt: rt, account: v.ID, decided: map[string]approvals.State{}, at: map[string]time.Time{}, early: map[string]bool{}}
		m.done(v.Account, operations.Succeeded, "")
		m.begun, m.ended = []operations.Operation{m.operation(v.Operation)}, 1
		if rapid.IntRange(0, 2).Draw(rt, "begin in the trash") > 0 {
			m.AskDelete(rt)
			approval := m.now().Removal.Approval
			m.must(m.decide(approval, approvals.Approved))
			m.decided[approval], m.at[approval] = approvals.Approved, m.clock.Now()
			m.must(m.tell(events.ApprovalDecided{Approval: approval, Kind: "account.delete", Account: m.account, Decision: "approved"}))
			m.Check(rt)
			m.Go(rt)
		}
		rt.Repeat(rapid.StateMachineActions(m))
		reached[m.now().Removal.Stage]++
	})
	t.Logf("%v", reached)
}
