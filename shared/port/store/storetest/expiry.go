package storetest

import (
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

func testExpiry(t *testing.T, h Harness) {
	// onTheSecond moves the clock to the beginning of a second.
	onTheSecond := func() time.Time {
		now := h.Clock.Now()
		return h.Clock.Advance(now.Truncate(time.Second).Add(time.Second).Sub(now))
	}
	expiring := func(pk, sk string, at time.Time) store.Item {
		i := row(pk, sk, 1)
		i.ExpiresAt, i.I1 = at, store.IndexKey{PK: pk + "#i", SK: sk}
		return i
	}

	t.Run("a row is there until its second and gone from that second on", func(t *testing.T) {
		now := onTheSecond()
		i := expiring(partition(), "a", now.Add(2*time.Second))
		mustWrite(t, h.Store, put(i))
		h.Clock.Advance(2*time.Second - time.Nanosecond)
		mustGet(t, h.Store, i.Key)
		h.wantRows(t, store.Query{PK: i.PK}, "a")
		h.wantRows(t, store.Query{Index: store.First, PK: i.I1.PK}, "a")
		h.Clock.Advance(time.Nanosecond)
		mustNotFind(t, h.Store, i.Key)
		h.wantRows(t, store.Query{PK: i.PK})
		h.wantRows(t, store.Query{Index: store.First, PK: i.I1.PK})
	})

	t.Run("what is left of a second is cut off", func(t *testing.T) {
		now := onTheSecond()
		i := expiring(partition(), "a", now.Add(1999*time.Millisecond))
		mustWrite(t, h.Store, put(i))
		if got, want := mustGet(t, h.Store, i.Key).ExpiresAt, now.Add(time.Second); !got.Equal(want) {
			t.Errorf("expires at %s, want %s", got, want)
		}
		h.Clock.Advance(time.Second)
		mustNotFind(t, h.Store, i.Key)
	})

	t.Run("a row that was put expired was never there", func(t *testing.T) {
		i := expiring(partition(), "a", onTheSecond())
		mustWrite(t, h.Store, put(i))
		mustNotFind(t, h.Store, i.Key)
	})

	t.Run("conditions see no expired row", func(t *testing.T) {
		tests := []struct {
			name      string
			condition store.Condition
			holds     bool
		}{
			{"absent", store.Absent, true},
			{"present", store.Present, false},
			{"its version", store.VersionIs(1), false},
			{"none", store.Condition{}, true},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				i := expiring(partition(), "a", onTheSecond().Add(time.Second))
				mustWrite(t, h.Store, put(i))
				h.Clock.Advance(time.Second)
				writes := []store.Write{
					{Deletes: []store.Delete{{Key: i.Key, If: tt.condition}}},
					putIf(tt.condition, row(i.PK, i.SK, 2)),
				}
				if tt.condition != (store.Condition{}) {
					writes = append([]store.Write{{Checks: []store.Check{{Key: i.Key, If: tt.condition}}}}, writes...)
				}
				for _, w := range writes {
					err := h.Store.AtomicWrite(t.Context(), w)
					if !tt.holds {
						wantFailedAt(t, err, i.Key)
					} else if err != nil {
						t.Errorf("AtomicWrite: %v", err)
					}
				}
				wantVersion(t, h.Store, i.Key, tt.holds, 2)
			})
		}
	})

	t.Run("a row put again lives by its new expiry alone", func(t *testing.T) {
		now := onTheSecond()
		pk := partition()
		mustWrite(t, h.Store, put(expiring(pk, "longer", now.Add(time.Second)), expiring(pk, "forever", now.Add(time.Second))))
		mustWrite(t, h.Store, put(expiring(pk, "longer", now.Add(time.Minute)), row(pk, "forever", 2)))
		h.Clock.Advance(time.Second)
		h.wantRows(t, store.Query{PK: pk}, "forever", "longer")
		h.Clock.Advance(time.Hour)
		h.wantRows(t, store.Query{PK: pk}, "forever")
	})

	t.Run("pages pass over expired rows", func(t *testing.T) {
		now := onTheSecond()
		pk := partition()
		var w store.Write
		for _, sk := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
			w = w.Add(put(expiring(pk, sk, now.Add(time.Second))))
		}
		mustWrite(t, h.Store, w.Add(put(row(pk, "0", 1), row(pk, "45", 1), row(pk, "9", 1))))
		h.Clock.Advance(time.Second)
		for limit := 1; limit < 5; limit++ {
			h.wantRows(t, store.Query{PK: pk, Limit: limit}, "0", "45", "9")
			h.wantRows(t, store.Query{PK: pk, Limit: limit, Descending: true}, "9", "45", "0")
		}
	})
}
