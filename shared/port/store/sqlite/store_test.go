package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		c := clock.NewFake(time.Now())
		s := open(t, c)
		return storetest.Harness{Store: s, Feed: s, Clock: c}
	})
}

func TestConformanceWithLaggingIndexes(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		c := clock.NewFake(time.Now())
		rows := open(t, c)
		s := storetest.Stale(rows, c, storetest.Lag{Writes: 1})
		return storetest.Harness{Store: s, Feed: rows, Clock: c, Settle: s.CatchUp}
	})
}

func TestKilled(t *testing.T) {
	storetest.RunKilled(t, func(folder string) (storetest.Opened, error) {
		file, err := sqlitefile.Open(filepath.Join(folder, "data.sqlite"))
		if err != nil {
			return storetest.Opened{}, err
		}
		s, err := sqlite.Open(file, clock.System{})
		return storetest.Opened{Store: s, Feed: s, Close: file.Close}, err
	})
}

func TestSweep(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	file := filetest.Open(t)
	s := openOn(t, file, c)
	for n := range 6 { // more than one transaction deletes at once
		var w store.Write
		for i := range 100 {
			w.Puts = append(w.Puts, store.Put{Item: store.Item{
				Key: store.Key{PK: "T#1", SK: fmt.Sprintf("%d-%02d", n, i)}, ExpiresAt: c.Now().Add(time.Hour), Feed: i%2 == 0,
			}})
		}
		write(t, s, w)
	}
	write(t, s, store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#1", SK: "kept"}, Feed: true}}}})

	c.Advance(24 * time.Hour)
	if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d, %v before the feed's day was over", n, err)
	}
	c.Advance(time.Hour)
	if n, err := s.Sweep(t.Context()); n != 600 || err != nil {
		t.Errorf("swept %d, %v; want 600", n, err)
	}
	if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d, %v the second time", n, err)
	}
	items, _, err := s.Changes(t.Context(), "", 10)
	if err != nil || len(items) != 1 || items[0].SK != "kept" {
		t.Errorf("the feed holds %v, %v; want the row that was kept", items, err)
	}
	var left int
	if err := file.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM feed`).Scan(&left); err != nil || left != 1 {
		t.Errorf("the feed's table has %d rows, %v; want those gone too whose rows were swept", left, err)
	}
}

func TestAReaderBehindSweptRowsMissesNothing(t *testing.T) {
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := open(t, c)
	fed := func(sk string, expires time.Time) store.Write {
		return store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#1", SK: sk}, ExpiresAt: expires, Feed: true}}}}
	}
	write(t, s, fed("swept", c.Now().Add(time.Second)))
	items, position, err := s.Changes(t.Context(), "", 10)
	if err != nil || len(items) != 1 {
		t.Fatalf("Changes: %v, %v", items, err)
	}
	c.Advance(25 * time.Hour)
	if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatalf("swept %d, %v; want 1", n, err)
	}
	write(t, s, fed("new", time.Time{})) // at a position that no row had before
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if items, _, err := s.Changes(ctx, position, 10); err != nil || len(items) != 1 || items[0].SK != "new" {
		t.Errorf("behind the position came %v, %v; want the new row", items, err)
	}
}

func TestTheFeedPassesOverDeletedRowsAndWaitsForOthers(t *testing.T) {
	s := open(t, clock.NewFake(time.Now()))
	gone := store.Key{PK: "T#1", SK: "gone"}
	write(t, s, store.Write{Puts: []store.Put{{Item: store.Item{Key: gone, Feed: true}}}})
	write(t, s, store.Write{Deletes: []store.Delete{{Key: gone}}})
	came := make(chan string, 1)
	go func() {
		items, _, err := s.Changes(t.Context(), "", 1)
		if err != nil || len(items) != 1 {
			came <- fmt.Sprint(len(items), " rows, ", err)
			return
		}
		came <- items[0].SK
	}()
	write(t, s, store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#1", SK: "stays"}, Feed: true}}}})
	if got := <-came; got != "stays" {
		t.Errorf("came %s", got)
	}
}

func TestATokenIsForgottenAfterTenMinutes(t *testing.T) {
	c := clock.NewFake(time.Now())
	s := open(t, c)
	w := store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#1", SK: "a"}}, If: store.Absent}}, Token: "once"}
	write(t, s, w)
	c.Advance(10*time.Minute - time.Millisecond)
	write(t, s, w)
	c.Advance(time.Millisecond)
	if err := s.AtomicWrite(t.Context(), w); !store.FailedAt(err, w.Puts[0].Item.Key) {
		t.Errorf("got %v, want the failed condition", err)
	}
}

func TestStoresOverOneFileWakeEachOthersReaders(t *testing.T) {
	file := filetest.Open(t)
	one, two := openOn(t, file, clock.NewFake(time.Now())), openOn(t, file, clock.System{})
	came := make(chan error, 1)
	go func() {
		items, _, err := one.Changes(t.Context(), "", 1)
		if err == nil && len(items) != 1 {
			err = errors.New("no row came")
		}
		came <- err
	}()
	write(t, two, store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#1", SK: "a"}, Feed: true}}}})
	if err := <-came; err != nil {
		t.Error(err)
	}
}

func open(t testing.TB, c clock.Clock) *sqlite.Store {
	t.Helper()
	return openOn(t, filetest.Open(t), c)
}

func openOn(t testing.TB, file *sqlitefile.File, c clock.Clock) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(file, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t testing.TB, s store.Store, w store.Write) {
	t.Helper()
	if err := s.AtomicWrite(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}
