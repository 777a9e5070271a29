package queuetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

func testVisibility(t *testing.T, h Harness) {
	t.Run("what is not acknowledged in time comes again, before what stands behind it", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		receive(t, h, q, 1, 2*time.Second)
		h.pass(t, 2*time.Second)
		mustAck(t, h, want(t, h, q, message("g", 1), 2))
		want(t, h, q, message("g", 2), 1)
	})

	t.Run("what is out stays out until its time is over", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		d := receive(t, h, q, 1, 4*time.Second)[0]
		h.pass(t, time.Second)
		wantNothing(t, h, q)
		mustAck(t, h, d)
	})

	t.Run("a time is rounded up to seconds", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		d := receive(t, h, q, 1, 1100*time.Millisecond)[0]
		h.pass(t, 1200*time.Millisecond)
		wantNothing(t, h, q)
		mustAck(t, h, d)
	})

	t.Run("an acknowledgement that comes too late fails, and the message comes again", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		late := receive(t, h, q, 1, time.Second)[0]
		h.pass(t, time.Second)
		if err := h.Queue.Ack(t.Context(), late); !errors.Is(err, queue.ErrExpired) {
			t.Errorf("Ack: %v, want ErrExpired", err)
		}
		if err := h.Queue.Retry(t.Context(), late, 0); !errors.Is(err, queue.ErrExpired) {
			t.Errorf("Retry: %v, want ErrExpired", err)
		}
		want(t, h, q, message("g", 1), 2)
	})

	t.Run("an old delivery cannot end the new one", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		old := receive(t, h, q, 1, time.Second)[0]
		h.pass(t, time.Second)
		again := want(t, h, q, message("g", 1), 2)
		if err := h.Queue.Ack(t.Context(), old); !errors.Is(err, queue.ErrExpired) {
			t.Errorf("Ack: %v, want ErrExpired", err)
		}
		mustAck(t, h, again)
	})
}

func testRetry(t *testing.T, h Harness) {
	t.Run("a message comes again after the delay and not before, and its group waits", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		mustRetry(t, h, want(t, h, q, message("g", 1), 1), 4*time.Second)
		wantNothing(t, h, q)
		h.pass(t, 2*time.Second)
		wantNothing(t, h, q)
		h.pass(t, 2*time.Second)
		mustAck(t, h, want(t, h, q, message("g", 1), 2))
		want(t, h, q, message("g", 2), 1)
	})

	t.Run("a message comes again at once without a delay", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		mustRetry(t, h, want(t, h, q, message("g", 1), 1), 0)
		want(t, h, q, message("g", 1), 2)
	})

	t.Run("other groups do not wait for a delay", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("a", 1), message("b", 1))
		mustRetry(t, h, want(t, h, q, message("a", 1), 1), time.Hour)
		want(t, h, q, message("b", 1), 1)
	})
}

// exhaust receives a message as often as it is tried.
func exhaust(t *testing.T, h Harness, q string, m queue.Message) {
	t.Helper()
	for n := range queue.MaxReceives {
		mustRetry(t, h, want(t, h, q, m, n+1), 0)
	}
}

// wantDead waits for dead letters, which may be moved by a Receive only.
func wantDead(t *testing.T, h Harness, q string, count int, oldest ...queue.Message) {
	t.Helper()
	var n int
	var got []queue.Message
	for deadline := time.Now().Add(h.settled()); ; {
		wantNothing(t, h, q)
		var err error
		if n, got, err = h.Queue.Dead(t.Context(), q); err == nil && n == count {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%d dead letters, %v; want %d", n, err, count)
		}
	}
	if diff := cmp.Diff(oldest, got); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
}

func testDead(t *testing.T, h Harness) {
	t.Run("what failed too often becomes a dead letter, and its group goes on", func(t *testing.T) {
		q := h.fresh(t)
		wantDead(t, h, q, 0)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		exhaust(t, h, q, message("g", 1))
		d := want(t, h, q, message("g", 2), 1)
		wantDead(t, h, q, 1, message("g", 1))
		mustAck(t, h, d)
	})

	t.Run("a delay after the last try is not waited for", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		for n := range queue.MaxReceives - 1 {
			mustRetry(t, h, want(t, h, q, message("g", 1), n+1), 0)
		}
		mustRetry(t, h, want(t, h, q, message("g", 1), queue.MaxReceives), time.Hour)
		want(t, h, q, message("g", 2), 1)
		wantDead(t, h, q, 1, message("g", 1))
	})

	t.Run("what ran out too often becomes a dead letter", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		for range queue.MaxReceives {
			if d := receive(t, h, q, 1, time.Second)[0]; d.ID != "g-001" {
				t.Fatalf("%s came", d.ID)
			}
			h.pass(t, time.Second)
		}
		want(t, h, q, message("g", 2), 1)
		wantDead(t, h, q, 1, message("g", 1))
	})

	t.Run("what succeeds at the last try is no dead letter", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		for n := range queue.MaxReceives - 1 {
			mustRetry(t, h, want(t, h, q, message("g", 1), n+1), 0)
		}
		mustAck(t, h, want(t, h, q, message("g", 1), queue.MaxReceives))
		wantDead(t, h, q, 0)
	})

	t.Run("a replay sends the dead letters again in order, behind what waits, and tries them as often as new ones", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2), message("g", 3))
		exhaust(t, h, q, message("g", 1))
		exhaust(t, h, q, message("g", 2))
		third := want(t, h, q, message("g", 3), 1)
		wantDead(t, h, q, 2, message("g", 1), message("g", 2))
		replay(t, h, q, 2)
		wantDead(t, h, q, 0)
		mustAck(t, h, third)
		mustRetry(t, h, want(t, h, q, message("g", 1), 1), 0)
		mustAck(t, h, want(t, h, q, message("g", 1), 2))
		mustAck(t, h, want(t, h, q, message("g", 2), 1))
		replay(t, h, q, 0)
	})

	t.Run("what fails again after a replay is a dead letter again", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		for range 2 {
			exhaust(t, h, q, message("g", 1))
			wantDead(t, h, q, 1, message("g", 1))
			replay(t, h, q, 1)
		}
		want(t, h, q, message("g", 1), 1)
	})

	t.Run("of many dead letters all are counted, the ten oldest shown, and all replayed", func(t *testing.T) {
		q := h.fresh(t)
		var oldest []queue.Message
		for n := range 12 {
			m := message("g", n)
			mustSend(t, h, q, m)
			exhaust(t, h, q, m)
			if n < 10 {
				oldest = append(oldest, m)
			}
		}
		wantDead(t, h, q, 12, oldest...)
		replay(t, h, q, 12)
		for n := range 12 {
			mustAck(t, h, want(t, h, q, message("g", n), 1))
		}
	})
}

