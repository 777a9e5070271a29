package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
)

func TestFilteredPagesHoldEveryKeptRowOnceAndInOrder(t *testing.T) {
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "rows.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := sqlite.Open(file, clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var w store.Write
	for n := range 100 {
		w.Puts = append(w.Puts, store.Put{Item: store.Item{Key: store.Key{PK: "T#x", SK: fmt.Sprintf("%02d", n)}, Value: []byte("{}"), Version: int64(n)}})
	}
	if err := rows.AtomicWrite(ctx, w); err != nil {
		t.Fatal(err)
	}
	for name, every := range map[string]int64{"all": 1, "some": 3, "few": 40, "none": 1000} {
		for _, limit := range []int{1, 2, 7, 100, 500} {
			for _, descending := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s by %d, descending %v", name, limit, descending), func(t *testing.T) {
					keep := func(i store.Item) (bool, error) { return i.Version%every == every/2, nil }
					var want, got []int64
					for n := range int64(100) {
						at := n
						if descending {
							at = 99 - n
						}
						if at%every == every/2 {
							want = append(want, at)
						}
					}
					q := store.Query{PK: "T#x", Descending: descending}
					for pages := 0; ; pages++ {
						page, err := store.Filtered(ctx, rows, q, limit, keep)
						if err != nil || len(page.Items) > limit || pages > 100 {
							t.Fatalf("page %d of %d rows: %v", pages, len(page.Items), err)
						}
						for _, i := range page.Items {
							got = append(got, i.Version)
						}
						if page.Next == "" {
							break
						}
						q.Cursor = page.Next
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Fatal(diff)
					}
				})
			}
		}
	}
}
