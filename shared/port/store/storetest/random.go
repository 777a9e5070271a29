package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// testAgainstModel writes and reads at random and compares every answer with that of the model.
func testAgainstModel(t *testing.T, h Harness) {
	rapid.Check(t, func(t *rapid.T) {
		g := generator{partition: partition()}
		plain := newModel(h.Clock)
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				w := g.write(t, h.Clock.Now())
				got, want := h.Store.AtomicWrite(t.Context(), w), plain.AtomicWrite(t.Context(), w)
				if !sameFailure(got, want) {
					t.Fatalf("%+v: got %v, want %v", w, got, want)
				}
			},
			"get": func(t *rapid.T) {
				k := g.key(t)
				got, gotErr := h.Store.Get(t.Context(), k)
				want, wantErr := plain.Get(t.Context(), k)
				if diff := cmp.Diff(want, got, sameItem); diff != "" || !errors.Is(gotErr, wantErr) {
					t.Fatalf("%v: got %v, want %v (-want +got):\n%s", k, gotErr, wantErr, diff)
				}
			},
			"query": func(t *rapid.T) {
				q := g.query(t)
				want := rows(walk(t, plain, q), q)
				compare := func() (string, bool) {
					diff := cmp.Diff(want, rows(walk(t, h.Store, q), q), sameItem)
					return fmt.Sprintf("%+v (-want +got):\n%s", q, diff), diff == ""
				}
				if q.Index != store.Table {
					h.settled(t, compare)
				} else if complaint, ok := compare(); !ok {
					t.Fatalf("%s", complaint)
				}
			},
			"time passes": func(t *rapid.T) {
				h.Clock.Advance(time.Duration(rapid.IntRange(1, 3000).Draw(t, "ms")) * time.Millisecond)
			},
		})
	})
}

// rows brings rows that share a place in an index, whose order is open, into one order.
func rows(items []store.Item, q store.Query) []store.Item {
	slices.SortStableFunc(items, func(a, b store.Item) int {
		return place{sortKey(q.Index, a), a.PK, a.SK}.compare(place{sortKey(q.Index, b), b.PK, b.SK})
	})
	return items
}

// sameFailure compares how a write ended with what the model says. One that does not know is right either way; what is read
// behind it shows whether it was carried out as the model says.
func sameFailure(got, want error) bool {
	var g, w *store.ConditionError
	if errors.As(got, &g) && errors.As(want, &w) {
		return *g == *w
	}
	return got == nil && want == nil || errors.Is(got, store.ErrUnknown)
}

// generator draws from few keys, so that writes meet.
type generator struct{ partition string }

var sorts = []string{"a", "a#1", "a#10", "a#2", "ab", "b", "\u00e9", "\U0010ffff"}

func (g generator) pk(t *rapid.T) string {
	return g.partition + rapid.SampledFrom([]string{"#x", "#xy"}).Draw(t, "pk")
}

func (g generator) key(t *rapid.T) store.Key {
	return store.Key{PK: g.pk(t), SK: rapid.SampledFrom(sorts).Draw(t, "sk")}
}

func (g generator) indexKey(t *rapid.T) store.IndexKey {
	if rapid.Bool().Draw(t, "nowhere") {
		return store.IndexKey{}
	}
	return store.IndexKey(g.key(t))
}

func (g generator) condition(t *rapid.T) store.Condition {
	return rapid.SampledFrom([]store.Condition{
		{}, {}, store.Absent, store.Present, store.VersionIs(0), store.VersionIs(1),
	}).Draw(t, "condition")
}

func (g generator) write(t *rapid.T, now time.Time) store.Write {
	var w store.Write
	keys := rapid.SliceOfNDistinct(rapid.Custom(g.key), 1, 6, rapid.ID).Draw(t, "keys")
	for _, k := range keys {
		switch rapid.IntRange(0, 4).Draw(t, "action") {
		case 0:
			w.Deletes = append(w.Deletes, store.Delete{Key: k, If: g.condition(t)})
		case 1:
			if c := g.condition(t); c != (store.Condition{}) {
				w.Checks = append(w.Checks, store.Check{Key: k, If: c})
				continue
			}
			fallthrough
		default:
			i := store.Item{
				Key: k, Value: rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "value"), Version: rapid.Int64Range(0, 1).Draw(t, "version"),
				I1: g.indexKey(t), I2: g.indexKey(t),
			}
			if rapid.IntRange(0, 3).Draw(t, "expires") == 0 {
				i.ExpiresAt = now.Add(time.Duration(rapid.IntRange(-1000, 6000).Draw(t, "ms")) * time.Millisecond)
			}
			w.Puts = append(w.Puts, store.Put{Item: i, If: g.condition(t)})
		}
	}
	return w
}

func (g generator) query(t *rapid.T) store.Query {
	q := store.Query{
		Index: rapid.SampledFrom([]store.Index{store.Table, store.Table, store.First, store.Second}).Draw(t, "index"),
		PK:    g.pk(t), Limit: rapid.IntRange(0, 9).Draw(t, "limit"), Descending: rapid.Bool().Draw(t, "descending"),
	}
	end := rapid.SampledFrom(append([]string{"", "a#", "aa"}, sorts...))
	if rapid.Bool().Draw(t, "by prefix") {
		q.Range.Prefix = end.Draw(t, "prefix")
	} else {
		q.Range.From, q.Range.To = end.Draw(t, "from"), end.Draw(t, "to")
	}
	return q
}

var _ tester = (*rapid.T)(nil)
var _ store.Store = (*model)(nil)