func replay(t *testing.T, h Harness, q string, count int) {
	t.Helper()
	if n, err := h.Queue.Replay(t.Context(), q); err != nil || n != count {
		t.Fatalf("replayed %d, %v; want %d", n, err, count)
	}
}

func testLimits(t *testing.T, h Harness) {
	good := message("g", 1)
	with := func(change func(m *queue.Message)) []queue.Message {
		m := good
		change(&m)
		return []queue.Message{m}
	}
	body := func(b string) []queue.Message { return with(func(m *queue.Message) { m.Body = []byte(b) }) }
	id := func(s string) []queue.Message { return with(func(m *queue.Message) { m.ID = s }) }
	group := func(s string) []queue.Message { return with(func(m *queue.Message) { m.Group = s }) }
	var eleven []queue.Message
	for n := range 11 {
		eleven = append(eleven, message("many", n))
	}
	tests := []struct {
		name string
		give []queue.Message
		fits bool
	}{
		{"ten messages", eleven[:10], true},
		{"eleven messages", eleven, false},
		{"no message", nil, false},
		{"a body of 256 KB", body(strings.Repeat("x", queue.MaxBodyBytes)), true},
		{"a body of 256 KB and a byte", body(strings.Repeat("x", queue.MaxBodyBytes+1)), false},
		{"no body", body(""), false},
		{"a body that is not UTF-8", body("\xff"), false},
		{"a body with a control character", body("\x01"), false},
		{"a body with a character that is none", body("\uffff"), false},
		{"an ID of 128 characters", id(strings.Repeat("i", 128)), true},
		{"an ID of 129 characters", id(strings.Repeat("i", 129)), false},
		{"no ID", id(""), false},
		{"an ID with a space", id("a b"), false},
		{"an ID beyond ASCII", id("é"), false},
		{"a group of 128 characters", group(strings.Repeat("g", 128)), true},
		{"a group of 129 characters", group(strings.Repeat("g", 129)), false},
		{"no group", group(""), false},
		{"a group with a line break", group("a\nb"), false},
	}
	for _, tt := range tests {
		t.Run("send "+tt.name, func(t *testing.T) {
			q := h.fresh(t)
			err := h.Queue.Send(t.Context(), q, tt.give...)
			if tt.fits != (err == nil) || !tt.fits && !errors.Is(err, queue.ErrLimit) {
				t.Fatalf("got %v", err)
			}
			if !tt.fits {
				wantNothing(t, h, q)
				return
			}
			for _, m := range tt.give {
				d := want(t, h, q, m, 1)
				if !bytes.Equal(d.Body, m.Body) {
					t.Errorf("the body came back with %d bytes", len(d.Body))
				}
				mustAck(t, h, d)
			}
		})
	}

	for _, name := range []string{"", "a b", "a.fifo", "é", strings.Repeat("q", 51)} {
		t.Run(fmt.Sprintf("send to a queue called %q", name), func(t *testing.T) {
			if err := h.Queue.Send(t.Context(), name, good); !errors.Is(err, queue.ErrLimit) {
				t.Errorf("Send: %v, want ErrLimit", err)
			}
			if _, err := h.Queue.Receive(t.Context(), name, 1, visible); !errors.Is(err, queue.ErrLimit) {
				t.Errorf("Receive: %v, want ErrLimit", err)
			}
		})
	}

	q := h.fresh(t)
	for name, receive := range map[string]func() ([]queue.Delivery, error){
		"no message":      func() ([]queue.Delivery, error) { return h.Queue.Receive(t.Context(), q, 0, visible) },
		"eleven messages": func() ([]queue.Delivery, error) { return h.Queue.Receive(t.Context(), q, 11, visible) },
		"for no time":     func() ([]queue.Delivery, error) { return h.Queue.Receive(t.Context(), q, 1, 0) },
		"for a day":       func() ([]queue.Delivery, error) { return h.Queue.Receive(t.Context(), q, 1, 24*time.Hour) },
	} {
		t.Run("receive "+name, func(t *testing.T) {
			if _, err := receive(); !errors.Is(err, queue.ErrLimit) {
				t.Errorf("got %v, want ErrLimit", err)
			}
		})
	}

	t.Run("retry after a day, or before now", func(t *testing.T) {
		mustSend(t, h, q, good)
		d := want(t, h, q, good, 1)
		for _, delay := range []time.Duration{24 * time.Hour, -1} {
			if err := h.Queue.Retry(t.Context(), d, delay); !errors.Is(err, queue.ErrLimit) {
				t.Errorf("%s: got %v, want ErrLimit", delay, err)
			}
		}
		mustAck(t, h, d)
	})
}
