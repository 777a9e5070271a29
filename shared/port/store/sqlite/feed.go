package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Changes returns feed rows behind a position, in the order in which they were committed: there is one writer. It waits
// until there is something, or until the context ends.
func (s *Store) Changes(ctx context.Context, after string, limit int) ([]store.Item, string, error) {
	var position int64
	if after != "" {
		var err error
		if position, err = strconv.ParseInt(after, 10, 64); err != nil {
			return nil, "", store.ErrBadCursor
		}
	}
	for {
		grown := s.growth()
		items, next, err := s.changes(ctx, position, limit)
		if err != nil || next != position {
			return items, strconv.FormatInt(next, 10), err
		}
		select {
		case <-ctx.Done():
			return nil, after, nil //nolint:nilerr // the end of waiting is no failure
		case <-grown:
		}
	}
}

func (s *Store) changes(ctx context.Context, position int64, limit int) ([]store.Item, int64, error) {
	rows, err := s.file.Reader().QueryContext(ctx,
		`SELECT position, pk, sk FROM feed WHERE position > ? ORDER BY position LIMIT ?`, position, limit)
	if err != nil {
		if ctx.Err() != nil {
			return nil, position, nil //nolint:nilerr // the end of waiting is no failure
		}
		return nil, position, fmt.Errorf("read the feed: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var keys []store.Key
	for rows.Next() {
		var k store.Key
		if err := rows.Scan(&position, &k.PK, &k.SK); err != nil {
			return nil, position, fmt.Errorf("read the feed: %w", err)
		}
		keys = append(keys, k)
	}
	if err := rows.Err(); err != nil {
		return nil, position, fmt.Errorf("read the feed: %w", err)
	}
	items := make([]store.Item, 0, len(keys))
	for _, k := range keys {
		item, err := scan(s.file.Reader().QueryRowContext(ctx, `SELECT `+columns+` FROM items WHERE pk = ? AND sk = ?`, k.PK, k.SK))
		if errors.Is(err, sql.ErrNoRows) {
			continue // expired and swept before it was read
		}
		if err != nil {
			return nil, position, fmt.Errorf("read the feed: %w", err)
		}
		item.Feed = true
		items = append(items, item)
	}
	return items, position, nil
}

func (s *Store) growth() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Store) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}
