package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

func testRanges(t *testing.T, h Harness) {
	// Sorted by bytes: upper case before lower case, and what is not ASCII behind it.
	rows := []string{"A", "a", "a#", "a#1", "a#10", "a#2", "aa", "b", "b#1", "z", "z\x7f", "\u00e9", "\ud7ff", "\ue000", "\uffff", "\U0001f600", "\U0010ffff", "\U0010ffff\U0010ffff"}
	pk := partition()
	var w store.Write
	for _, sk := range rows {
		i := row(pk, sk, 1)
		i.I1, i.I2 = store.IndexKey{PK: pk, SK: sk}, store.IndexKey{PK: pk + "#2", SK: sk}
		w = w.Add(put(i))
	}
	// Neighbouring partitions must not shine through.
	w = w.Add(put(row(pk+"#", "a", 1), row(pk+"0", "a", 1)))
	mustWrite(t, h.Store, w)

	tests := []struct {
		name string
		give store.Range
		want []string
	}{
		{"everything", store.Range{}, rows},
		{"a prefix", store.Range{Prefix: "a#"}, []string{"a#", "a#1", "a#10", "a#2"}},
		{"a prefix is not a text that sorts near", store.Range{Prefix: "a#1"}, []string{"a#1", "a#10"}},
		{"a prefix in upper case", store.Range{Prefix: "A"}, []string{"A"}},
		{"a prefix that nothing has", store.Range{Prefix: "a#3"}, nil},
		{"a prefix at the end of ASCII", store.Range{Prefix: "z"}, []string{"z", "z\x7f"}},
		{"a prefix behind ASCII", store.Range{Prefix: "\u00e9"}, []string{"\u00e9"}},
		{"a prefix before the gap of UTF-16's surrogates", store.Range{Prefix: "\ud7ff"}, []string{"\ud7ff"}},
		{"a prefix of the last character there is", store.Range{Prefix: "\U0010ffff"}, []string{"\U0010ffff", "\U0010ffff\U0010ffff"}},
		{"both ends are included", store.Range{From: "a#1", To: "b"}, []string{"a#1", "a#10", "a#2", "aa", "b"}},
		{"ends between rows", store.Range{From: "a#11", To: "a~"}, []string{"a#2", "aa"}},
		{"from", store.Range{From: "z"}, rows[9:]},
		{"to", store.Range{To: "a#"}, []string{"A", "a", "a#"}},
		{"a single row", store.Range{From: "b", To: "b"}, []string{"b"}},
		{"an end before the beginning", store.Range{From: "b", To: "a"}, nil},
		{"behind everything", store.Range{From: "\U0010ffff\U0010ffff\U0010ffff"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for x, pk := range map[store.Index]string{store.Table: pk, store.First: pk, store.Second: pk + "#2"} {
				h.wantRows(t, store.Query{Index: x, PK: pk, Range: tt.give}, tt.want...)
				backwards := slices.Clone(tt.want)
				slices.Reverse(backwards)
				h.wantRows(t, store.Query{Index: x, PK: pk, Range: tt.give, Descending: true}, backwards...)
				h.wantRows(t, store.Query{Index: x, PK: pk, Range: tt.give, Limit: 2}, tt.want...)
			}
		})
	}
}

func numbered(pk string, n int) store.Item {
	i := row(pk, fmt.Sprintf("%03d", n), int64(n))
	i.I1 = store.IndexKey{PK: pk + "#i", SK: i.SK}
	return i
}

