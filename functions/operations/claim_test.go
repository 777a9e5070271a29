package operations

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store/storetest"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestAClaimLeasesWhatIsReadyOnce(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	l := w.claimOne("c1")
	if l.ID != op || l.Attempt != 1 || l.Lease == "" || l.State != Running {
		t.Fatalf("leased %+v", l)
	}
	if again := w.claim("c2"); len(again) != 0 {
		t.Fatalf("a leased operation was given out again: %+v", again)
	}
}

func TestOfSixteenClaimersOfOneOperationOneWins(t *testing.T) {
	w := newWorld(t)
	w.enqueue(request(acc, 1))
	var mu sync.Mutex
	var all sync.WaitGroup
	won := 0
	for n := range 16 {
		all.Go(func() {
			leased, err := w.service.Claim(asAgent(srv), fmt.Sprintf("c%d", n), []string{srv}, 10)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			won += len(leased)
		})
	}
	all.Wait()
	if won != 1 {
		t.Fatalf("%d claimers got the operation", won)
	}
}

func TestARepeatedClaimBringsTheSameLeasesAndNoMore(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		w.enqueue(request(fmt.Sprintf("acc_01J0000000000000000000%04d", n), 1))
	}
	take := func() map[string]string {
		leased, err := w.service.Claim(asAgent(srv), "c1", []string{srv}, 3)
		if err != nil {
			t.Fatal(err)
		}
		leases := map[string]string{}
		for _, l := range leased {
			leases[l.ID] = l.Lease
		}
		return leases
	}
	first := take()
	if len(first) != 3 {
		t.Fatalf("the first claim took %d, want 3", len(first))
	}
	w.clock.Advance(5 * time.Second)
	if diff := cmp.Diff(first, take()); diff != "" {
		t.Fatalf("the repeat brought others:\n%s", diff)
	}
}

func TestARepeatedClaimOnALaggingIndexBringsTheSameLeases(t *testing.T) {
	w := newWorld(t)
	index := w.lagging(forever)
	w.enqueue(request(acc, 1))
	index.CatchUp()
	first := w.claimOne("c1")
	if again := w.claimOne("c1"); again.ID != first.ID || again.Lease != first.Lease {
		t.Fatalf("first %+v, then %+v", first, again)
	}
}

func TestALaggingIndexNeverGivesAnOperationOutTwice(t *testing.T) {
	w := newWorld(t)
	index := w.lagging(forever)
	op := w.enqueue(request(acc, 1))
	index.CatchUp()
	if l := w.claimOne("c1"); l.ID != op {
		t.Fatalf("claimed %s", l.ID)
	}
	if again := w.claim("c2"); len(again) != 0 {
		t.Fatalf("the index still shows it as ready, and it was given out again: %+v", again)
	}
}

// After a hint an agent claims at once and 0.2, 0.5, 1 and 2 seconds later, until it gets something.
func TestWhatALaggingIndexHidesIsFoundByALaterClaim(t *testing.T) {
	for lag, want := range map[time.Duration]time.Duration{
		0: 0, 100 * time.Millisecond: 200 * time.Millisecond, 500 * time.Millisecond: 500 * time.Millisecond, 1500 * time.Millisecond: 2 * time.Second,
	} {
		t.Run(lag.String(), func(t *testing.T) {
			w := newWorld(t)
			w.lagging(storetest.Lag{For: lag})
			op := w.enqueue(request(acc, 1))
			hinted := w.clock.Now()
			for n, after := range []time.Duration{0, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second} {
				w.clock.Set(hinted.Add(after))
				leased := w.claim(fmt.Sprintf("c%d", n))
				if found := len(leased) == 1; found != (after == want) {
					t.Fatalf("after %s: %d leases, want one after %s", after, len(leased), want)
				}
				if after == want {
					if leased[0].ID != op {
						t.Fatalf("claimed %s", leased[0].ID)
					}
					return
				}
			}
		})
	}
}

