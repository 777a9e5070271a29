package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

func testFeed(t *testing.T, h Harness) {
	if h.Feed == nil {
		t.Skip("this adapter's changes are pushed to a function, which its own tests call")
	}
	fed := func(pk, sk string, version int64) store.Item {
		i := row(pk, sk, version)
		i.Feed = true
		return i
	}

	t.Run("rows of the feed come in the order of writing, and other rows do not", func(t *testing.T) {
		from := end(t, h)
		pk := partition()
		mustWrite(t, h.Store, put(fed(pk, "3", 1)))
		mustWrite(t, h.Store, put(row(pk, "plain", 1)))
		mustWrite(t, h.Store, put(fed(pk, "1", 1), row(pk, "beside", 1)))
		mustWrite(t, h.Store, put(fed(pk, "2", 1)))
		want := []store.Item{fed(pk, "3", 1), fed(pk, "1", 1), fed(pk, "2", 1)}
		for limit := 1; limit < 5; limit++ {
			got, _ := changes(t, h, from, limit, 3)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("by %d (-want +got):\n%s", limit, diff)
			}
		}
	})

	t.Run("a row of the feed is an ordinary row too", func(t *testing.T) {
		pk := partition()
		mustWrite(t, h.Store, put(fed(pk, "a", 1)))
		if diff := cmp.Diff(row(pk, "a", 1), mustGet(t, h.Store, store.Key{PK: pk, SK: "a"})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("a write that failed left nothing in the feed", func(t *testing.T) {
		from := end(t, h)
		pk := partition()
		mustWrite(t, h.Store, put(row(pk, "there", 1)))
		err := h.Store.AtomicWrite(t.Context(), put(fed(pk, "a", 1)).Add(putIf(store.Absent, row(pk, "there", 2))))
		wantFailedAt(t, err, store.Key{PK: pk, SK: "there"})
		mustWrite(t, h.Store, put(fed(pk, "b", 1)))
		got, _ := changes(t, h, from, 10, 1)
		if diff := cmp.Diff([]store.Item{fed(pk, "b", 1)}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("who reads from an older position gets the rows again", func(t *testing.T) {
		from := end(t, h)
		pk := partition()
		mustWrite(t, h.Store, put(fed(pk, "a", 1)))
		first, _ := changes(t, h, from, 10, 1)
		again, next := changes(t, h, from, 10, 1)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
		mustWrite(t, h.Store, put(fed(pk, "b", 1)))
		if got, _ := changes(t, h, next, 10, 1); len(got) != 1 || got[0].SK != "b" {
			t.Errorf("behind the new position: %v", got)
		}
	})

	t.Run("expired rows stay in the feed for a day", func(t *testing.T) {
		from := end(t, h)
		i := fed(partition(), "a", 1)
		i.ExpiresAt = h.Clock.Now().Add(time.Minute).Truncate(time.Second)
		mustWrite(t, h.Store, put(i))
		h.Clock.Advance(23 * time.Hour)
		got, _ := changes(t, h, from, 10, 1)
		if diff := cmp.Diff([]store.Item{i}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("a reader waits until there is something", func(t *testing.T) {
		from := end(t, h)
		pk := partition()
		came := make(chan []store.Item, 1)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		go func() {
			items, _, err := h.Feed.Changes(ctx, from, 10)
			if err != nil {
				t.Errorf("Changes: %v", err)
			}
			came <- items
		}()
		mustWrite(t, h.Store, put(fed(pk, "a", 1)))
		if got := <-came; len(got) != 1 || got[0].PK != pk {
			t.Errorf("got %v", got)
		}
	})

	t.Run("a wait that ends gives no rows and the same position, and is no error", func(t *testing.T) {
		from := end(t, h)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		items, position, err := h.Feed.Changes(ctx, from, 10)
		if err != nil || len(items) > 0 || position != from {
			t.Errorf("got %d rows, %q, %v; want none, %q", len(items), position, err, from)
		}
	})

	t.Run("a position that the feed did not give is refused", func(t *testing.T) {
		end(t, h) // so that there is a position to begin with
		for _, made := range []string{"x", "-1", "1.5", "\x00", "+1", "01", " 1", "9000000000000000000", "99999999999999999999"} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if _, _, err := h.Feed.Changes(ctx, made, 10); !errors.Is(err, store.ErrBadCursor) {
				t.Errorf("%q: got %v, want ErrBadCursor", made, err)
			}
		}
	})

	t.Run("a limit that is none is refused", func(t *testing.T) {
		for _, limit := range []int{-1, 0, store.MaxPage + 1} {
			if _, _, err := h.Feed.Changes(t.Context(), "", limit); !errors.Is(err, store.ErrLimit) {
				t.Errorf("%d: got %v, want ErrLimit", limit, err)
			}
		}
	})

	t.Run("a reader beside many writers misses nothing and keeps each partition's order", func(t *testing.T) {
		from := end(t, h)
		const writers, each = 8, 15
		var pks []string
		for range writers {
			pks = append(pks, partition())
		}
		var all sync.WaitGroup
		for _, pk := range pks {
			all.Go(func() {
				for n := range each {
					if err := h.Store.AtomicWrite(t.Context(), put(fed(pk, fmt.Sprintf("%02d", n), int64(n)))); err != nil {
						t.Errorf("AtomicWrite: %v", err)
					}
				}
			})
		}
		next := map[string]int64{}
		got, _ := changes(t, h, from, 7, writers*each)
		for _, i := range got {
			if i.Version != next[i.PK] {
				t.Fatalf("of %s came %d, want %d", i.PK, i.Version, next[i.PK])
			}
			next[i.PK]++
		}
		all.Wait()
	})
}

// end returns the position behind all that is in the feed, by way of a last row.
func end(t *testing.T, h Harness) string {
	t.Helper()
	last := row(partition(), "last", 1)
	last.Feed = true
	mustWrite(t, h.Store, put(last))
	for position := ""; ; {
		items, next := await(t, h, position, store.MaxPage)
		if position = next; items[len(items)-1].Key == last.Key {
			return position
		}
	}
}

// changes reads until it has n rows, at most limit at once.
func changes(t *testing.T, h Harness, position string, limit, n int) ([]store.Item, string) {
	t.Helper()
	var all []store.Item
	for len(all) < n {
		items, next := await(t, h, position, limit)
		all, position = append(all, items...), next
	}
	return all, position
}

// await waits for the rows behind a position, but not for ever.
func await(t *testing.T, h Harness, position string, limit int) ([]store.Item, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	items, next, err := h.Feed.Changes(ctx, position, limit)
	if err != nil {
		t.Fatalf("Changes: %v", err)
	}
	if len(items) > limit || len(items) == 0 {
		t.Fatalf("%d rows at once, want 1 to %d", len(items), limit)
	}
	return items, next
}