func testPages(t *testing.T, h Harness) {
	pk := partition()
	var w store.Write
	for n := range 25 {
		w = w.Add(put(numbered(pk, n*10)))
	}
	mustWrite(t, h.Store, w)
	page := func(t *testing.T, q store.Query) store.Page {
		t.Helper()
		p, err := h.Store.Query(t.Context(), q)
		if err != nil {
			t.Fatalf("Query %+v: %v", q, err)
		}
		return p
	}

	t.Run("every page size gives the same rows", func(t *testing.T) {
		want := walk(t, h.Store, store.Query{PK: pk})
		if len(want) != 25 {
			t.Fatalf("%d rows", len(want))
		}
		for _, limit := range []int{1, 2, 3, 7, 24, 25, 26, store.MaxPage} {
			if diff := cmp.Diff(want, walk(t, h.Store, store.Query{PK: pk, Limit: limit})); diff != "" {
				t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
			}
		}
	})

	t.Run("a page without a limit holds at most a hundred rows", func(t *testing.T) {
		pk := partition()
		for range 2 {
			var w store.Write
			for range 60 {
				w = w.Add(put(row(pk, fmt.Sprintf("%09d", partitions.Add(1)), 1)))
			}
			mustWrite(t, h.Store, w)
		}
		if got := len(page(t, store.Query{PK: pk}).Items); got > store.DefaultPage {
			t.Errorf("%d rows", got)
		}
		if got := len(walk(t, h.Store, store.Query{PK: pk})); got != 120 {
			t.Errorf("%d rows in all", got)
		}
	})

	t.Run("the page size may change on the way", func(t *testing.T) {
		q := store.Query{PK: pk, Limit: 4}
		got := page(t, q)
		q.Limit, q.Cursor = 9, got.Next
		if diff := cmp.Diff(walk(t, h.Store, store.Query{PK: pk}), append(got.Items, walk(t, h.Store, q)...)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("rows that stay are met once, whatever comes and goes on the way", func(t *testing.T) {
		for _, descending := range []bool{false, true} {
			pk := partition()
			var w store.Write
			for n := range 10 {
				w = w.Add(put(numbered(pk, n*10)))
			}
			mustWrite(t, h.Store, w)
			q := store.Query{PK: pk, Limit: 3, Descending: descending}
			first := page(t, q)
			last := first.Items[len(first.Items)-1]
			// One more row before and one behind every row, and the very row at which the cursor stands is deleted.
			w = store.Write{Deletes: []store.Delete{{Key: last.Key}}}
			for n := range 10 {
				w = w.Add(put(numbered(pk, n*10+1), numbered(pk, n*10+9)))
			}
			mustWrite(t, h.Store, w)
			q.Cursor = first.Next
			seen := map[string]int{}
			for _, i := range append(first.Items, walk(t, h.Store, q)...) {
				seen[i.SK]++
			}
			for n := range 10 {
				if sk := numbered(pk, n*10).SK; seen[sk] != 1 {
					t.Errorf("descending %v: met %s %d times", descending, sk, seen[sk])
				}
			}
		}
	})

	t.Run("a cursor of another query is refused", func(t *testing.T) {
		mine := store.Query{PK: pk, Limit: 3, Range: store.Range{From: "0"}}
		cursor := page(t, mine).Next
		if cursor == "" {
			t.Fatal("no next page")
		}
		other := partition()
		mustWrite(t, h.Store, put(numbered(other, 1), numbered(other, 2)))
		h.wantRows(t, store.Query{Index: store.First, PK: other + "#i"}, "001", "002")
		for name, q := range map[string]store.Query{
			"another partition": {PK: other, Limit: 3, Range: mine.Range},
			"an index":          {Index: store.First, PK: pk, Limit: 3, Range: mine.Range},
			"another range":     {PK: pk, Limit: 3, Range: store.Range{From: "1"}},
			"no range":          {PK: pk, Limit: 3},
			"another direction": {PK: pk, Limit: 3, Range: mine.Range, Descending: true},
		} {
			q.Cursor = cursor
			if _, err := h.Store.Query(t.Context(), q); !errors.Is(err, store.ErrBadCursor) {
				t.Errorf("%s: got %v, want ErrBadCursor", name, err)
			}
		}
		for _, made := range []string{"x", "!", cursor + "x", cursor[:len(cursor)/2], "e30", "bnVsbA"} {
			q := mine
			q.Cursor = made
			if _, err := h.Store.Query(t.Context(), q); !errors.Is(err, store.ErrBadCursor) {
				t.Errorf("a made-up cursor %q: got %v, want ErrBadCursor", made, err)
			}
		}
	})
}

func testIndexes(t *testing.T, h Harness) {
	t.Run("a row stands in the indexes that it names, whole", func(t *testing.T) {
		pk := partition()
		both, second := row(pk, "both", 1), row(pk, "second", 2)
		both.I1, both.I2 = store.IndexKey{PK: pk + "#x", SK: "1"}, store.IndexKey{PK: pk + "#x", SK: "2"}
		second.I2 = store.IndexKey{PK: pk + "#x", SK: "1"}
		mustWrite(t, h.Store, put(both, second, row(pk, "none", 3)))
		h.wantRows(t, store.Query{Index: store.First, PK: pk + "#x"}, "1")
		h.wantRows(t, store.Query{Index: store.Second, PK: pk + "#x"}, "1", "2")
		got := walk(t, h.Store, store.Query{Index: store.Second, PK: pk + "#x"})
		if diff := cmp.Diff([]store.Item{second, both}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("a row moves in the index when it is put elsewhere, and leaves it when it is deleted", func(t *testing.T) {
		pk := partition()
		i := row(pk, "a", 1)
		for _, place := range []store.IndexKey{{PK: pk + "#x", SK: "1"}, {PK: pk + "#x", SK: "2"}, {PK: pk + "#y", SK: "2"}} {
			i.I1 = place
			mustWrite(t, h.Store, put(i))
			h.wantRows(t, store.Query{Index: store.First, PK: place.PK}, place.SK)
		}
		h.wantRows(t, store.Query{Index: store.First, PK: pk + "#x"})
		mustWrite(t, h.Store, store.Write{Deletes: []store.Delete{{Key: i.Key}}})
		h.wantRows(t, store.Query{Index: store.First, PK: pk + "#y"})
	})

	t.Run("rows that share a place in an index are all met, whatever the page size", func(t *testing.T) {
		pk := partition()
		var w store.Write
		for n := range 9 {
			i := row(fmt.Sprintf("%s#%d", pk, n%2), fmt.Sprint(n), int64(n))
			i.I1 = store.IndexKey{PK: pk + "#x", SK: "same"}
			w = w.Add(put(i))
		}
		mustWrite(t, h.Store, w)
		q := store.Query{Index: store.First, PK: pk + "#x"}
		h.wantRows(t, q, slices.Repeat([]string{"same"}, 9)...)
		for q.Limit = 1; q.Limit < 11; q.Limit++ {
			for _, q.Descending = range []bool{false, true} {
				seen := map[int64]int{}
				for _, i := range walk(t, h.Store, q) {
					seen[i.Version]++
				}
				for n := range int64(9) {
					if seen[n] != 1 {
						t.Errorf("pages of %d, descending %v: row %d was met %d times", q.Limit, q.Descending, n, seen[n])
					}
				}
			}
		}
	})
}
