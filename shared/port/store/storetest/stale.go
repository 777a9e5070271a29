package storetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Lag says when index queries see a write: once so many more writes succeeded, and no sooner than For after it.
type Lag struct {
	Writes int
	For    time.Duration
}

// StaleStore is a store whose indexes lag behind, as DynamoDB's do. All else is the store's below.
type StaleStore struct {
	rows  store.Store
	clock clock.Clock
	lag   Lag

	mu      sync.Mutex
	index   *model // what index queries see
	waiting []late // what they do not see yet, in the order of writing
	writes  int
	tokens  map[string]time.Time // when the write with a token succeeded
}

type late struct {
	write store.Write
	at    time.Time
	nth   int
}

// Stale lets the indexes of a store lag behind on the clock, which is the one that the store has. It must see every write:
// wrap the store before the first one, and hand on only the wrapped one.
func Stale(rows store.Store, clock clock.Clock, lag Lag) *StaleStore {
	return &StaleStore{rows: rows, clock: clock, lag: lag, index: newModel(clock), tokens: map[string]time.Time{}}
}

// CatchUp lets index queries see all that was written so far.
func (s *StaleStore) CatchUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.waiting {
		s.index.apply(l.write)
	}
	s.waiting = nil
}

// Get reads the store below.
func (s *StaleStore) Get(ctx context.Context, k store.Key) (store.Item, error) {
	return s.rows.Get(ctx, k)
}

// AtomicWrite writes to the store below, one write after another, so that the indexes see them in the order that counts.
func (s *StaleStore) AtomicWrite(ctx context.Context, w store.Write) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.rows.AtomicWrite(ctx, w); err != nil {
		return err
	}
	now := s.clock.Now()
	if at, used := s.tokens[w.Token]; used && now.Sub(at) < tokenKeeps {
		return nil // a repeat changed nothing
	}
	if w.Token != "" {
		s.tokens[w.Token] = now
	}
	s.writes++
	s.waiting = append(s.waiting, late{copied(w), now, s.writes})
	return nil
}

// copied is what a write says now, whatever its writer does to it before the index sees it.
func copied(w store.Write) store.Write {
	w.Puts, w.Deletes, w.Checks = slices.Clone(w.Puts), slices.Clone(w.Deletes), slices.Clone(w.Checks)
	for n := range w.Puts {
		w.Puts[n].Item.Value = slices.Clone(w.Puts[n].Item.Value)
	}
	return w
}

// Query reads the store below, or the index as it was.
func (s *StaleStore) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if q.Index == store.Table {
		return s.rows.Query(ctx, q)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for now := s.clock.Now(); len(s.waiting) > 0; s.waiting = s.waiting[1:] {
		first := s.waiting[0]
		if s.writes-first.nth < s.lag.Writes || now.Sub(first.at) < s.lag.For {
			break
		}
		s.index.apply(first.write)
	}
	return s.index.Query(ctx, q)
}
