// Package scheduletest is the suite that every adapter of the schedule passes.
package scheduletest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
)

// Harness is an adapter under test, with the queue to which its timers send.
type Harness struct {
	Schedule schedule.Schedule
	Queue    queue.Queue
	// Clock is what the adapter tells times by. Nil where it tells them by its own clock: then the suite waits.
	Clock *clock.Fake
	// Fire lets the adapter fire what is due. Nil where it does so by itself.
	Fire func(t *testing.T)
	// Restart ends the adapter's process and begins another one over the same timers. Nil where there is no such process.
	Restart func(t *testing.T) Harness
	// Make makes an empty queue, for adapters whose queues must be made. Nil: every name is one.
	Make func(t *testing.T, name string)
}

// Run proves the promises of the port. New is called once.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	h := newHarness(t)
	testLimits(t, h)

	t.Run("a timer fires at its time and not before, once", func(t *testing.T) {
		timer := h.timer(t, 3*time.Second)
		mustSet(t, h, timer)
		h.until(t, timer.At.Add(-time.Second))
		wantNothing(t, h, timer.Queue)
		h.until(t, timer.At)
		wantFired(t, h, timer)
		if h.Clock != nil {
			h.Clock.Advance(time.Hour) // long enough that the queue has forgotten the message's ID
		}
		wantNothing(t, h, timer.Queue)
	})

	t.Run("a timer does not fire a moment before its time", func(t *testing.T) {
		if h.Clock == nil {
			t.Skip("only a clock that stands still shows a moment")
		}
		timer := h.timer(t, 1_500_001*time.Nanosecond)
		mustSet(t, h, timer)
		h.until(t, timer.At.Add(-time.Nanosecond))
		wantNothing(t, h, timer.Queue)
		h.until(t, timer.At.Add(time.Second))
		wantFired(t, h, timer)
	})

	t.Run("a time in the past fires at once", func(t *testing.T) {
		for _, ago := range []time.Duration{0, time.Second, 400 * 24 * time.Hour} {
			timer := h.timer(t, -ago)
			mustSet(t, h, timer)
			wantFired(t, h, timer)
		}
	})

	t.Run("Set on a name replaces the timer that waits there, to a later time", func(t *testing.T) {
		old := h.timer(t, time.Second)
		mustSet(t, h, old)
		replacement := h.timer(t, 4*time.Second)
		replacement.Name = old.Name
		mustSet(t, h, replacement)
		h.until(t, old.At.Add(time.Second))
		wantNothing(t, h, old.Queue)
		wantNothing(t, h, replacement.Queue)
		h.until(t, replacement.At)
		wantFired(t, h, replacement)
		wantNothing(t, h, old.Queue)
	})

	t.Run("Set on a name replaces the timer that waits there, to an earlier time", func(t *testing.T) {
		old := h.timer(t, time.Hour)
		mustSet(t, h, old)
		replacement := h.timer(t, time.Second)
		replacement.Name = old.Name
		mustSet(t, h, replacement)
		h.until(t, replacement.At)
		wantFired(t, h, replacement)
		if h.Clock != nil {
			h.until(t, old.At)
			wantNothing(t, h, old.Queue)
		}
	})

	t.Run("a name that fired is free again", func(t *testing.T) {
		first, second := h.timer(t, 0), h.timer(t, 0)
		second.Name = first.Name
		for _, timer := range []schedule.Timer{first, second} {
			mustSet(t, h, timer)
			wantFired(t, h, timer)
		}
	})

	t.Run("a cancelled timer does not fire", func(t *testing.T) {
		timer := h.timer(t, 2*time.Second)
		mustSet(t, h, timer)
		mustCancel(t, h, timer.Name)
		h.until(t, timer.At.Add(time.Second))
		wantNothing(t, h, timer.Queue)
	})

	t.Run("a cancelled timer takes none with it whose name is alike", func(t *testing.T) {
		cancelled := h.timer(t, 2*time.Second)
		cancelled.Name += "_a"
		var others []schedule.Timer
		for _, alike := range []string{cancelled.Name + "b", cancelled.Name[:len(cancelled.Name)-1], strings.ReplaceAll(cancelled.Name, "_", "x")} {
			timer := h.timer(t, 2*time.Second)
			timer.Name = alike
			others = append(others, timer)
			mustSet(t, h, timer)
		}
		mustSet(t, h, cancelled)
		mustCancel(t, h, cancelled.Name)
		h.until(t, others[2].At)
		for _, timer := range others {
			wantFired(t, h, timer)
		}
		wantNothing(t, h, cancelled.Queue)
	})

	t.Run("cancelling what is not there is no error", func(t *testing.T) {
		timer := h.timer(t, 0)
		mustCancel(t, h, timer.Name)
		mustSet(t, h, timer)
		wantFired(t, h, timer)
		mustCancel(t, h, timer.Name)
	})

	t.Run("timers of one moment all fire, and names that begin alike are different ones", func(t *testing.T) {
		var all []schedule.Timer
		for n := range 12 {
			timer := h.timer(t, 2*time.Second)
			if n > 0 {
				timer.Name = all[n-1].Name + "x"
			}
			all = append(all, timer)
			mustSet(t, h, timer)
		}
		h.until(t, all[11].At)
		for _, timer := range all {
			wantFired(t, h, timer)
		}
	})

	t.Run("timers survive a restart, those that are due meanwhile too", func(t *testing.T) {
		if h.Restart == nil {
			t.Skip("this adapter has no process that could restart")
		}
		due, later := h.timer(t, time.Second), h.timer(t, time.Minute)
		mustSet(t, h, due)
		mustSet(t, h, later)
		h.Clock.Advance(2 * time.Second)
		h = h.Restart(t)
		wantFired(t, h, due)
		wantNothing(t, h, later.Queue)
		h.until(t, later.At)
		wantFired(t, h, later)
	})
}

