package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// testAgainstModel sends, receives and ends at random and compares every answer with what the model allows.
func testAgainstModel(t *testing.T, h Harness) {
	if h.Clock == nil {
		h.whileTimeStands(t)
		return
	}
	rapid.Check(t, func(rt *rapid.T) {
		r := &run{Harness: h, name: h.fresh(t), plain: newModel(), now: h.Clock.Now}
		actions := r.actions()
		actions["time passes"] = r.timePasses
		rt.Repeat(actions)
		r.Clock.Advance(queue.MaxInvisible)
		r.drain(rt)
	})
}

// whileTimeStands is for adapters whose clock cannot be moved: nothing runs out and no delay passes, and the histories end
// when they have taken long enough.
func (h Harness) whileTimeStands(t *testing.T) {
	const longEnough = 10 * time.Second
	began, histories, failed := time.Now(), 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if time.Since(began) > longEnough && !failed { // one that failed is run again, to be understood
			return
		}
		defer func() { failed = failed || rt.Failed() }()
		histories++
		r := &run{Harness: h, name: h.fresh(t), plain: newModel(), now: func() time.Time { return began }}
		rt.Repeat(r.actions())
		for len(r.out) > 0 {
			r.retryAfter(rt, r.out[0], 0)
			r.out = r.out[1:]
		}
		r.drain(rt)
	})
	t.Logf("%d histories", histories)
}

// run is one random history of one queue.
type run struct {
	Harness
	name  string
	plain *model
	now   func() time.Time // by the adapter's clock
	out   []queue.Delivery // also such whose time ran out
	sends int
}

func (r *run) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"send": r.send, "receive": r.receive, "fail": r.fail, "ack": r.ack, "retry": r.retry, "dead": r.lookAtDead, "replay": r.replay,
	}
}

// least is the shortest time that passes only when it is let.
func (r *run) least() time.Duration {
	if r.Clock == nil {
		return queue.MaxInvisible / 2
	}
	return 0
}

// send draws from few IDs and groups, so that they meet; each message has a body of its own.
func (r *run) send(t *rapid.T) {
	var messages []queue.Message
	for range rapid.IntRange(1, 3).Draw(t, "messages") {
		r.sends++
		messages = append(messages, queue.Message{
			ID:    rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6", "7", "8"}).Draw(t, "id"),
			Group: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "group"),
			Body:  fmt.Append(nil, r.sends),
		})
	}
	if err := r.Queue.Send(t.Context(), r.name, messages...); err != nil {
		t.Fatalf("Send: %v", err)
	}
	r.plain.send(r.now(), messages...)
}

func (r *run) receive(t *rapid.T) {
	most := rapid.IntRange(1, 3).Draw(t, "most")
	r.take(t, most, r.least()+time.Duration(rapid.IntRange(1, 8).Draw(t, "visible"))*time.Second)
}

