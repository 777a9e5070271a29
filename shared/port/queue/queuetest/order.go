package queuetest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

func testOrder(t *testing.T, h Harness) {
	t.Run("a message comes as it was sent, once", func(t *testing.T) {
		q := h.fresh(t)
		m := queue.Message{ID: `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~aZ09`, Group: "acc_01!~", Body: []byte("{\"name\": \"Ærø 😀\",\n\t\"n\": 1}")}
		mustSend(t, h, q, m)
		mustAck(t, h, want(t, h, q, m, 1))
		wantNothing(t, h, q)
	})

	t.Run("what was acknowledged does not come again when its time would have run out", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		mustAck(t, h, receive(t, h, q, 1, 2*time.Second)[0])
		h.pass(t, 2*time.Second)
		wantNothing(t, h, q)
	})

	t.Run("a group comes in the order of sending", func(t *testing.T) {
		q := h.fresh(t)
		for n := 0; n < 6; n += 2 {
			mustSend(t, h, q, message("g", n), message("g", n+1))
		}
		for n := range 6 {
			mustAck(t, h, want(t, h, q, message("g", n), 1))
		}
	})

	t.Run("while one of a group is out, no other of it comes", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		first := receive(t, h, q, queue.MaxMessages, visible)
		if len(first) != 1 {
			t.Fatalf("%d of one group came at once", len(first))
		}
		wantNothing(t, h, q)
		mustAck(t, h, first[0])
		want(t, h, q, message("g", 2), 1)
	})

	t.Run("groups do not wait for each other", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("a", 1), message("a", 2), message("b", 1), message("c", 1), message("b", 2))
		want(t, h, q, message("a", 1), 1)
		var got []string
		for len(got) < 2 {
			for _, d := range receive(t, h, q, queue.MaxMessages, visible) {
				got = append(got, d.ID)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff([]string{"b-001", "c-001"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("a Receive takes no more than it was asked for", func(t *testing.T) {
		q := h.fresh(t)
		for n := range 5 {
			mustSend(t, h, q, message(fmt.Sprint("g", n), 1))
		}
		seen := 0
		for seen < 5 {
			seen += len(receive(t, h, q, 2, visible)) // which holds it to two
		}
		wantNothing(t, h, q)
	})

	t.Run("queues know nothing of each other", func(t *testing.T) {
		one, two := h.fresh(t), h.fresh(t)
		mustSend(t, h, one, message("g", 1))
		wantNothing(t, h, two)
		mustSend(t, h, two, message("g", 1), message("g", 2))
		want(t, h, one, message("g", 1), 1)
		want(t, h, two, message("g", 1), 1)
	})
}

func testWaiting(t *testing.T, h Harness) {
	// later begins to receive and tells what came.
	later := func(t *testing.T, q string) <-chan string {
		came := make(chan string, 1)
		go func() {
			got, err := h.Queue.Receive(t.Context(), q, 1, visible)
			if err != nil || len(got) != 1 {
				came <- fmt.Sprint(len(got), " messages, ", err)
				return
			}
			came <- got[0].ID
		}()
		return came
	}
	wantCame := func(t *testing.T, came <-chan string, id string) {
		t.Helper()
		select {
		case got := <-came:
			if got != id {
				t.Errorf("came %s, want %s", got, id)
			}
		case <-time.After(patience):
			t.Error("nothing came")
		}
	}

	t.Run("a Receive that waits is woken by a Send", func(t *testing.T) {
		q := h.fresh(t)
		came := later(t, q)
		mustSend(t, h, q, message("g", 1))
		wantCame(t, came, "g-001")
	})

	t.Run("a Receive that waits gets the next of a group when the one before it ends", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1), message("g", 2))
		d := want(t, h, q, message("g", 1), 1)
		came := later(t, q)
		mustAck(t, h, d)
		wantCame(t, came, "g-002")
	})

	t.Run("a Receive that waits gets a message whose time runs out meanwhile", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		receive(t, h, q, 1, 2*time.Second)
		came := later(t, q)
		h.pass(t, 2*time.Second)
		wantCame(t, came, "g-001")
	})

	t.Run("a Receive that waits gets a message whose delay passes meanwhile", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		d := want(t, h, q, message("g", 1), 1)
		came := later(t, q)
		mustRetry(t, h, d, 2*time.Second)
		h.pass(t, 2*time.Second)
		wantCame(t, came, "g-001")
	})

	t.Run("a wait that ends brings nothing and is no error", func(t *testing.T) {
		q := h.fresh(t)
		wantNothing(t, h, q)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got, err := h.Queue.Receive(ctx, q, 1, visible); err != nil || len(got) > 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func testDoubles(t *testing.T, h Harness) {
	t.Run("a second Send of an ID delivers nothing, also after the first one ended", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		mustSend(t, h, q, message("g", 1), message("g", 2))
		mustAck(t, h, want(t, h, q, message("g", 1), 1))
		mustSend(t, h, q, message("g", 1))
		mustAck(t, h, want(t, h, q, message("g", 2), 1))
		wantNothing(t, h, q)
	})

	t.Run("an ID is one whatever its group and body", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		other := message("other", 7)
		other.ID = message("g", 1).ID
		mustSend(t, h, q, other)
		mustAck(t, h, want(t, h, q, message("g", 1), 1))
		wantNothing(t, h, q)
	})

	t.Run("of an ID that is sent twice at once the first counts, whatever their groups", func(t *testing.T) {
		q := h.fresh(t)
		first, second := message("a", 2), message("b", 1)
		second.ID = first.ID
		mustSend(t, h, q, message("a", 1), first, second)
		mustAck(t, h, want(t, h, q, message("a", 1), 1))
		mustAck(t, h, want(t, h, q, first, 1))
		wantNothing(t, h, q)
	})

	t.Run("an ID is remembered for five minutes", func(t *testing.T) {
		q := h.fresh(t)
		mustSend(t, h, q, message("g", 1))
		mustAck(t, h, want(t, h, q, message("g", 1), 1))
		h.pass(t, 5*time.Minute-time.Second)
		mustSend(t, h, q, message("g", 1))
		wantNothing(t, h, q)
		h.pass(t, time.Second)
		mustSend(t, h, q, message("g", 1))
		want(t, h, q, message("g", 1), 1)
	})

	t.Run("racing Sends of an ID deliver it once", func(t *testing.T) {
		q := h.fresh(t)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if err := h.Queue.Send(t.Context(), q, message("g", 1)); err != nil {
					t.Errorf("Send: %v", err)
				}
			})
		}
		all.Wait()
		mustAck(t, h, want(t, h, q, message("g", 1), 1))
		wantNothing(t, h, q)
	})
}