func testLimits(t *testing.T, h Harness) {
	tests := []struct {
		name   string
		change func(timer *schedule.Timer)
		want   error // nil: it fits
	}{
		{"a name of every kind of character", func(timer *schedule.Timer) { timer.Name += "_aZ09.-" }, nil},
		{"a name of 60 characters", func(timer *schedule.Timer) { timer.Name += strings.Repeat("n", 60-len(timer.Name)) }, nil},
		{"a name of 61 characters", func(timer *schedule.Timer) { timer.Name = strings.Repeat("n", 61) }, schedule.ErrLimit},
		{"no name", func(timer *schedule.Timer) { timer.Name = "" }, schedule.ErrLimit},
		{"a name with a space", func(timer *schedule.Timer) { timer.Name = "a b" }, schedule.ErrLimit},
		{"a name with a slash", func(timer *schedule.Timer) { timer.Name = "a/b" }, schedule.ErrLimit},
		{"a name with a line break at its end", func(timer *schedule.Timer) { timer.Name = "a\n" }, schedule.ErrLimit},
		{"a time before all clocks", func(timer *schedule.Timer) { timer.At = time.Unix(-1<<40, 0) }, nil},
		{"a time after all contracts", func(timer *schedule.Timer) { timer.At = time.Unix(1<<40, 0) }, schedule.ErrLimit},
		{"no time", func(timer *schedule.Timer) { timer.At = time.Time{} }, schedule.ErrLimit},
		{"a body of 64 KB", func(timer *schedule.Timer) {
			timer.Message.Body = []byte(strings.Repeat("x", schedule.MaxBodyBytes))
		}, nil},
		{"a larger body", func(timer *schedule.Timer) {
			timer.Message.Body = []byte(strings.Repeat("x", schedule.MaxBodyBytes+1))
		}, schedule.ErrLimit},
		{"no queue", func(timer *schedule.Timer) { timer.Queue = "" }, queue.ErrLimit},
		{"a message without an ID", func(timer *schedule.Timer) { timer.Message.ID = "" }, queue.ErrLimit},
		{"a message without a body", func(timer *schedule.Timer) { timer.Message.Body = nil }, queue.ErrLimit},
	}
	for _, tt := range tests {
		t.Run("set "+tt.name, func(t *testing.T) {
			timer := h.timer(t, 0)
			tt.change(&timer)
			if err := h.Schedule.Set(t.Context(), timer); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				wantFired(t, h, timer)
			}
		})
	}
}

var (
	started = time.Now()
	timers  atomic.Int64
)

// timer returns one that is due after d, with a name and a queue of its own.
func (h Harness) timer(t *testing.T, d time.Duration) schedule.Timer {
	t.Helper()
	unique := "scheduletest-" + strconv.FormatInt(started.UnixNano(), 36) + "-" + strconv.FormatInt(timers.Add(1), 10)
	if h.Make != nil {
		h.Make(t, unique)
	}
	return schedule.Timer{
		Name: unique, At: h.now().Add(d), Queue: unique,
		Message: queue.Message{ID: unique, Group: "g", Body: []byte(`{"timer":"` + unique + `"}`)},
	}
}

func (h Harness) now() time.Time {
	if h.Clock != nil {
		return h.Clock.Now()
	}
	return time.Now()
}

// until lets time pass until then.
func (h Harness) until(t *testing.T, then time.Time) {
	t.Helper()
	if wait := then.Sub(h.now()); h.Clock != nil {
		h.Clock.Advance(max(0, wait))
	} else {
		time.Sleep(wait)
	}
}

func mustSet(t *testing.T, h Harness, timer schedule.Timer) {
	t.Helper()
	if err := h.Schedule.Set(t.Context(), timer); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

func mustCancel(t *testing.T, h Harness, name string) {
	t.Helper()
	if err := h.Schedule.Cancel(t.Context(), name); err != nil {
		t.Fatalf("Cancel: %v", err)
	}
}

// wantFired waits for the timer's message, as long as the port allows it to take.
func wantFired(t *testing.T, h Harness, timer schedule.Timer) {
	t.Helper()
	patience := 70 * time.Second
	if h.Clock != nil {
		patience = 10 * time.Second
	}
	if h.Fire != nil {
		h.Fire(t)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	got, err := h.Queue.Receive(ctx, timer.Queue, 1, time.Minute)
	if err != nil || len(got) != 1 {
		t.Fatalf("received %v, %v; want the message of %s", got, err, timer.Name)
	}
	if diff := cmp.Diff(timer.Message, got[0].Message); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if h.now().Before(timer.At) {
		t.Error("it fired before its time")
	}
	if err := h.Queue.Ack(t.Context(), got[0]); err != nil {
		t.Errorf("Ack: %v", err)
	}
}

func wantNothing(t *testing.T, h Harness, name string) {
	t.Helper()
	const moment = 60 * time.Millisecond
	if h.Fire != nil {
		h.Fire(t)
	}
	ctx, cancel := context.WithTimeout(t.Context(), moment)
	defer cancel()
	if got, err := h.Queue.Receive(ctx, name, 1, time.Minute); err != nil || len(got) > 0 {
		t.Fatalf("received %v, %v; want nothing", got, err)
	}
}
