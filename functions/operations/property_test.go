package operations

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/port/store/storetest"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// queueMachine drives the queue as agents, networks and people do, at random: claims whose replies get lost, leases that run
// out, heartbeats, results that come late, twice or in another order, an index that lags, cancels and retries. Whatever
// happens, nothing is lost, nothing is done twice, and each account's operations run one at a time and in order.
type queueMachine struct {
	*world
	index    *storetest.StaleStore
	accounts []string
	asked    map[string][]string // by account, in order
	leases   []Operation         // everything that was ever handed to an agent, lost replies included
	applied  map[string]int      // how often a result was told to count as done
	claims   int
	results  int
	sent     []sent
}

// sent is a result that was on its way at least once.
type sent struct {
	lease   Operation
	id      string
	outcome Outcome
}

func newQueueMachine(t *testing.T, rt *rapid.T) *queueMachine {
	w := newWorld(t)
	w.fatalf = rt.Fatalf
	index := w.lagging(forever)
	return &queueMachine{
		world: w, index: index, accounts: []string{acc, otherAcc}, asked: map[string][]string{}, applied: map[string]int{},
	}
}

func (m *queueMachine) Enqueue(rt *rapid.T) {
	account := rapid.SampledFrom(m.accounts).Draw(rt, "account")
	n := int64(len(m.asked[account]) + 1)
	r := request(account, n)
	if devices := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"dev_1", "dev_2"}), rapid.ID).Draw(rt, "new passwords for"); len(devices) > 0 {
		r = sealed(n, devices...)
		r.Account = account
	}
	m.asked[account] = append(m.asked[account], m.enqueue(r))
}

// Claim takes what there is. Whether the reply arrives makes no difference to the platform.
func (m *queueMachine) Claim(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "index catches up") {
		m.index.CatchUp()
	}
	m.claims++
	id := fmt.Sprintf("c%d", m.claims)
	leased, err := m.service.Claim(asAgent(srv), id, []string{srv}, rapid.IntRange(1, 3).Draw(rt, "max"))
	m.must(err)
	again, err := m.service.Claim(asAgent(srv), id, []string{srv}, 3)
	m.must(err)
	// A claim that got nothing left nothing behind, so that its repeat is a claim of its own.
	if len(leased) > 0 && !slices.EqualFunc(leased, again, func(a, b Operation) bool { return a.Lease == b.Lease }) {
		rt.Fatalf("a repeat brought %d leases, and the claim %d", len(again), len(leased))
	}
	m.leases = append(m.leases, again...)
}

func (m *queueMachine) Heartbeat(rt *rapid.T) {
	l := m.anyLease(rt)
	err := m.service.Heartbeat(asAgent(srv), l.Tenant, l.ID, l.Lease, l.Attempt)
	current := m.get(l.ID).holds(l.Lease, l.Attempt)
	if current && err != nil || !current && !problem.Has(err, problem.StaleAttempt) {
		rt.Fatalf("heartbeat of attempt %d, current %v: %v", l.Attempt, current, err)
	}
}

func (m *queueMachine) Result(rt *rapid.T) {
	l := m.anyLease(rt)
	m.results++
	s := sent{l, fmt.Sprintf("r%d", m.results), rapid.SampledFrom([]Outcome{Done, Done, Failed, Refused}).Draw(rt, "outcome")}
	m.sent = append(m.sent, s)
	m.deliver(rt, s)
}

// Again brings a result that was brought before, whatever happened in between.
func (m *queueMachine) Again(rt *rapid.T) {
	if len(m.sent) == 0 {
		rt.Skip("no results yet")
	}
	m.deliver(rt, rapid.SampledFrom(m.sent).Draw(rt, "result"))
}

func (m *queueMachine) deliver(rt *rapid.T, s sent) {
	before := m.get(s.lease.ID)
	err := m.result(s.lease, s.id, s.outcome)
	after := m.get(s.lease.ID)
	switch {
	case before.holds(s.lease.Lease, s.lease.Attempt):
		if err != nil {
			rt.Fatalf("the result of the current attempt: %v", err)
		}
		if s.outcome == Done {
			m.applied[s.lease.ID]++
		}
	case before.ResultID == s.id:
		if err != nil || after.Version != before.Version {
			rt.Fatalf("a result told twice: %v, version %d became %d", err, before.Version, after.Version)
		}
	default:
		if !problem.Has(err, problem.StaleAttempt) || after.State != before.State {
			rt.Fatalf("a stale result: %v, state %s became %s", err, before.State, after.State)
		}
	}
}

func (m *queueMachine) Wait(rt *rapid.T) {
	m.clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(rt, "seconds")) * time.Second)
}

func (m *queueMachine) Cancel(rt *rapid.T) { m.decide(rt, "cancel") }
func (m *queueMachine) Retry(rt *rapid.T)  { m.decide(rt, "retry") }