func testManyReceivers(t *testing.T, h Harness) {
	t.Run("each message comes to one of many receivers, each group in order and one at a time", func(t *testing.T) {
		const groups, each, receivers = 6, 12, 8
		q := h.fresh(t)
		for n := range each {
			for g := range groups {
				mustSend(t, h, q, message(fmt.Sprint("g", g), n))
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var (
			all  sync.WaitGroup
			mu   sync.Mutex
			out  = map[string]bool{}
			came = map[string][]string{}
			left = groups * each
		)
		for range receivers {
			all.Go(func() {
				for ctx.Err() == nil {
					got, err := h.Queue.Receive(ctx, q, 3, visible)
					if err != nil {
						t.Errorf("Receive: %v", err)
						return
					}
					for _, d := range got {
						mu.Lock()
						if out[d.Group] {
							t.Errorf("%s came while another of its group was out", d.ID)
						}
						out[d.Group] = true
						came[d.Group] = append(came[d.Group], d.ID)
						mu.Unlock()
						runtime.Gosched()
						mu.Lock()
						out[d.Group] = false
						mu.Unlock()
						if err := h.Queue.Ack(t.Context(), d); err != nil {
							t.Errorf("Ack: %v", err)
						}
						mu.Lock()
						if left--; left == 0 {
							cancel()
						}
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		for g := range groups {
			group := fmt.Sprint("g", g)
			var inOrder []string
			for n := range each {
				inOrder = append(inOrder, message(group, n).ID)
			}
			if diff := cmp.Diff(inOrder, came[group]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", group, diff)
			}
		}
	})
}
