// Package waketest is the suite that every adapter of the wake port passes.
package waketest

import (
	"context"
	"sync"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/wake"
)

// Harness is one adapter with the side on which agents stand.
type Harness struct {
	Waker wake.Waker

	// Connect connects an agent as agents do, and returns once hints reach it.
	Connect func(t *testing.T, agent string) Connection
}

// Connection is an agent's end.
type Connection interface {
	// Next waits for the next hint. It fails when the connection has ended.
	Next(ctx context.Context) error
	// Close leaves, and returns once the platform can know it.
	Close() error
}

// Run proves an adapter. New is called once for each promise.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	t.Run("an agent that is not connected is no error and gets nothing", func(t *testing.T) {
		h := newHarness(t)
		h.Connect(t, "agt_other")
		mustHint(t, h, "agt_away", false)
	})

	t.Run("a connected agent gets each hint", func(t *testing.T) {
		h := newHarness(t)
		c := h.Connect(t, "agt_1")
		for range 3 {
			mustHint(t, h, "agt_1", true)
			mustGet(t, c)
		}
	})

	t.Run("a hint reaches the agent that it names and nobody else", func(t *testing.T) {
		h := newHarness(t)
		one, two := h.Connect(t, "agt_1"), h.Connect(t, "agt_2")
		mustHint(t, h, "agt_2", true)
		mustGet(t, two)
		mustHint(t, h, "agt_1", true)
		mustGet(t, one)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := two.Next(ctx); err == nil {
			t.Error("the second agent got the first one's hint too")
		}
	})

	t.Run("the newest connection of an agent is the one that counts", func(t *testing.T) {
		h := newHarness(t)
		older := h.Connect(t, "agt_1")
		newer := h.Connect(t, "agt_1")
		mustHint(t, h, "agt_1", true)
		mustGet(t, newer)
		if err := older.Next(t.Context()); err == nil {
			t.Error("the older connection still gets hints")
		}
	})

	t.Run("an older connection that ends leaves the newer one alone", func(t *testing.T) {
		h := newHarness(t)
		older := h.Connect(t, "agt_1")
		newer := h.Connect(t, "agt_1")
		_ = older.Close() // the platform may have ended it already
		mustHint(t, h, "agt_1", true)
		mustGet(t, newer)
	})

	t.Run("an agent that left and came back is reached again", func(t *testing.T) {
		h := newHarness(t)
		if err := h.Connect(t, "agt_1").Close(); err != nil {
			t.Fatal(err)
		}
		// Whether a hint into the gap is said to be delivered is not promised: no adapter knows at once.
		if _, err := h.Waker.Hint(t.Context(), "agt_1"); err != nil {
			t.Fatal(err)
		}
		back := h.Connect(t, "agt_1")
		mustHint(t, h, "agt_1", true)
		mustGet(t, back)
	})

	t.Run("hints from many sides at once all arrive", func(t *testing.T) {
		h := newHarness(t)
		c := h.Connect(t, "agt_1")
		const hints = 20
		var wg sync.WaitGroup
		for range hints {
			wg.Go(func() {
				if delivered, err := h.Waker.Hint(t.Context(), "agt_1"); err != nil || !delivered {
					t.Errorf("delivered is %v: %v", delivered, err)
				}
			})
		}
		for range hints {
			mustGet(t, c)
		}
		wg.Wait()
	})
}

func mustHint(t *testing.T, h Harness, agent string, want bool) {
	t.Helper()
	delivered, err := h.Waker.Hint(t.Context(), agent)
	if err != nil || delivered != want {
		t.Fatalf("a hint to %s: delivered is %v, want %v: %v", agent, delivered, want, err)
	}
}

func mustGet(t *testing.T, c Connection) {
	t.Helper()
	if err := c.Next(t.Context()); err != nil {
		t.Fatalf("no hint came: %v", err)
	}
}
