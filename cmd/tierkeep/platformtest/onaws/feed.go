package onaws

import (
	"context"
	"strconv"
	"sync"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Feed stands before a store and gives the change rows that went through it in their order, as the table's stream pushes
// them to the publisher's function.
type Feed struct {
	store.Store
	mu   sync.Mutex
	rows []store.Item
}

// AtomicWrite implements store.Store.
func (f *Feed) AtomicWrite(ctx context.Context, w store.Write) error {
	f.mu.Lock() // writes go through one by one, so that those of one partition keep their order
	defer f.mu.Unlock()
	if err := f.Store.AtomicWrite(ctx, w); err != nil {
		return err
	}
	for _, p := range w.Puts {
		if p.Item.Feed {
			f.rows = append(f.rows, p.Item)
		}
	}
	return nil
}

// Changes implements store.Feed, but that it never waits.
func (f *Feed) Changes(_ context.Context, after string, limit int) ([]store.Item, string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from := 0
	if after != "" {
		var err error
		if from, err = strconv.Atoi(after); err != nil || from > len(f.rows) {
			return nil, "", store.ErrBadCursor
		}
	}
	to := min(len(f.rows), from+limit)
	return f.rows[from:to:to], strconv.Itoa(to), nil
}
