package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// testConditions tries each condition on each kind of action, against an absent row and a row of version 3.
func testConditions(t *testing.T, h Harness) {
	always := store.Condition{}
	tests := []struct {
		name                string
		condition           store.Condition
		ifAbsent, ifPresent bool // whether it holds
	}{
		{"no condition", always, true, true},
		{"absent", store.Absent, true, false},
		{"present", store.Present, false, true},
		{"its version", store.VersionIs(3), false, true},
		{"another version", store.VersionIs(2), false, false},
		{"version zero, which no absent row has", store.VersionIs(0), false, false},
	}
	actions := map[string]func(k store.Key, c store.Condition) store.Write{
		"put": func(k store.Key, c store.Condition) store.Write { return putIf(c, row(k.PK, k.SK, 9)) },
		"delete": func(k store.Key, c store.Condition) store.Write {
			return store.Write{Deletes: []store.Delete{{Key: k, If: c}}}
		},
		"check": func(k store.Key, c store.Condition) store.Write {
			return store.Write{Checks: []store.Check{{Key: k, If: c}}}
		},
	}
	for _, tt := range tests {
		for action, write := range actions {
			if action == "check" && tt.condition == always {
				continue // refused: see the limits
			}
			for present, holds := range map[bool]bool{false: tt.ifAbsent, true: tt.ifPresent} {
				name := action + " on an absent row if " + tt.name
				if present {
					name = action + " on a present row if " + tt.name
				}
				t.Run(name, func(t *testing.T) {
					pk := partition()
					k := store.Key{PK: pk, SK: "a"}
					if present {
						mustWrite(t, h.Store, put(row(pk, "a", 3)))
					}
					// Another row shows that nothing of a failed write is carried out.
					err := h.Store.AtomicWrite(t.Context(), put(row(pk, "beside", 1)).Add(write(k, tt.condition)))
					if !holds {
						wantFailedAt(t, err, k)
						mustNotFind(t, h.Store, store.Key{PK: pk, SK: "beside"})
						wantVersion(t, h.Store, k, present, 3)
						return
					}
					if err != nil {
						t.Fatalf("AtomicWrite: %v", err)
					}
					mustGet(t, h.Store, store.Key{PK: pk, SK: "beside"})
					switch action {
					case "put":
						wantVersion(t, h.Store, k, true, 9)
					case "delete":
						mustNotFind(t, h.Store, k)
					case "check":
						wantVersion(t, h.Store, k, present, 3)
					}
				})
			}
		}
	}

	t.Run("one failed condition undoes puts, deletes and all", func(t *testing.T) {
		pk := partition()
		mustWrite(t, h.Store, put(row(pk, "kept", 1), row(pk, "changed", 1)))
		w := put(row(pk, "new", 1), row(pk, "changed", 2))
		w.Deletes = []store.Delete{{Key: store.Key{PK: pk, SK: "kept"}}}
		w.Checks = []store.Check{{Key: store.Key{PK: pk, SK: "missing"}, If: store.Present}}
		wantFailedAt(t, h.Store.AtomicWrite(t.Context(), w), w.Checks[0].Key)
		want := []store.Item{row(pk, "changed", 1), row(pk, "kept", 1)}
		if diff := cmp.Diff(want, walk(t, h.Store, store.Query{PK: pk})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("the first failed condition is named, in the order puts, deletes, checks", func(t *testing.T) {
		pk := partition()
		w := store.Write{
			Puts: []store.Put{
				{Item: row(pk, "5", 1), If: store.Absent}, {Item: row(pk, "4", 1), If: store.Present}, {Item: row(pk, "3", 1), If: store.Present},
			},
			Deletes: []store.Delete{{Key: store.Key{PK: pk, SK: "2"}, If: store.Present}},
			Checks:  []store.Check{{Key: store.Key{PK: pk, SK: "1"}, If: store.Present}},
		}
		wantFailedAt(t, h.Store.AtomicWrite(t.Context(), w), store.Key{PK: pk, SK: "4"})
		w.Puts = w.Puts[:1]
		wantFailedAt(t, h.Store.AtomicWrite(t.Context(), w), store.Key{PK: pk, SK: "2"})
		w.Deletes = nil
		wantFailedAt(t, h.Store.AtomicWrite(t.Context(), w), store.Key{PK: pk, SK: "1"})
	})

	t.Run("conditions are held against what stood there before the write", func(t *testing.T) {
		pk := partition()
		mustWrite(t, h.Store, put(row(pk, "a", 1)))
		w := put(row(pk, "b", 1))
		w.Deletes = []store.Delete{{Key: store.Key{PK: pk, SK: "a"}, If: store.VersionIs(1)}}
		mustWrite(t, h.Store, w)
		h.wantRows(t, store.Query{PK: pk}, "b")
	})
}

func wantVersion(t *testing.T, s store.Store, k store.Key, found bool, version int64) {
	t.Helper()
	if !found {
		mustNotFind(t, s, k)
		return
	}
	if i := mustGet(t, s, k); i.Version != version {
		t.Errorf("version %d, want %d", i.Version, version)
	}
}
