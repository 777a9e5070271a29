package storetest

import (
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

func TestTheModelKeepsThePromises(t *testing.T) {
	Run(t, func(*testing.T) Harness {
		c := clock.NewFake(time.Now())
		return Harness{Store: newModel(c), Clock: c}
	})
}

func TestALaggingStoreKeepsThePromisesOnceItCaughtUp(t *testing.T) {
	Run(t, func(*testing.T) Harness {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{Writes: 3, For: time.Minute})
		return Harness{Store: s, Clock: c, Settle: s.CatchUp}
	})
}

func TestStale(t *testing.T) {
	indexed := func(sk string) store.Write {
		i := row("T#1", sk, 1)
		i.I1 = store.IndexKey{PK: "T#1#i", SK: sk}
		return put(i)
	}
	seen := func(t *testing.T, s store.Store, want int) {
		t.Helper()
		if got := len(walk(t, s, store.Query{Index: store.First, PK: "T#1#i"})); got != want {
			t.Errorf("the index shows %d rows, want %d", got, want)
		}
	}

	t.Run("an index shows a write after so many more writes", func(t *testing.T) {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{Writes: 2})
		for n, sk := range []string{"a", "b", "c", "d"} {
			mustWrite(t, s, indexed(sk))
			seen(t, s, max(0, n-1))
		}
	})

	t.Run("an index shows a write after so long", func(t *testing.T) {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{For: time.Second})
		mustWrite(t, s, indexed("a"))
		c.Advance(time.Second - 1)
		mustWrite(t, s, indexed("b"))
		seen(t, s, 0)
		c.Advance(1)
		seen(t, s, 1)
		c.Advance(time.Second)
		seen(t, s, 2)
	})

	t.Run("an index shows deleted rows for as long", func(t *testing.T) {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{For: time.Second})
		mustWrite(t, s, indexed("a"))
		c.Advance(time.Second)
		mustWrite(t, s, store.Write{Deletes: []store.Delete{{Key: store.Key{PK: "T#1", SK: "a"}}}})
		mustNotFind(t, s, store.Key{PK: "T#1", SK: "a"})
		seen(t, s, 1)
		c.Advance(time.Second)
		seen(t, s, 0)
	})

	t.Run("the table never lags", func(t *testing.T) {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{Writes: 9})
		mustWrite(t, s, indexed("a"))
		mustGet(t, s, store.Key{PK: "T#1", SK: "a"})
		if got := len(walk(t, s, store.Query{PK: "T#1"})); got != 1 {
			t.Errorf("the table shows %d rows, want 1", got)
		}
	})

	t.Run("an index shows what was written, whatever the writer did to its buffers since", func(t *testing.T) {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{Writes: 1})
		w := indexed("a")
		mustWrite(t, s, w)
		want := string(w.Puts[0].Item.Value)
		w.Puts[0].Item.Value[0] = 'X'
		w.Puts[0].Item.I1 = store.IndexKey{}
		s.CatchUp()
		seen(t, s, 1)
		if got := string(walk(t, s, store.Query{Index: store.First, PK: "T#1#i"})[0].Value); got != want {
			t.Errorf("the index shows %s, want %s", got, want)
		}
	})

	t.Run("a repeated write shows once, and again when it was carried out again", func(t *testing.T) {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{})
		w := indexed("a")
		w.Token = "once"
		mustWrite(t, s, w)
		mustWrite(t, s, store.Write{Deletes: []store.Delete{{Key: w.Puts[0].Item.Key}}})
		mustWrite(t, s, w)
		seen(t, s, 0)
		c.Advance(tokenKeeps)
		mustWrite(t, s, w)
		seen(t, s, 1)
	})

	t.Run("a failed write never shows", func(t *testing.T) {
		c := clock.NewFake(time.Now())
		s := Stale(newModel(c), c, Lag{})
		w := indexed("a")
		w.Puts[0].If = store.Present
		wantFailedAt(t, s.AtomicWrite(t.Context(), w), w.Puts[0].Item.Key)
		seen(t, s, 0)
	})
}
