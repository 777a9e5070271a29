package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestDecidersAreRemindedOnceAndThenItExpires(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	w.settle()
	w.advance(23 * time.Hour)
	if w.count("approval.reminded") != 0 {
		t.Fatal("reminded too early")
	}
	w.advance(time.Hour + time.Second)
	w.advance(24 * time.Hour)
	if got := w.row(a); w.count("approval.reminded") != 1 || got.RemindedAt.IsZero() || got.State != Waiting {
		t.Fatalf("%d reminders, %+v", w.count("approval.reminded"), got)
	}
	w.advance(5*24*time.Hour + time.Minute)
	if got := w.row(a); got.State != Expired || w.count("approval.expired") != 1 || got.EndedAt.Before(a.ExpiresAt) || got.Decider != (Person{}) {
		t.Errorf("%+v", got)
	}
	if got := w.execution(a); got != "SUCCEEDED" {
		t.Errorf("the machine is %s", got)
	}
}

func TestADecisionThatCameBeforeTheMachineWaitedEndsIt(t *testing.T) {
	for _, name := range []string{"the decision's event last", "the decision's event first"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.ask(w.asker())
			asked := w.happened()
			if name == "the decision's event last" {
				w.takeAll(asked) // it is started, and calls nothing yet
			}
			w.must(second(w.Approve(w.decider(), w.root.ID, a.ID, "")))
			w.takeAll(append(w.happened(), asked...))
			w.settle()
			if w.count("approval.decided") != 1 {
				t.Error("it was decided again")
			}
			if e, err := w.machines.Execution(context.Background(), Machine, a.ID); err == nil && e.Status != "SUCCEEDED" {
				t.Errorf("the machine is %s", e.Status)
			}
		})
	}
}

func TestWhatIsToldTwiceHappensOnce(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	w.settle()
	w.advance(24*time.Hour + time.Second)
	w.must(second(w.Approve(w.decider(), w.root.ID, a.ID, "")))
	w.settle()
	before := w.row(a)
	for _, e := range append([]events.Event(nil), w.told...) {
		if ours(e) {
			w.must(w.take(e))
		}
	}
	for _, task := range []string{"ask", "remind", "ask_again", "expire", "failed"} {
		w.must(w.call(a, task, "a token of before"))
	}
	w.settle()
	if after := w.row(a); after.Version != before.Version || w.count("approval.decided") != 1 || w.count("approval.reminded") != 1 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// call is what the machine's state sends to the task.
func (w *world) call(a Approval, task, token string) error {
	w.Helper()
	input, err := json.Marshal(call{Task: task, Input: execution{Tenant: a.Seller, Approval: a.ID}, Token: token})
	w.must(err)
	_, err = w.Task(context.Background(), input)
	return err
}

func TestAMachineThatFailedIsSeenAndTheApprovalIsStillDecided(t *testing.T) {
	for _, task := range []string{"ask", "remind", "ask_again", "expire"} {
		t.Run(task, func(t *testing.T) {
			w := newWorld(t)
			w.fails[task] = true
			a := w.ask(w.asker())
			w.settle()
			for range 12 * 24 {
				w.advance(time.Hour)
			}
			if got := w.row(a); got.Trouble != WorkflowFailed || got.State != Waiting {
				t.Fatalf("%+v", got)
			}
			if got := w.execution(a); got != "FAILED" {
				t.Errorf("the machine is %s", got)
			}
			v, err := w.Get(w.asker(), w.seller, a.ID)
			w.must(err)
			if v.Trouble != WorkflowFailed || len(v.Actions) != 1 || v.Actions[0] != "withdraw" {
				t.Errorf("the asker sees %+v", v)
			}
			w.must(second(w.Withdraw(w.asker(), w.seller, a.ID)))
		})
	}
}

// What nobody can decide any more waits for nobody, also where nothing notes that it is over.
func TestWhatIsOverLeavesTheDecidersListThoughTheMachineFailed(t *testing.T) {
	w := newWorld(t)
	w.fails["expire"] = true
	a := w.ask(w.asker())
	w.settle()
	waits := func() int {
		t.Helper()
		page, _, err := w.List(w.decider(), w.root.ID, ToDecide, "", 10, "")
		w.must(err)
		n, err := w.Reader.Waits(context.Background(), w.root.ID, w.clock.Now())
		w.must(err)
		if n != len(page) {
			t.Errorf("%d are counted, %d listed", n, len(page))
		}
		return n
	}
	w.clock.Set(a.ExpiresAt.Add(-time.Second))
	if waits() != 1 {
		t.Fatal("it does not wait for its deciders")
	}
	w.clock.Set(a.ExpiresAt)
	if waits() != 0 {
		t.Error("it waits for deciders who cannot decide")
	}
	w.refused(second(w.Approve(w.decider(), w.root.ID, a.ID, "")), problem.ApprovalOver)
}

func TestAFaultThatPassesIsNoTrouble(t *testing.T) {
	w := newWorld(t)
	w.fails["remind"] = true
	a := w.ask(w.asker())
	w.settle()
	w.advance(24*time.Hour + time.Second)
	w.fails["remind"] = false
	w.advance(time.Hour)
	if got := w.row(a); got.RemindedAt.IsZero() || got.Trouble != "" {
		t.Errorf("%+v", got)
	}
}

func TestTheTroubleIsNotedOnce(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	w.must(w.call(a, "failed", ""))
	first := w.row(a)
	w.must(w.call(a, "failed", ""))
	if again := w.row(a); first.Trouble != WorkflowFailed || again.Version != first.Version {
		t.Errorf("first %+v, again %+v", first, again)
	}
	w.must(second(w.Approve(w.decider(), w.root.ID, a.ID, "")))
}

func TestUnknownCallsAreRefused(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	if err := w.call(a, "tea", ""); err == nil {
		t.Error("an unknown task was taken")
	}
	if _, err := w.Task(context.Background(), json.RawMessage(`[`)); err == nil {
		t.Error("an unreadable call was taken")
	}
	if err := w.Consume(w.asker(), event(a, events.ApprovalDecided{Approval: a.ID})); err == nil {
		t.Error("a person may consume")
	}
	if err := w.take(event(a, events.TenantChanged{})); err == nil {
		t.Error("an event of another feature was taken")
	}
}

// failing is machines that cannot be reached.
type failing struct{ workflow.Workflow }

var errAway = errors.New("away")

func (failing) Start(context.Context, string, string, json.RawMessage) error { return errAway }

func (failing) Succeed(context.Context, string, json.RawMessage) error { return errAway }

func TestMachinesThatAreAwayAreToldLater(t *testing.T) {
	w := newWorld(t)
	a := w.ask(w.asker())
	w.Machines = failing{w.machines}
	requested := event(a, events.ApprovalRequested{Approval: a.ID})
	if err := w.take(requested); !errors.Is(err, errAway) {
		t.Fatalf("got %v", err) // the queue brings it again
	}
	w.Machines = w.machines
	w.must(w.take(requested))
	w.settle()
	w.Machines = failing{w.machines}
	w.must(second(w.Approve(w.decider(), w.root.ID, a.ID, "")))
	decided := event(a, events.ApprovalDecided{Approval: a.ID})
	if err := w.take(decided); !errors.Is(err, errAway) {
		t.Fatalf("got %v", err)
	}
	w.Machines = w.machines
	w.must(w.take(decided))
	w.settle()
	if got := w.execution(a); got != "SUCCEEDED" {
		t.Errorf("the machine is %s", got)
	}
}