func TestAnExpiredLeaseIsTakenByTheNextAttemptAndItsResultIsStale(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	first := w.claimOne("c1")
	w.clock.Advance(LeaseFor)
	second := w.claimOne("c2")
	if second.ID != op || second.Attempt != 2 || second.Lease == first.Lease {
		t.Fatalf("second attempt %+v", second)
	}
	if err := w.result(first, "r1", Done); !problem.Has(err, problem.StaleAttempt) {
		t.Fatalf("the first attempt's result: %v", err)
	}
	if o := w.get(op); o.State != Running || o.Late != 1 {
		t.Fatalf("a stale result is counted and not applied: %+v", o)
	}
	w.must(w.result(second, "r2", Done))
	if got := w.state(op); got != Succeeded {
		t.Fatalf("state %s", got)
	}
	if n := w.count(events.OperationEnded{}.EventType(), op); n != 1 {
		t.Fatalf("ended %d times", n)
	}
}

func TestALateResultCountsWhereNobodyElseTookTheOperation(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	l := w.claimOne("c1")
	w.clock.Advance(10 * LeaseFor)
	w.must(w.result(l, "r1", Done))
	if got := w.state(op); got != Succeeded {
		t.Fatalf("state %s", got)
	}
}

func TestHeartbeatsKeepTheLease(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	l := w.claimOne("c1")
	for range 5 {
		w.clock.Advance(LeaseFor - time.Second)
		w.must(w.service.Heartbeat(asAgent(srv), seller, op, l.Lease, l.Attempt))
	}
	if taken := w.claim("c2"); len(taken) != 0 {
		t.Fatalf("a lease that is kept was given to another: %+v", taken)
	}
	w.clock.Advance(LeaseFor)
	w.claimOne("c3")
	if err := w.service.Heartbeat(asAgent(srv), seller, op, l.Lease, l.Attempt); !problem.Has(err, problem.StaleAttempt) {
		t.Fatalf("a heartbeat of a lost lease: %v", err)
	}
}

// An agent stops its work when it hears stale_attempt, so that a heartbeat must not say it for any race.
func TestAHeartbeatThatMeetsAnotherWriteStillKeepsTheLease(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	first := w.claimOne("c1")
	w.clock.Advance(LeaseFor)
	second := w.claimOne("c2")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			if err := w.result(first, fmt.Sprintf("r%d", n), Done); !problem.Has(err, problem.StaleAttempt) {
				t.Errorf("stale result: %v", err)
			}
		})
		all.Go(func() {
			if err := w.service.Heartbeat(asAgent(srv), seller, op, second.Lease, second.Attempt); err != nil {
				t.Errorf("heartbeat: %v", err)
			}
		})
	}
	all.Wait()
}

func TestAFailedAttemptWaitsLongerEachTimeAndTheFifthNeedsAPerson(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	var waits []time.Duration
	for attempt := 1; attempt <= MaxAttempts; attempt++ {
		l := w.claimOne(fmt.Sprintf("c%d", attempt))
		if l.Attempt != attempt {
			t.Fatalf("attempt %d, want %d", l.Attempt, attempt)
		}
		w.must(w.result(l, fmt.Sprintf("r%d", attempt), Failed))
		if attempt == MaxAttempts {
			break
		}
		wait := w.get(op).ClaimableAt.Sub(w.clock.Now())
		w.clock.Advance(wait - time.Millisecond)
		if early := w.claim("early"); len(early) != 0 {
			t.Fatalf("claimed before the wait of %s was over", wait)
		}
		w.clock.Advance(time.Millisecond)
		waits = append(waits, wait)
	}
	for i := 1; i < len(waits); i++ {
		if waits[i] <= waits[i-1] {
			t.Errorf("waits do not grow: %v", waits)
		}
	}
	if o := w.get(op); o.State != NeedsAttention || o.Code != "server_failed" {
		t.Fatalf("after five failures %+v", o)
	}
	if n := w.count(events.OperationEnded{}.EventType(), op); n != 1 {
		t.Fatalf("ended %d times", n)
	}
}

func TestAnAgentThatDiesEachTimeLeavesAnOperationThatNeedsAPerson(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	for attempt := range MaxAttempts {
		w.claimOne(fmt.Sprintf("c%d", attempt))
		w.clock.Advance(LeaseFor)
	}
	if l := w.claim("last"); len(l) != 0 {
		t.Fatalf("a sixth attempt began: %+v", l)
	}
	if o := w.get(op); o.State != NeedsAttention || o.Code == "" {
		t.Fatalf("after five dead agents %+v", o)
	}
}

