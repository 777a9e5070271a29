package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

func testRaces(t *testing.T, h Harness) {
	t.Run("of 16 racing writes exactly one wins, and the others learn by which row they lost", func(t *testing.T) {
		pk := partition()
		contested := store.Key{PK: pk, SK: "contested"}
		var won atomic.Int64
		together(16, func(n int) {
			// Each also puts a row of its own, which only the winner's may be.
			err := h.Store.AtomicWrite(t.Context(),
				putIf(store.Absent, row(pk, "contested", int64(n))).Add(put(row(pk, fmt.Sprintf("own#%02d", n), 1))))
			switch {
			case err == nil:
				won.Add(1)
			case !store.FailedAt(err, contested):
				t.Errorf("a loser got %v", err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d won", won.Load())
		}
		winner := mustGet(t, h.Store, contested).Version
		h.wantRows(t, store.Query{PK: pk}, "contested", fmt.Sprintf("own#%02d", winner))
	})

	t.Run("no update is lost or made twice when 16 count in one row, and who is told of a failure did not count", func(t *testing.T) {
		pk := partition()
		k := store.Key{PK: pk, SK: "counter"}
		counter := func(version int64, by []int) store.Item {
			value, err := json.Marshal(by)
			if err != nil {
				t.Error(err)
			}
			return store.Item{Key: k, Version: version, Value: value}
		}
		mustWrite(t, h.Store, put(counter(0, nil)))
		together(16, func(n int) {
			var told error // by the last write
			for {
				i, err := h.Store.Get(t.Context(), k)
				var by []int
				if err == nil {
					err = json.Unmarshal(i.Value, &by)
				}
				if err != nil {
					t.Errorf("counting: %v", err)
					return
				}
				if slices.Contains(by, n) {
					if store.Failed(told) {
						t.Errorf("%d counted and was told: %v", n, told)
					}
					return
				}
				told = h.Store.AtomicWrite(t.Context(), putIf(store.VersionIs(i.Version), counter(i.Version+1, append(by, n))))
				if told == nil {
					return
				}
				if !store.FailedAt(told, k) && !errors.Is(told, store.ErrUnknown) {
					t.Errorf("counting: %v", told)
					return
				}
			}
		})
		last := mustGet(t, h.Store, k)
		var by []int
		if err := json.Unmarshal(last.Value, &by); err != nil {
			t.Fatal(err)
		}
		slices.Sort(by)
		want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
		if diff := cmp.Diff(want, by); diff != "" || last.Version != 16 {
			t.Errorf("version %d, counted by (-want +got):\n%s", last.Version, diff)
		}
	})

	t.Run("60 concurrent writes that check one row all succeed", func(t *testing.T) {
		pk := partition()
		parent := store.Key{PK: pk, SK: "parent"}
		mustWrite(t, h.Store, put(row(pk, "parent", 1)))
		together(60, func(n int) {
			w := putIf(store.Absent, row(pk, fmt.Sprintf("child#%02d", n), 1))
			w.Checks = []store.Check{{Key: parent, If: store.VersionIs(1)}}
			if err := h.Store.AtomicWrite(t.Context(), w); err != nil {
				t.Errorf("write %d: %v", n, err)
			}
		})
		if got := len(walk(t, h.Store, store.Query{PK: pk, Range: store.Range{Prefix: "child#"}})); got != 60 {
			t.Errorf("%d children", got)
		}
	})
}

// together begins all at once and waits for the last.
func together(n int, do func(n int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			do(i)
		})
	}
	close(begin)
	all.Wait()
}

func testTokens(t *testing.T, h Harness) {
	token := func() string { return fmt.Sprintf("%d-%d", started.UnixNano(), partitions.Add(1)) }

	t.Run("a repeated write meets itself and succeeds", func(t *testing.T) {
		pk := partition()
		w := putIf(store.Absent, row(pk, "a", 1))
		w.Token = token()
		mustWrite(t, h.Store, w)
		h.Clock.Advance(time.Minute)
		mustWrite(t, h.Store, w)
		w.Token = token()
		wantFailedAt(t, h.Store.AtomicWrite(t.Context(), w), store.Key{PK: pk, SK: "a"})
	})

	t.Run("a repeated write does not undo what came after it", func(t *testing.T) {
		pk := partition()
		w := put(row(pk, "a", 1), row(pk, "b", 1))
		w.Token = token()
		mustWrite(t, h.Store, w)
		mustWrite(t, h.Store, put(row(pk, "a", 2)).Add(store.Write{Deletes: []store.Delete{{Key: store.Key{PK: pk, SK: "b"}}}}))
		mustWrite(t, h.Store, w)
		wantVersion(t, h.Store, store.Key{PK: pk, SK: "a"}, true, 2)
		mustNotFind(t, h.Store, store.Key{PK: pk, SK: "b"})
	})

	t.Run("16 repeats at once are carried out once", func(t *testing.T) {
		pk := partition()
		w := putIf(store.Absent, row(pk, "a", 1))
		w.Token = token()
		together(16, func(int) {
			if err := h.Store.AtomicWrite(t.Context(), w); err != nil {
				t.Errorf("repeat: %v", err)
			}
		})
		wantVersion(t, h.Store, store.Key{PK: pk, SK: "a"}, true, 1)
	})

	t.Run("a failed write may be repeated once its condition holds", func(t *testing.T) {
		pk := partition()
		w := putIf(store.VersionIs(1), row(pk, "a", 2))
		w.Token = token()
		wantFailedAt(t, h.Store.AtomicWrite(t.Context(), w), store.Key{PK: pk, SK: "a"})
		mustWrite(t, h.Store, put(row(pk, "a", 1)))
		mustWrite(t, h.Store, w)
		wantVersion(t, h.Store, store.Key{PK: pk, SK: "a"}, true, 2)
	})

	t.Run("another write under a used token is refused, not passed over", func(t *testing.T) {
		pk := partition()
		w := put(row(pk, "a", 1))
		w.Token = token()
		mustWrite(t, h.Store, w)
		others := map[string]store.Write{
			"another value":     put(row(pk, "a", 2)),
			"another key":       put(row(pk, "b", 1)),
			"another condition": putIf(store.Present, row(pk, "a", 1)),
			"one action more":   put(row(pk, "a", 1), row(pk, "b", 1)),
		}
		for name, other := range others {
			other.Token = w.Token
			if err := h.Store.AtomicWrite(t.Context(), other); !errors.Is(err, store.ErrToken) {
				t.Errorf("%s: got %v, want ErrToken", name, err)
			}
		}
		h.wantRows(t, store.Query{PK: pk}, "a")
	})
}