// take receives and holds what comes to what may come. It returns what came.
func (r *run) take(t *rapid.T, most int, visible time.Duration) []queue.Delivery {
	now := r.now()
	undecided := r.plain.undecided(now)
	heads := r.plain.receivable(now)
	if len(heads) == 0 {
		r.takeNothing(t, most, visible, undecided)
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := r.Queue.Receive(ctx, r.name, most, visible)
	if err != nil || len(got) > most || len(got) == 0 {
		t.Fatalf("received %d of at most %d, %v; %d can be had", len(got), most, err, len(heads))
	}
	for _, d := range got {
		head, ok := heads[d.Group]
		if !ok {
			t.Fatalf("%s of group %s came, of which nothing can be had", d.ID, d.Group)
		}
		delete(heads, d.Group) // a second one of the group must not come
		if !same(d.Message, head.Message) || d.Receives != head.receives+1 || d.Queue != r.name {
			t.Fatalf("came %+v, want %+v for the %d. time", d, head.Message, head.receives+1)
		}
		head.take(d, now.Add(visible))
	}
	r.out = append(r.out, got...)
	return got
}

// takeNothing receives where nothing can be had, though it may give up what was tried often enough: then until it did.
func (r *run) takeNothing(t *rapid.T, most int, visible time.Duration, givesUp bool) {
	glance := 3 * time.Millisecond // whatever comes within it is wrong
	if r.Clock == nil {
		glance = moment
	}
	for deadline := time.Now().Add(r.settled()); ; {
		ctx, cancel := context.WithTimeout(t.Context(), glance)
		got, err := r.Queue.Receive(ctx, r.name, most, visible)
		cancel()
		if err != nil || len(got) > 0 {
			t.Fatalf("received %v, %v, and nothing can be had", got, err)
		}
		if !givesUp {
			return
		}
		count, _, err := r.Queue.Dead(t.Context(), r.name)
		if err == nil && count == r.plain.deadCount() {
			return
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%d dead letters, %v; want %d", count, err, r.plain.deadCount())
		}
	}
}

// end draws a delivery and takes it out of those that are out.
func (r *run) end(t *rapid.T) queue.Delivery {
	if len(r.out) == 0 {
		t.Skip("nothing is out")
	}
	n := rapid.IntRange(0, len(r.out)-1).Draw(t, "delivery")
	d := r.out[n]
	r.out = slices.Delete(r.out, n, n+1)
	return d
}

// fail receives all that can be had, again and again, and has none of it succeed: alone, single receives seldom make a dead
// letter.
func (r *run) fail(t *rapid.T) {
	runOut := r.Clock != nil && rapid.Bool().Draw(t, "run out")
	for range rapid.IntRange(1, queue.MaxReceives).Draw(t, "times") {
		got := r.take(t, queue.MaxMessages, r.least()+time.Second)
		if len(got) == 0 {
			return
		}
		if runOut {
			r.Clock.Advance(time.Second)
			continue
		}
		r.out = r.out[:len(r.out)-len(got)]
		for _, d := range got {
			r.retryAfter(t, d, 0)
		}
	}
}

func (r *run) ack(t *rapid.T) {
	d := r.end(t)
	_, out := r.plain.out(r.now(), d)
	wantEnded(t, "Ack", r.Queue.Ack(t.Context(), d), out)
	if out {
		r.plain.ack(d)
	}
}

func (r *run) retry(t *rapid.T) {
	d := r.end(t)
	delay := time.Duration(rapid.IntRange(0, 5).Draw(t, "delay")) * time.Second
	if r.Clock == nil {
		delay = 0
	}
	r.retryAfter(t, d, delay)
}

func (r *run) retryAfter(t *rapid.T, d queue.Delivery, delay time.Duration) {
	message, out := r.plain.out(r.now(), d)
	wantEnded(t, "Retry", r.Queue.Retry(t.Context(), d, delay), out)
	if out {
		message.retry(r.now(), delay)
	}
}

func wantEnded(t *rapid.T, what string, err error, out bool) {
	if out && err != nil || !out && !errors.Is(err, queue.ErrExpired) {
		t.Fatalf("%s: %v, of a delivery of which is true that it is out: %v", what, err, out)
	}
}

func (r *run) lookAtDead(t *rapid.T) {
	r.unlessDull(t)
	r.seeDead(t)
}

func (r *run) seeDead(t *rapid.T) {
	count, oldest, err := r.Queue.Dead(t.Context(), r.name)
	if err != nil || count != r.plain.deadCount() || !r.plain.oldestAgree(oldest) {
		t.Fatalf("%d dead letters, %v, %v; want %d: %v", count, oldest, err, r.plain.deadCount(), r.plain.dead)
	}
}

func (r *run) replay(t *rapid.T) {
	r.unlessDull(t)
	want := r.plain.replay()
	if n, err := r.Queue.Replay(t.Context(), r.name); err != nil || n != want {
		t.Fatalf("replayed %d, %v; want %d", n, err, want)
	}
}

// unlessDull passes over a look at the dead letters before it is decided which they are, and at none of them where each look
// takes a second.
func (r *run) unlessDull(t *rapid.T) {
	if r.plain.undecided(r.now()) {
		t.Skip("a Receive must come first")
	}
	if r.Clock == nil && r.plain.deadCount() == 0 {
		t.Skip("there are none")
	}
}

// timePasses, mostly little, sometimes as long as IDs are remembered.
func (r *run) timePasses(t *rapid.T) {
	r.Clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 2, 4, 8, 8, 299, 300}).Draw(t, "seconds")) * time.Second)
}

// drain acknowledges all that is left, to see that nothing is lost.
func (r *run) drain(t *rapid.T) {
	for {
		got := r.take(t, queue.MaxMessages, visible)
		if len(got) == 0 {
			break
		}
		for _, d := range got {
			if err := r.Queue.Ack(t.Context(), d); err != nil {
				t.Fatalf("Ack %s: %v", d.ID, err)
			}
			r.plain.ack(d)
		}
	}
	if !r.plain.empty() {
		t.Fatalf("the model keeps %v", r.plain.groups)
	}
	if r.Clock != nil || r.plain.deadCount() > 0 {
		r.seeDead(t)
	}
}
