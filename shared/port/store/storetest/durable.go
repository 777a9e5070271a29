package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/killtest"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Opened is a store that keeps its rows in a folder of this machine.
type Opened struct {
	Store store.Store
	Feed  store.Feed
	Close func() error
}

const (
	workers = 4
	rounds  = 3
)

// RunKilled proves, for a store of this machine, that nothing acknowledged is lost and nothing is torn when its process is
// killed while it writes.
func RunKilled(t *testing.T, open func(folder string) (Opened, error)) {
	t.Run("a process killed during writes loses nothing acknowledged and leaves no half write", func(t *testing.T) {
		folder := t.TempDir()
		acknowledged := map[string]int64{} // the last of each worker
		for range rounds {
			done := killtest.Kill(t, folder, 100, func(folder string, ack func(string)) { writeUntilKilled(t, folder, open, ack) })
			for _, what := range done {
				worker, n := parseAck(t, what)
				acknowledged[worker] = max(acknowledged[worker], n)
			}
			verify(t, folder, open, acknowledged)
		}
	})
}

func parseAck(t *testing.T, what string) (worker string, n int64) {
	t.Helper()
	worker, number, _ := strings.Cut(what, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("an acknowledgement %q: %v", what, err)
	}
	return worker, n
}

// writeUntilKilled has workers that each write one after another: a counter moved by condition, two rows, and one row of
// the feed, which carry the counter's number.
func writeUntilKilled(t *testing.T, folder string, open func(string) (Opened, error), ack func(string)) {
	o, err := open(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			worker := fmt.Sprintf("worker-%d", i)
			for {
				n, err := lastOf(t.Context(), o.Store, worker)
				condition := store.VersionIs(n)
				if errors.Is(err, store.ErrNotFound) {
					n, condition, err = 0, store.Absent, nil
				}
				if err == nil {
					n++
					err = o.Store.AtomicWrite(t.Context(), killedWrite(worker, n, condition))
				}
				if err != nil {
					panic(fmt.Errorf("%s: %w", worker, err)) // the others would be killed before the test could say so
				}
				ack(fmt.Sprintf("%s %d", worker, n))
			}
		})
	}
	all.Wait()
}

func lastOf(ctx context.Context, s store.Store, worker string) (int64, error) {
	i, err := s.Get(ctx, store.Key{PK: worker, SK: "counter"})
	return i.Version, err
}

func killedWrite(worker string, n int64, condition store.Condition) store.Write {
	sk := fmt.Sprintf("%08d", n)
	change := row(worker, "change#"+sk, n)
	change.Feed = true
	b := row(worker, "b#"+sk, n)
	b.I1 = store.IndexKey{PK: worker, SK: sk}
	return putIf(condition, row(worker, "counter", n)).Add(put(row(worker, "a#"+sk, n), b, change))
}

func verify(t *testing.T, folder string, open func(string) (Opened, error), acknowledged map[string]int64) {
	t.Helper()
	o, err := open(folder)
	if err != nil {
		t.Fatalf("reopen: %v", err)
	}
	defer func() {
		if err := o.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	fed := map[string]int64{}
	total := int64(0)
	for worker, acked := range acknowledged {
		last, err := lastOf(t.Context(), o.Store, worker)
		if err != nil {
			t.Fatalf("%s: %v", worker, err)
		}
		if last < acked {
			t.Errorf("%s: %d were acknowledged and %d are there", worker, acked, last)
		}
		total += last
		for _, q := range []store.Query{
			{PK: worker, Range: store.Range{Prefix: "a#"}},
			{PK: worker, Range: store.Range{Prefix: "b#"}},
			{PK: worker, Range: store.Range{Prefix: "change#"}},
			{PK: worker, Index: store.First},
		} {
			got := walk(t, o.Store, q)
			if int64(len(got)) != last {
				t.Errorf("%s: %d rows of %+v, want the %d that the counter tells", worker, len(got), q, last)
			}
			for i, item := range got {
				if item.Version != int64(i)+1 {
					t.Fatalf("%s: row %d of %+v is %d", worker, i+1, q, item.Version)
				}
			}
		}
	}
	for _, i := range firstChanges(t, o.Feed, total) {
		if fed[i.PK]++; i.Version != fed[i.PK] {
			t.Fatalf("the feed tells %s's %d after %d", i.PK, i.Version, fed[i.PK]-1)
		}
	}
}

func firstChanges(t *testing.T, feed store.Feed, n int64) []store.Item {
	t.Helper()
	all, _ := changes(t, Harness{Feed: feed}, "", store.MaxPage, int(n))
	return all
}
