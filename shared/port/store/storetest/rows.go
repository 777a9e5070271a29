package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

func testRows(t *testing.T, h Harness) {
	t.Run("a row comes back as it was put", func(t *testing.T) {
		pk := partition()
		want := store.Item{
			Key: store.Key{PK: pk, SK: "acc#é 😀"}, Value: []byte(`{"name":"Ærø","n":1}`), Version: 7,
			I1: store.IndexKey{PK: pk + "#i", SK: "b"}, I2: store.IndexKey{PK: pk + "#j", SK: "c"},
			ExpiresAt: h.Clock.Now().Add(time.Hour).Truncate(time.Second),
		}
		mustWrite(t, h.Store, put(want))
		if diff := cmp.Diff(want, mustGet(t, h.Store, want.Key)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("a row without a value is a row", func(t *testing.T) {
		i := store.Item{Key: store.Key{PK: partition(), SK: "a"}}
		mustWrite(t, h.Store, put(i))
		if diff := cmp.Diff(i, mustGet(t, h.Store, i.Key), sameItem); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("a put takes the place of all that stood there", func(t *testing.T) {
		pk := partition()
		old := row(pk, "a", 1)
		old.I1, old.ExpiresAt = store.IndexKey{PK: pk + "#i", SK: "x"}, h.Clock.Now().Add(time.Hour)
		mustWrite(t, h.Store, put(old))
		mustWrite(t, h.Store, put(row(pk, "a", 2)))
		if diff := cmp.Diff(row(pk, "a", 2), mustGet(t, h.Store, old.Key)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		h.wantRows(t, store.Query{Index: store.First, PK: pk + "#i"})
	})

	t.Run("what was never written is not found", func(t *testing.T) {
		pk := partition()
		mustWrite(t, h.Store, put(row(pk, "a", 1)))
		mustNotFind(t, h.Store, store.Key{PK: pk, SK: "b"})
		mustNotFind(t, h.Store, store.Key{PK: partition(), SK: "a"})
		h.wantRows(t, store.Query{PK: partition()})
	})

	t.Run("a key that no row can have is not found", func(t *testing.T) {
		for _, k := range []store.Key{{}, {PK: "T#x"}, {SK: "x"}, {PK: "T#x", SK: "\xff"}, {PK: "T#x", SK: "a\x00"}} {
			mustNotFind(t, h.Store, k)
		}
	})

	t.Run("a deleted row is gone, and deleting it again is no error", func(t *testing.T) {
		i := row(partition(), "a", 1)
		mustWrite(t, h.Store, put(i))
		for range 2 {
			mustWrite(t, h.Store, store.Write{Deletes: []store.Delete{{Key: i.Key}}})
			mustNotFind(t, h.Store, i.Key)
		}
		h.wantRows(t, store.Query{PK: i.PK})
	})

	t.Run("a row and its partition show a write as soon as it is acknowledged", func(t *testing.T) {
		var all sync.WaitGroup
		for range 8 {
			pk := partition()
			all.Go(func() {
				for n := range int64(10) {
					sk := fmt.Sprintf("%02d", n)
					if err := h.Store.AtomicWrite(t.Context(), put(row(pk, sk, n))); err != nil {
						t.Errorf("AtomicWrite: %v", err)
						return
					}
					if i, err := h.Store.Get(t.Context(), store.Key{PK: pk, SK: sk}); err != nil || i.Version != n {
						t.Errorf("Get after the write: %v, %v", i, err)
					}
					if p, err := h.Store.Query(t.Context(), store.Query{PK: pk}); err != nil || len(p.Items) != int(n)+1 {
						t.Errorf("Query after the write: %d rows, %v; want %d", len(p.Items), err, n+1)
					}
				}
			})
		}
		all.Wait()
	})
}
