package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

func testLimits(t *testing.T, h Harness) {
	many := func(pk string, n, bytesEach int) store.Write {
		var w store.Write
		for i := range n {
			w.Puts = append(w.Puts, store.Put{Item: store.Item{
				Key: store.Key{PK: pk, SK: fmt.Sprintf("%03d", i)}, Value: bytes.Repeat([]byte("x"), bytesEach),
			}})
		}
		return w
	}
	withToken := func(token string, w store.Write) store.Write {
		w.Token = token
		return w
	}
	at := func(pk, sk string) store.Write { return put(row(pk, sk, 1)) }
	indexed := func(pk string, first store.IndexKey) store.Write {
		i := row(pk, "a", 1)
		i.I1 = first
		return put(i)
	}
	const kilobyte, fourMegabytes = 1 << 10, "4 MB"
	full := func(pk string, length int) string { return pk + strings.Repeat("k", length-len(pk)) }

	tests := []struct {
		name string
		give func(pk string) store.Write
		fits bool
	}{
		{"100 actions", func(pk string) store.Write { return many(pk, 100, 1) }, true},
		{"101 actions", func(pk string) store.Write { return many(pk, 101, 1) }, false},
		{"101 actions of different kinds", func(pk string) store.Write {
			w := many(pk, 99, 1)
			w.Deletes = []store.Delete{{Key: store.Key{PK: pk, SK: "d"}}}
			w.Checks = []store.Check{{Key: store.Key{PK: pk, SK: "c"}, If: store.Absent}}
			return w
		}, false},
		{"a token and 99 actions", func(pk string) store.Write { return withToken(pk, many(pk, 99, 1)) }, true},
		{"a token and 100 actions", func(pk string) store.Write { return withToken(pk, many(pk, 100, 1)) }, false},
		{"a token of 37 characters", func(pk string) store.Write { return withToken(strings.Repeat("t", 37), at(pk, "a")) }, false},
		{"a row of 399 KB", func(pk string) store.Write { return many(pk, 1, 399*kilobyte) }, true},
		{"a row of 400 KB without its keys", func(pk string) store.Write { return many(pk, 1, 400*kilobyte) }, false},
		{fourMegabytes, func(pk string) store.Write { return many(pk, 10, 399*kilobyte) }, true},
		{"more than 4 MB", func(pk string) store.Write { return many(pk, 11, 399*kilobyte) }, false},
		{"a partition key of 2,048 bytes", func(pk string) store.Write { return at(full(pk, 2048), "a") }, true},
		{"a partition key of 2,049 bytes", func(pk string) store.Write { return at(full(pk, 2049), "a") }, false},
		{"a sort key of 1,024 bytes", func(pk string) store.Write { return at(pk, full("s", 1024)) }, true},
		{"a sort key of 1,025 bytes", func(pk string) store.Write { return at(pk, full("s", 1025)) }, false},
		{"no partition key", func(string) store.Write { return at("", "a") }, false},
		{"no sort key", func(pk string) store.Write { return at(pk, "") }, false},
		{"a key that is not UTF-8", func(pk string) store.Write { return at(pk, "\xff") }, false},
		{"a key with NUL", func(pk string) store.Write { return at(pk, "a\x00b") }, false},
		{"an index key at its limits", func(pk string) store.Write {
			return indexed(pk, store.IndexKey{PK: full(pk, 2048), SK: full("s", 1024)})
		}, true},
		{"an index key beyond its limits", func(pk string) store.Write {
			return indexed(pk, store.IndexKey{PK: pk, SK: full("s", 1025)})
		}, false},
		{"half an index key", func(pk string) store.Write { return indexed(pk, store.IndexKey{PK: pk}) }, false},
		{"the other half of an index key", func(pk string) store.Write { return indexed(pk, store.IndexKey{SK: "s"}) }, false},
		{"two puts on one key", func(pk string) store.Write { return at(pk, "a").Add(at(pk, "a")) }, false},
		{"put and delete on one key", func(pk string) store.Write {
			return at(pk, "a").Add(store.Write{Deletes: []store.Delete{{Key: store.Key{PK: pk, SK: "a"}}}})
		}, false},
		{"put and check on one key", func(pk string) store.Write {
			return at(pk, "a").Add(store.Write{Checks: []store.Check{{Key: store.Key{PK: pk, SK: "a"}, If: store.Absent}}})
		}, false},
		{"a check without a condition", func(pk string) store.Write {
			return at(pk, "a").Add(store.Write{Checks: []store.Check{{Key: store.Key{PK: pk, SK: "b"}}}})
		}, false},
		{"nothing", func(string) store.Write { return store.Write{} }, false},
	}
	for _, tt := range tests {
		t.Run("write "+tt.name, func(t *testing.T) {
			if tt.name == fourMegabytes {
				h.needs(t, FullWrites)
			}
			// At most 36 characters, to serve as a token too.
			pk := fmt.Sprintf("T#%d-%d", started.UnixNano(), partitions.Add(1))
			w := tt.give(pk)
			err := h.Store.AtomicWrite(t.Context(), w)
			if tt.fits != (err == nil) || !tt.fits && !errors.Is(err, store.ErrLimit) {
				t.Fatalf("got %v", err)
			}
			if !tt.fits {
				h.wantRows(t, store.Query{PK: pk})
				return
			}
			for _, p := range w.Puts {
				if got := mustGet(t, h.Store, p.Item.Key); !bytes.Equal(got.Value, p.Item.Value) {
					t.Errorf("%s came back with %d bytes", p.Item.SK, len(got.Value))
				}
			}
		})
	}

	pk := partition()
	for name, q := range map[string]store.Query{
		"no partition":            {},
		"a long partition key":    {PK: full(pk, 2049)},
		"no such index":           {PK: pk, Index: "i3"},
		"a page of 1,001":         {PK: pk, Limit: store.MaxPage + 1},
		"a page of less than one": {PK: pk, Limit: -1},
		"a prefix and an end":     {PK: pk, Range: store.Range{Prefix: "a", To: "b"}},
		"a prefix beyond keys":    {PK: pk, Range: store.Range{Prefix: full("s", 1025)}},
		"an end that is not text": {PK: pk, Range: store.Range{To: "\xff"}},
	} {
		t.Run("query "+name, func(t *testing.T) {
			if _, err := h.Store.Query(t.Context(), q); !errors.Is(err, store.ErrLimit) {
				t.Errorf("got %v, want ErrLimit", err)
			}
		})
	}
}
