package sqlite_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// FuzzCursor hands in cursors as a client could send them: whatever one holds, it opens no other partition.
func FuzzCursor(f *testing.F) {
	s := open(f, clock.NewFake(time.Now()))
	var w store.Write
	for _, pk := range []string{"T#mine", "T#other"} {
		for n := range 5 {
			sk := fmt.Sprint(n)
			w.Puts = append(w.Puts, store.Put{Item: store.Item{Key: store.Key{PK: pk, SK: sk}, I1: store.IndexKey{PK: pk, SK: sk}}})
		}
	}
	write(f, s, w)
	for _, q := range []store.Query{{PK: "T#mine", Limit: 2}, {PK: "T#mine", Limit: 2, Index: store.First}, {PK: "T#other", Limit: 2}} {
		page, err := s.Query(f.Context(), q)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page.Next)
		inside, err := base64.RawURLEncoding.DecodeString(page.Next)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(base64.RawURLEncoding.EncodeToString(append(inside, inside...)))
	}
	f.Add("null")
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, index := range []store.Index{store.Table, store.First} {
			for _, descending := range []bool{false, true} {
				page, err := s.Query(t.Context(), store.Query{PK: "T#mine", Limit: 2, Index: index, Descending: descending, Cursor: cursor})
				if err != nil && !errors.Is(err, store.ErrBadCursor) {
					t.Fatalf("got %v, want a page or ErrBadCursor", err)
				}
				for _, i := range page.Items {
					if i.PK != "T#mine" {
						t.Fatalf("the cursor opened %s", i.PK)
					}
				}
			}
		}
	})
}
