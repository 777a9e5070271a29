// Package storetest is the suite that every adapter of the store passes, and what features' own tests need of a store: an
// index that lags behind.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Harness is an adapter under test. Its rows need not be empty: each promise uses partitions of its own.
type Harness struct {
	Store store.Store
	// Clock is what the adapter tells expiry by. The suite moves it forward only.
	Clock *clock.Fake
	// Feed is nil where changes are pushed to a function, as DynamoDB's stream does.
	Feed store.Feed
	// Settle makes index reads see all that was written. Nil: the suite waits until they do.
	Settle func()
	// Lacks skips a test where what stands in for the service cannot keep this promise, although the service does. Nil: it
	// keeps all of them.
	Lacks func(t *testing.T, p Promise)
}

// Promise is one that a stand-in for a service is known not to keep.
type Promise string

// The promises that not every stand-in keeps.
const FullWrites Promise = "writes of 4 MB"

func (h Harness) needs(t *testing.T, p Promise) {
	t.Helper()
	if h.Lacks != nil {
		h.Lacks(t, p)
	}
}

// Run proves the promises of the port that need no second process. New is called once for each group of them, and
// the groups run side by side.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	groups := []struct {
		name  string
		prove func(t *testing.T, h Harness)
	}{
		{"rows", testRows},
		{"conditions", testConditions},
		{"races", testRaces},
		{"tokens", testTokens},
		{"expiry", testExpiry},
		{"ranges", testRanges},
		{"pages", testPages},
		{"indexes", testIndexes},
		{"limits", testLimits},
		{"whatever is written and read, a plain model agrees", testAgainstModel},
		{"feed", testFeed},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel() // they wait more than they work
			g.prove(t, newHarness(t))
		})
	}
}

var partitions atomic.Int64

// partition returns the key of a partition that nobody else uses, also not an earlier run on the same rows.
func partition() string {
	return fmt.Sprintf("T#storetest-%d-%d", started.UnixNano(), partitions.Add(1))
}

var started = time.Now()

// tester is what the helpers need of a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Context() context.Context
}

func row(pk, sk string, version int64) store.Item {
	return store.Item{Key: store.Key{PK: pk, SK: sk}, Version: version, Value: fmt.Appendf(nil, `{"sk":%q,"v":%d}`, sk, version)}
}

func put(items ...store.Item) store.Write {
	var w store.Write
	for _, i := range items {
		w.Puts = append(w.Puts, store.Put{Item: i})
	}
	return w
}

func putIf(c store.Condition, i store.Item) store.Write {
	return store.Write{Puts: []store.Put{{Item: i, If: c}}}
}

func mustWrite(t tester, s store.Store, w store.Write) {
	t.Helper()
	if err := s.AtomicWrite(t.Context(), w); err != nil {
		t.Fatalf("AtomicWrite: %v", err)
	}
}

func mustGet(t tester, s store.Store, k store.Key) store.Item {
	t.Helper()
	i, err := s.Get(t.Context(), k)
	if err != nil {
		t.Fatalf("Get %s %s: %v", k.PK, k.SK, err)
	}
	return i
}

func mustNotFind(t tester, s store.Store, k store.Key) {
	t.Helper()
	if i, err := s.Get(t.Context(), k); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("Get %s %s: %v, %v; want ErrNotFound", k.PK, k.SK, i, err)
	}
}

// wantFailedAt fails the test unless err is the failed condition of this key.
func wantFailedAt(t tester, err error, k store.Key) {
	t.Helper()
	if !store.FailedAt(err, k) {
		t.Fatalf("got %v, want the failed condition at %s %s", err, k.PK, k.SK)
	}
}

// walk reads all pages, and holds each to the limit and all of them to the order.
func walk(t tester, s store.Store, q store.Query) []store.Item {
	t.Helper()
	var all []store.Item
	for pages := 0; ; pages++ {
		page, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatalf("Query %+v: %v", q, err)
		}
		if most := q.Limit; most > 0 && len(page.Items) > most {
			t.Fatalf("a page of %d rows, want at most %d", len(page.Items), most)
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			break
		}
		if q.Cursor = page.Next; pages > 10_000 {
			t.Fatalf("Query %+v: no end of pages", q)
		}
	}
	for i := 1; i < len(all); i++ {
		before, after := sortKey(q.Index, all[i-1]), sortKey(q.Index, all[i])
		if q.Descending {
			before, after = after, before
		}
		if before > after {
			t.Fatalf("Query %+v: %q stands before %q", q, before, after)
		}
	}
	return all
}

func sortKey(x store.Index, i store.Item) string {
	switch x {
	case store.First:
		return i.I1.SK
	case store.Second:
		return i.I2.SK
	case store.Table:
	}
	return i.SK
}

func sortKeys(x store.Index, items []store.Item) []string {
	keys := make([]string, 0, len(items))
	for _, i := range items {
		keys = append(keys, sortKey(x, i))
	}
	return keys
}

// patience is how long the suite waits for what must come.
const patience = 10 * time.Second

// settled tries until an index shows what was written.
func (h Harness) settled(t tester, holds func() (string, bool)) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if h.Settle != nil {
			h.Settle()
		}
		complaint, ok := holds()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s", complaint)
		}
	}
}

// wantRows waits until a query gives these sort keys.
func (h Harness) wantRows(t tester, q store.Query, want ...string) {
	t.Helper()
	check := func() (string, bool) {
		diff := cmp.Diff(want, sortKeys(q.Index, walk(t, h.Store, q)), cmpopts.EquateEmpty())
		return fmt.Sprintf("Query %+v (-want +got):\n%s", q, diff), diff == ""
	}
	if q.Index == store.Table {
		if complaint, ok := check(); !ok {
			t.Fatalf("%s", complaint)
		}
		return
	}
	h.settled(t, check)
}

// sameItem compares rows; no value and an empty one are the same.
var sameItem = cmpopts.EquateEmpty()
