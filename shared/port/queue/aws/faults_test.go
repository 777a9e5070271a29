package aws_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
)

// faulty returns a queue whose requests fail as planned, and the same one without faults.
func faulty(t *testing.T, plan *awsfault.Plan, name string) (failing, sound *queueaws.Queue) {
	t.Helper()
	a := newAccount(t)
	a.make(t, name)
	cfg := a.cfg
	cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), 5*time.Millisecond) }
	return queueaws.New(awsfault.With(cfg, plan), a.url), queueaws.New(a.cfg, a.url)
}

// messages are n of each group, in turn.
func messages(n int, groups ...string) (all []queue.Message) {
	for i := range n {
		for _, g := range groups {
			all = append(all, queue.Message{ID: fmt.Sprint(g, i), Group: g, Body: []byte(fmt.Sprint(i))})
		}
	}
	return all
}

// drain receives and ends what is there, and waits long for so many and a moment for more. It returns the IDs by group, in
// the order in which they came.
func drain(t *testing.T, q *queueaws.Queue, name string, count int) map[string][]string {
	t.Helper()
	came := map[string][]string{}
	for {
		wait := 15 * time.Second
		if count <= 0 {
			wait = 500 * time.Millisecond
		}
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		got, err := q.Receive(ctx, name, queue.MaxMessages, time.Minute)
		cancel()
		if err != nil {
			t.Fatalf("Receive: %v", err)
		}
		if len(got) == 0 {
			return came
		}
		count -= len(got)
		for _, d := range got {
			came[d.Group] = append(came[d.Group], d.ID)
			if err := q.Ack(t.Context(), d); err != nil {
				t.Fatalf("Ack: %v", err)
			}
		}
	}
}

func wantCame(t *testing.T, q *queueaws.Queue, name string, want map[string][]string) {
	t.Helper()
	count := 0
	for _, ids := range want {
		count += len(ids)
	}
	if diff := cmp.Diff(want, drain(t, q, name, count)); diff != "" {
		t.Errorf("what came (-want +got):\n%s", diff)
	}
}

func inOrder(n int, groups ...string) map[string][]string {
	want := map[string][]string{}
	for _, m := range messages(n, groups...) {
		want[m.Group] = append(want[m.Group], m.ID)
	}
	return want
}

func TestWhateverFailsOnTheWayEachMessageComesOnceAndInOrder(t *testing.T) {
	for _, f := range []awsfault.Fault{
		awsfault.Throttled, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply, awsfault.CutReply, awsfault.Partial, awsfault.PartialReply,
	} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			plan := awsfault.New(4).Chance(f, 0.5, "SendMessageBatch")
			failing, sound := faulty(t, plan, "q")
			all := messages(5, "a", "b", "c", "d")
			for tries := 0; len(all) > 0; tries++ {
				n := min(queue.MaxMessages, len(all))
				if err := failing.Send(t.Context(), "q", all[:n]...); err == nil {
					all = all[n:]
				} else if tries == 100 {
					t.Fatalf("it does not get through: %v", err)
				}
			}
			if plan.Injected("SendMessageBatch", f) == 0 {
				t.Error("nothing failed")
			}
			wantCame(t, sound, "q", inOrder(5, "a", "b", "c", "d"))
		})
	}
}

func TestNothingOvertakesAMessageThatWasNotTaken(t *testing.T) {
	t.Parallel()
	// The first of a batch is refused, as often as it is sent.
	plan := awsfault.New(1).Next("SendMessageBatch", awsfault.Partial, awsfault.Partial, awsfault.Partial)
	failing, sound := faulty(t, plan, "q")
	all := messages(3, "a", "b")
	if err := failing.Send(t.Context(), "q", all...); err == nil {
		t.Fatal("it succeeded although a message was not taken")
	}
	wantCame(t, sound, "q", inOrder(3, "b")) // another group goes on
	if err := failing.Send(t.Context(), "q", all...); err != nil {
		t.Fatal(err)
	}
	wantCame(t, sound, "q", inOrder(3, "a"))
}

func TestAReceiveWhoseReplyWasLostLosesNoMessage(t *testing.T) {
	for _, f := range []awsfault.Fault{awsfault.LostReply, awsfault.CutReply} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			failing, sound := faulty(t, awsfault.New(1).Next("ReceiveMessage", f), "q")
			if err := sound.Send(t.Context(), "q", messages(2, "a")...); err != nil {
				t.Fatal(err)
			}
			got, err := failing.Receive(t.Context(), "q", 1, 2*time.Second)
			if err != nil { // the SDK does not ask again when it could read half of an answer
				got, err = failing.Receive(t.Context(), "q", 1, 2*time.Second)
			}
			if err != nil || len(got) != 1 || got[0].ID != "a0" {
				t.Fatalf("received %v, %v", got, err)
			}
			if err := failing.Ack(t.Context(), got[0]); err != nil {
				t.Fatal(err)
			}
			wantCame(t, sound, "q", map[string][]string{"a": {"a1"}})
		})
	}
}

