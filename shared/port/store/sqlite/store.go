// Package sqlite is the embedded adapter of shared/port/store: a table of the platform's SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

const schema = `
CREATE TABLE IF NOT EXISTS items (
	pk TEXT NOT NULL, sk TEXT NOT NULL, value BLOB NOT NULL, version INTEGER NOT NULL,
	i1pk TEXT, i1sk TEXT, i2pk TEXT, i2sk TEXT,
	expires INTEGER,  -- seconds since 1970; NULL: never
	position INTEGER, -- in the feed; NULL: nowhere
	PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_i1 ON items (i1pk, i1sk, pk, sk) WHERE i1pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_i2 ON items (i2pk, i2sk, pk, sk) WHERE i2pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_expires ON items (expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS feed (
	position INTEGER PRIMARY KEY AUTOINCREMENT, pk TEXT NOT NULL, sk TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, fingerprint BLOB NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_at ON tokens (at);`

// Store implements store.Store and store.Feed.
type Store struct {
	file  *sqlitefile.File
	clock clock.Clock
	grown *sqlitefile.Bell // rings when the feed grew
}

// Open prepares the tables in the file. Stores over one file share their rows, whatever their clocks.
func Open(file *sqlitefile.File, clock clock.Clock) (*Store, error) {
	if err := file.Schema(schema); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &Store{file: file, clock: clock, grown: file.Bell("store/feed")}, nil
}

const (
	columns   = `pk, sk, value, version, coalesce(i1pk,''), coalesce(i1sk,''), coalesce(i2pk,''), coalesce(i2sk,''), expires`
	unexpired = `(expires IS NULL OR expires > ?)`
)

// Get returns the row, or store.ErrNotFound.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if key.Validate() != nil {
		return store.Item{}, store.ErrNotFound
	}
	row := s.file.Reader().QueryRowContext(ctx,
		`SELECT `+columns+` FROM items WHERE pk = ? AND sk = ? AND `+unexpired, key.PK, key.SK, s.clock.Now().Unix())
	item, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Item{}, store.ErrNotFound
	}
	if err != nil {
		return store.Item{}, fmt.Errorf("get: %w", err)
	}
	return item, nil
}

func scan(row interface{ Scan(...any) error }) (store.Item, error) {
	var i store.Item
	var expires sql.NullInt64
	err := row.Scan(&i.PK, &i.SK, &i.Value, &i.Version, &i.I1.PK, &i.I1.SK, &i.I2.PK, &i.I2.SK, &expires)
	if expires.Valid {
		i.ExpiresAt = time.Unix(expires.Int64, 0).UTC()
	}
	return i, err
}

// sweepAfter leaves the rows of the feed there for the day that the port promises.
const (
	sweepAfter = 24 * time.Hour
	sweepAt    = 500 // rows in one transaction, so that writers do not wait for long
)

// Sweep deletes rows that expired more than a day ago and returns how many. Reads pass over them anyway; this gives their
// space back.
func (s *Store) Sweep(ctx context.Context) (int64, error) {
	const gone = ` FROM items WHERE expires <= ? ORDER BY expires, pk, sk LIMIT ?`
	before := s.clock.Now().Add(-sweepAfter).Unix()
	for total := int64(0); ; {
		var swept int64
		err := s.file.Write(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `DELETE FROM feed WHERE position IN (SELECT position`+gone+`)`, before, sweepAt); err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
			r, err := tx.ExecContext(ctx, `DELETE FROM items WHERE (pk, sk) IN (SELECT pk, sk`+gone+`)`, before, sweepAt)
			if err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
			swept, err = r.RowsAffected()
			return err
		})
		total += swept
		if err != nil || swept < sweepAt {
			return total, err
		}
	}
}