// decide does what a person may do, and sees that nothing else is possible.
func (m *queueMachine) decide(rt *rapid.T, action string) {
	op := m.anyOperation(rt)
	v, err := m.service.Get(owner(), seller, op)
	m.must(err)
	do := m.service.Cancel
	if action == "retry" {
		do = m.service.Retry
	}
	_, err = do(owner(), seller, op)
	may := slices.Contains(v.Actions, action)
	if may && err != nil || !may && !problem.Has(err, problem.Conflict) {
		rt.Fatalf("%s of a %s operation: %v", action, v.State, err)
	}
}

func (m *queueMachine) anyLease(rt *rapid.T) Operation {
	if len(m.leases) == 0 {
		rt.Skip("no leases yet")
	}
	return rapid.SampledFrom(m.leases).Draw(rt, "lease")
}

func (m *queueMachine) anyOperation(rt *rapid.T) string {
	var all []string
	for _, account := range m.accounts {
		all = append(all, m.asked[account]...)
	}
	if len(all) == 0 {
		rt.Skip("no operations yet")
	}
	return rapid.SampledFrom(all).Draw(rt, "operation")
}

// Check holds after every step.
func (m *queueMachine) Check(rt *rapid.T) {
	for _, account := range m.accounts {
		l, err := readLane(owner(), m.rows, seller, account)
		m.must(err)
		open := 0
		for _, op := range m.asked[account] {
			o := m.get(op)
			inLane := l.open == op || slices.Contains(l.waiting, op)
			if inLane != o.keepsLane() {
				rt.Fatalf("%s is %s, and in the lane: %v", op, o.State, inLane)
			}
			switch o.State {
			case Ready, Running:
				open++
				if l.open != op {
					rt.Fatalf("%s is %s, and the lane is open for %q", op, o.State, l.open)
				}
			case Waiting:
				if l.open == op {
					rt.Fatalf("%s waits for itself", op)
				}
			case Succeeded:
				if m.applied[op] != 1 {
					rt.Fatalf("%s succeeded, and %d results said so", op, m.applied[op])
				}
			case NeedsAttention, Cancelled:
			}
		}
		if open > 1 {
			rt.Fatalf("%d operations of one account are open", open)
		}
	}
}

// finish lets everything that is not over end well, as it must when agents return and people stop interfering.
func (m *queueMachine) finish(rt *rapid.T) {
	for round := 0; ; round++ {
		m.index.CatchUp()
		m.clock.Advance(LeaseFor)
		leased := m.claim(fmt.Sprintf("end%d", round))
		for i, l := range leased {
			m.must(m.result(l, fmt.Sprintf("end%d-%d", round, i), Done))
			m.applied[l.ID]++
		}
		stuck := false
		for _, account := range m.accounts {
			for _, op := range m.asked[account] {
				switch m.state(op) {
				case NeedsAttention:
					v, err := m.service.Retry(owner(), seller, op)
					m.must(err)
					stuck = stuck || !v.State.Ended()
				case Waiting, Ready, Running:
					stuck = true
				case Succeeded, Cancelled:
				}
			}
		}
		if !stuck {
			break
		}
		if round > 500 {
			rt.Fatal("operations never end")
		}
	}
	m.Check(rt)
	ended := map[string]int{}
	for _, e := range m.told() {
		if e.Type == (events.OperationEnded{}).EventType() {
			p, err := events.Decode[events.OperationEnded](e)
			m.must(err)
			if p.State == string(Succeeded) {
				ended[p.Operation]++
			}
		}
	}
	for _, account := range m.accounts {
		for _, op := range m.asked[account] {
			want := 0
			if m.state(op) == Succeeded {
				want = 1
			}
			if ended[op] != want {
				rt.Fatalf("%s is %s, and its success was told %d times", op, m.state(op), ended[op])
			}
		}
	}
}

func TestWhateverHappensNothingIsLostOrDoneTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newQueueMachine(t, rt)
		rt.Repeat(map[string]func(*rapid.T){
			"Enqueue": m.Enqueue, "Claim": m.Claim, "Heartbeat": m.Heartbeat, "Result": m.Result, "Again": m.Again, "Wait": m.Wait,
			"Cancel": m.Cancel, "Retry": m.Retry, "": m.Check,
		})
		m.finish(rt)
	})
}

func TestTheTableOfTransitionsIsWhole(t *testing.T) {
	for from, all := range transitions {
		for _, to := range all {
			if _, known := transitions[to]; !known {
				t.Errorf("%s leads to %s, which stands nowhere", from, to)
			}
		}
	}
	for _, final := range []State{Succeeded, Cancelled} {
		if len(transitions[final]) != 0 {
			t.Errorf("%s is not final", final)
		}
	}
}
