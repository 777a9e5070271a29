package rest_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// rows is the part of a store that these tests need, in memory.
type rows struct {
	store.Store
	mu  sync.Mutex
	all map[store.Key]store.Item
	now func() time.Time
}

func (r *rows) Get(_ context.Context, key store.Key) (store.Item, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	item, ok := r.find(key)
	if !ok {
		return store.Item{}, store.ErrNotFound
	}
	return item, nil
}

func (r *rows) AtomicWrite(_ context.Context, w store.Write) error {
	if err := w.Validate(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	holds := func(k store.Key, c store.Condition) error {
		if item, ok := r.find(k); !c.Holds(ok, item.Version) {
			return &store.ConditionError{Key: k}
		}
		return nil
	}
	for _, p := range w.Puts {
		if err := holds(p.Item.Key, p.If); err != nil {
			return err
		}
	}
	for _, d := range w.Deletes {
		if err := holds(d.Key, d.If); err != nil {
			return err
		}
	}
	for _, p := range w.Puts {
		r.all[p.Item.Key] = p.Item
	}
	for _, d := range w.Deletes {
		delete(r.all, d.Key)
	}
	return nil
}

func (r *rows) find(k store.Key) (store.Item, bool) {
	item, ok := r.all[k]
	if ok && !item.ExpiresAt.IsZero() && !item.ExpiresAt.After(r.now()) {
		return store.Item{}, false
	}
	return item, ok
}

func newRows(t *testing.T, now func() time.Time) *rows {
	t.Helper()
	return &rows{all: map[store.Key]store.Item{}, now: now}
}
