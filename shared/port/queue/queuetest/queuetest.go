// Package queuetest is the suite that every adapter of the queue passes.
package queuetest

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// Harness is an adapter under test.
type Harness struct {
	Queue queue.Queue
	// Clock is what the adapter tells times by. Nil where it tells them by its own clock, as SQS does: then the suite waits
	// for seconds, and leaves out what takes minutes.
	Clock *clock.Fake
	// Make makes an empty queue, for adapters whose queues must be made. Nil: every name is one.
	Make func(t *testing.T, name string)
}

// Run proves the promises of the port that need no second process. New is called once for each group of them, and
// the groups run side by side.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	groups := []struct {
		name  string
		prove func(t *testing.T, h Harness)
	}{
		{"order", testOrder},
		{"waiting", testWaiting},
		{"doubles", testDoubles},
		{"visibility", testVisibility},
		{"retry", testRetry},
		{"dead letters", testDead},
		{"limits", testLimits},
		{"many receivers", testManyReceivers},
		{"whatever is sent and ended, a plain model agrees", testAgainstModel},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel() // they wait more than they work
			g.prove(t, newHarness(t))
		})
	}
}

const (
	visible  = 30 * time.Second // for deliveries that are not to run out
	patience = 10 * time.Second
	moment   = 60 * time.Millisecond
)

var (
	started = time.Now()
	queues  atomic.Int64
)

// fresh returns the name of a queue that nobody else uses.
func (h Harness) fresh(t *testing.T) string {
	t.Helper()
	name := "queuetest-" + strconv.FormatInt(started.UnixNano(), 36) + "-" + strconv.FormatInt(queues.Add(1), 10)
	if h.Make != nil {
		h.Make(t, name)
	}
	return name
}

// settled is how long the count of dead letters may be old.
func (h Harness) settled() time.Duration {
	if h.Clock == nil {
		return 90 * time.Second
	}
	return patience
}

// pass lets time pass.
func (h Harness) pass(t *testing.T, d time.Duration) {
	t.Helper()
	const bearable = 5 * time.Second
	switch {
	case h.Clock != nil:
		h.Clock.Advance(d)
	case d <= bearable:
		time.Sleep(d + 100*time.Millisecond)
	default:
		t.Skipf("this adapter's clock cannot be moved by %s", d)
	}
}

func message(group string, n int) queue.Message {
	return queue.Message{ID: fmt.Sprintf("%s-%03d", group, n), Group: group, Body: fmt.Appendf(nil, `{"group":%q,"n":%d}`, group, n)}
}

func mustSend(t *testing.T, h Harness, name string, messages ...queue.Message) {
	t.Helper()
	if err := h.Queue.Send(t.Context(), name, messages...); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

// receive waits for at least one message.
func receive(t *testing.T, h Harness, name string, most int, visible time.Duration) []queue.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := h.Queue.Receive(ctx, name, most, visible)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	if len(got) == 0 || len(got) > most {
		t.Fatalf("received %d, want 1 to %d", len(got), most)
	}
	for _, d := range got {
		if d.Queue != name {
			t.Fatalf("a delivery of %s says it is of %s", name, d.Queue)
		}
	}
	return got
}

// want receives one message and holds it to this one.
func want(t *testing.T, h Harness, name string, m queue.Message, receives int) queue.Delivery {
	t.Helper()
	d := receive(t, h, name, 1, visible)[0]
	if diff := cmp.Diff(m, d.Message); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if d.Receives != receives {
		t.Fatalf("%s: receive %d, want %d", m.ID, d.Receives, receives)
	}
	return d
}

func wantNothing(t *testing.T, h Harness, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), moment)
	defer cancel()
	if got, err := h.Queue.Receive(ctx, name, queue.MaxMessages, visible); err != nil || len(got) > 0 {
		t.Fatalf("received %v, %v; want nothing", got, err)
	}
}

func mustAck(t *testing.T, h Harness, d queue.Delivery) {
	t.Helper()
	if err := h.Queue.Ack(t.Context(), d); err != nil {
		t.Fatalf("Ack %s: %v", d.ID, err)
	}
}

func mustRetry(t *testing.T, h Harness, d queue.Delivery, delay time.Duration) {
	t.Helper()
	if err := h.Queue.Retry(t.Context(), d, delay); err != nil {
		t.Fatalf("Retry %s: %v", d.ID, err)
	}
}
