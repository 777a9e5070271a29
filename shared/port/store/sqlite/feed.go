package sqlite

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// lookAgain is how often a waiting reader looks by itself: another process with the same file cannot wake it.
const lookAgain = time.Second

// Changes returns feed rows behind a position, in the order in which they were committed: there is one writer. It waits
// until there is something, or until the context ends.
func (s *Store) Changes(ctx context.Context, after string, limit int) ([]store.Item, string, error) {
	if limit < 1 || limit > store.MaxPage {
		return nil, "", fmt.Errorf("%w: %d changes at once", store.ErrLimit, limit)
	}
	position, err := s.position(ctx, after)
	switch {
	case ctx.Err() != nil:
		return nil, after, nil //nolint:nilerr // the end of waiting is no failure
	case err != nil:
		return nil, "", err
	}
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		grown := s.grown.Next()
		items, next, err := s.changes(ctx, position, limit)
		switch {
		case ctx.Err() != nil:
			return nil, after, nil //nolint:nilerr // the end of waiting is no failure
		case err != nil:
			return nil, "", err
		case len(items) > 0:
			return items, strconv.FormatInt(next, 10), nil
		case next != position: // only rows that were deleted
			position = next
			continue
		}
		select {
		case <-ctx.Done():
		case <-grown:
		case <-look.C:
		}
	}
}

// position reads a position that the feed gave: one that a row has, or had before it was swept.
func (s *Store) position(ctx context.Context, given string) (int64, error) {
	if given == "" {
		return 0, nil
	}
	position, err := strconv.ParseInt(given, 10, 64)
	if err != nil || position < 1 || strconv.FormatInt(position, 10) != given {
		return 0, store.ErrBadCursor
	}
	var last int64
	err = s.file.Reader().QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'feed'`).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("read the feed: %w", err)
	}
	if position > last { // who waited there would pass over what is written until then
		return 0, store.ErrBadCursor
	}
	return position, nil
}

func (s *Store) changes(ctx context.Context, position int64, limit int) ([]store.Item, int64, error) {
	// A row that is not there any more leaves nothing but its position.
	rows, err := s.file.Reader().QueryContext(ctx, `SELECT feed.position, items.pk IS NOT NULL,
			coalesce(items.pk,''), coalesce(items.sk,''), value, coalesce(version,0),
			coalesce(i1pk,''), coalesce(i1sk,''), coalesce(i2pk,''), coalesce(i2sk,''), expires
		FROM feed LEFT JOIN items ON items.pk = feed.pk AND items.sk = feed.sk
		WHERE feed.position > ? ORDER BY feed.position LIMIT ?`, position, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read the feed: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var items []store.Item
	for rows.Next() {
		var there bool
		item, err := scan(behindColumns{rows, []any{&position, &there}})
		if err != nil {
			return nil, 0, fmt.Errorf("read the feed: %w", err)
		}
		if there {
			item.Feed = true
			items = append(items, item)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, 0, fmt.Errorf("read the feed: %w", err)
	}
	return items, position, nil
}

// behindColumns scans a row whose columns of an item stand behind others.
type behindColumns struct {
	row   interface{ Scan(...any) error }
	first []any
}

func (b behindColumns) Scan(rest ...any) error { return b.row.Scan(append(b.first, rest...)...) }