func TestAResultToldTwiceCountsOnce(t *testing.T) {
	for _, outcome := range []Outcome{Done, Failed, Refused} {
		t.Run(string(outcome), func(t *testing.T) {
			w := newWorld(t)
			op := w.enqueue(request(acc, 1))
			l := w.claimOne("c1")
			w.must(w.result(l, "r1", outcome))
			before := w.get(op)
			w.clock.Advance(time.Second)
			w.must(w.result(l, "r1", outcome))
			if diff := cmp.Diff(before, w.get(op)); diff != "" {
				t.Fatalf("the repeat changed something:\n%s", diff)
			}
		})
	}
}

func TestAResultThatCannotBeIsRefusedByItsFields(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	l := w.claimOne("c1")
	for field, r := range map[string]Result{
		"/result_id":           {Outcome: Done},
		"/outcome":             {ID: "r", Outcome: "perhaps"},
		"/code":                {ID: "r", Outcome: Failed, Code: string(make([]byte, 65))},
		"/detail":              {ID: "r", Outcome: Failed, Detail: string(make([]byte, 1001))},
		"/observed/used_bytes": {ID: "r", Outcome: Done, UsedBytes: -1},
	} {
		r.Lease, r.Attempt = l.Lease, l.Attempt
		err := w.service.TakeResult(asAgent(srv), seller, op, r)
		var p *problem.Error
		if !asProblem(err, &p) || len(p.Fields) != 1 || p.Fields[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if got := w.state(op); got != Running {
		t.Fatalf("a refused result changed the state to %s", got)
	}
}

func TestToAnAgentOfAnotherServerNothingExists(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	l := w.claimOne("c1")
	foreign := asAgent("srv_01J00000000000000000000009")
	calls := map[string]error{}
	_, calls["claim"] = w.service.Claim(foreign, "c2", []string{srv}, 1)
	calls["heartbeat"] = w.service.Heartbeat(foreign, seller, op, l.Lease, l.Attempt)
	calls["result"] = w.service.TakeResult(foreign, seller, op, Result{ID: "r", Lease: l.Lease, Attempt: l.Attempt, Outcome: Done})
	calls["heartbeat of another tenant's"] = w.service.Heartbeat(asAgent(srv), rival, op, l.Lease, l.Attempt)
	calls["heartbeat without a tenant"] = w.service.Heartbeat(asAgent(srv), "T#x", op, l.Lease, l.Attempt)
	for call, err := range calls {
		if !problem.Has(err, problem.NotFound) {
			t.Errorf("%s: %v", call, err)
		}
	}
	if got := w.state(op); got != Running {
		t.Fatalf("state %s", got)
	}
}

func TestOnlyAgentsClaimAndReport(t *testing.T) {
	w := newWorld(t)
	op := w.enqueue(request(acc, 1))
	for name, ctx := range map[string]context.Context{
		"a person": person(supplier, authz.Owner), "nobody": context.Background(),
		"a consumer": authz.With(context.Background(), authz.System("operations")),
	} {
		calls := map[string]error{}
		_, calls["claim"] = w.service.Claim(ctx, "c", nil, 1)
		calls["heartbeat"] = w.service.Heartbeat(ctx, seller, op, "l", 1)
		calls["result"] = w.service.TakeResult(ctx, seller, op, Result{ID: "r", Outcome: Done})
		for call, err := range calls {
			if !problem.Has(err, problem.Unauthenticated) {
				t.Errorf("%s by %s: %v", call, name, err)
			}
		}
	}
}

func TestWhatCanBeClaimedWaitsUntilItsLeaseHoldsAndAgainAfterIt(t *testing.T) {
	w := newWorld(t)
	waits := func() bool {
		t.Helper()
		got, err := w.service.Reader.Waits(t.Context(), srv, w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if waits() {
		t.Error("something waits before anything was asked for")
	}
	w.enqueue(request(acc, 1))
	if !waits() {
		t.Error("what is ready does not wait")
	}
	w.claimOne("c1")
	if waits() {
		t.Error("what is leased waits")
	}
	w.clock.Advance(LeaseFor + time.Second)
	if !waits() {
		t.Error("what an agent let go does not wait")
	}
}