func TestWhatWasTakenBeforeAFailureIsReturned(t *testing.T) {
	t.Parallel()
	plan := awsfault.New(1).Next("ReceiveMessage", awsfault.None, awsfault.Closed, awsfault.Closed, awsfault.Closed)
	failing, sound := faulty(t, plan, "q")
	if err := sound.Send(t.Context(), "q", messages(1, "a", "b")...); err != nil {
		t.Fatal(err)
	}
	got, err := failing.Receive(t.Context(), "q", 2, time.Minute)
	if err != nil || len(got) != 1 {
		t.Errorf("received %v, %v; want the one that was taken", got, err)
	}
}

func TestAnEndWhoseReplyWasLostIsAnEnd(t *testing.T) {
	t.Parallel()
	plan := awsfault.New(1).Next("DeleteMessage", awsfault.LostReply).Next("ChangeMessageVisibility", awsfault.LostReply)
	failing, sound := faulty(t, plan, "q")
	if err := sound.Send(t.Context(), "q", messages(2, "a")...); err != nil {
		t.Fatal(err)
	}
	take := func() queue.Delivery {
		got, err := failing.Receive(t.Context(), "q", 1, time.Minute)
		if err != nil || len(got) != 1 || got[0].ID != "a0" {
			t.Fatalf("received %v, %v", got, err)
		}
		return got[0]
	}
	// The repeat finds nothing that is out any more, and SQS has the same word for that as for a late one.
	if err := failing.Retry(t.Context(), take(), 0); err != nil {
		t.Errorf("Retry: %v", err)
	}
	d := take()
	if err := failing.Ack(t.Context(), d); err != nil {
		t.Errorf("Ack: %v", err)
	}
	if err := failing.Ack(t.Context(), d); awstest.Kind() == emulator.Ministack && !awstest.Real() && !errors.Is(err, queue.ErrExpired) {
		t.Errorf("a second Ack: %v", err)
	}
	wantCame(t, sound, "q", map[string][]string{"a": {"a1"}})
}

func TestAFailureThatIsNoLateEndIsNotTakenForOne(t *testing.T) {
	t.Parallel()
	plan := awsfault.New(1).Chance(awsfault.Unavailable, 1, "DeleteMessage", "ChangeMessageVisibility")
	failing, sound := faulty(t, plan, "q")
	if err := sound.Send(t.Context(), "q", messages(1, "a")...); err != nil {
		t.Fatal(err)
	}
	got, err := sound.Receive(t.Context(), "q", 1, time.Minute)
	if err != nil || len(got) != 1 {
		t.Fatalf("received %v, %v", got, err)
	}
	if err := failing.Ack(t.Context(), got[0]); err == nil || errors.Is(err, queue.ErrExpired) {
		t.Errorf("Ack: %v", err)
	}
	if err := failing.Retry(t.Context(), got[0], 0); err == nil || errors.Is(err, queue.ErrExpired) {
		t.Errorf("Retry: %v", err)
	}
}

// kill lets every message of a queue be received until it is a dead letter.
func kill(t *testing.T, q *queueaws.Queue, name string, count int) {
	t.Helper()
	for n := 0; n < count; {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		got, err := q.Receive(ctx, name, queue.MaxMessages, time.Minute)
		cancel()
		if err != nil || len(got) == 0 {
			t.Fatalf("received %v, %v; %d of %d are dead", got, err, n, count)
		}
		for _, d := range got {
			if err := q.Retry(t.Context(), d, 0); err != nil {
				t.Fatalf("Retry: %v", err)
			}
			if d.Receives == queue.MaxReceives {
				n++
			}
		}
	}
	// Only a Receive moves the last of them.
	if came := drain(t, q, name, 0); len(came) > 0 {
		t.Fatalf("%v came again", came)
	}
}

func TestAReplayThatFailsNowAndThenSendsEveryDeadLetterInOrder(t *testing.T) {
	t.Parallel()
	plan := awsfault.New(3)
	for _, f := range []awsfault.Fault{awsfault.Throttled, awsfault.LostReply, awsfault.Closed} {
		plan.Chance(f, 0.15, "SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")
	}
	for _, f := range []awsfault.Fault{awsfault.Partial, awsfault.PartialReply} {
		plan.Chance(f, 0.3, "SendMessageBatch", "DeleteMessageBatch")
	}
	failing, sound := faulty(t, plan, "q")
	all := messages(5, "a", "b", "c", "d")
	for n := 0; n < len(all); n += queue.MaxMessages {
		if err := sound.Send(t.Context(), "q", all[n:n+queue.MaxMessages]...); err != nil {
			t.Fatal(err)
		}
	}
	kill(t, sound, "q", len(all))
	for tries := 0; ; tries++ {
		_, err := failing.Replay(t.Context(), "q")
		count, _, failed := sound.Dead(t.Context(), "q")
		if err == nil && failed == nil && count == 0 {
			break
		}
		if tries == 50 {
			t.Fatalf("%d are left: %v, %v", count, err, failed)
		}
	}
	wantCame(t, sound, "q", inOrder(5, "a", "b", "c", "d"))
}
