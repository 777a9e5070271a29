// Package sqlite is the embedded adapter of shared/port/store: a table of the platform's SQLite file.
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

const schema = `
CREATE TABLE IF NOT EXISTS items (
	pk TEXT NOT NULL, sk TEXT NOT NULL, value BLOB NOT NULL, version INTEGER NOT NULL,
	i1pk TEXT, i1sk TEXT, i2pk TEXT, i2sk TEXT,
	expires INTEGER,          -- seconds since 1970; NULL: never
	token TEXT NOT NULL,      -- of the write that put the row
	written INTEGER NOT NULL, -- when, in milliseconds since 1970
	PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_i1 ON items (i1pk, i1sk, pk, sk) WHERE i1pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_i2 ON items (i2pk, i2sk, pk, sk) WHERE i2pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_expires ON items (expires) WHERE expires IS NOT NULL;
CREATE TABLE IF NOT EXISTS feed (
	position INTEGER PRIMARY KEY AUTOINCREMENT, pk TEXT NOT NULL, sk TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_at ON tokens (at);`

// tokenKeeps is how long a repeat of a write is recognised, which is what DynamoDB promises.
const tokenKeeps = 10 * time.Minute

// Store implements store.Store and store.Feed.
type Store struct {
	file  *sqlitefile.File
	clock clock.Clock

	mu      sync.Mutex
	changed chan struct{} // closed when the feed grew
}

// Open prepares the tables in the file.
func Open(file *sqlitefile.File, clock clock.Clock) (*Store, error) {
	if err := file.Schema(schema); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &Store{file: file, clock: clock, changed: make(chan struct{})}, nil
}

const columns = `pk, sk, value, version, coalesce(i1pk,''), coalesce(i1sk,''), coalesce(i2pk,''), coalesce(i2sk,''), coalesce(expires,0)`

// Get returns the row, or store.ErrNotFound.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Item, error) {
	row := s.file.Reader().QueryRowContext(ctx,
		`SELECT `+columns+` FROM items WHERE pk = ? AND sk = ? AND (expires IS NULL OR expires > ?)`, key.PK, key.SK, s.clock.Now().Unix())
	item, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Item{}, store.ErrNotFound
	}
	return item, err
}

func scan(row interface{ Scan(...any) error }) (store.Item, error) {
	var i store.Item
	var expires int64
	err := row.Scan(&i.PK, &i.SK, &i.Value, &i.Version, &i.I1.PK, &i.I1.SK, &i.I2.PK, &i.I2.SK, &expires)
	if err != nil {
		return store.Item{}, err
	}
	if expires != 0 {
		i.ExpiresAt = time.Unix(expires, 0).UTC()
	}
	i.Feed = false // where a row stands in the feed is told by the feed alone
	return i, nil
}

// AtomicWrite carries out all actions or none.
func (s *Store) AtomicWrite(ctx context.Context, w store.Write) error {
	if err := w.Validate(); err != nil {
		return err
	}
	if w.Token == "" {
		w.Token = rand.Text()
	}
	fed := false
	err := s.file.Write(ctx, func(tx *sql.Tx) error {
		fed = false
		b := &batch{ctx: ctx, tx: tx, token: w.Token, now: s.clock.Now()}
		repeated, err := b.repeated()
		if err != nil || repeated {
			return err
		}
		if err := b.hold(w); err != nil {
			return err
		}
		fed, err = b.carryOut(w)
		return err
	})
	if err == nil && fed {
		s.wake()
	}
	return err
}

// batch is one write within its transaction.
type batch struct {
	ctx   context.Context
	tx    *sql.Tx
	token string
	now   time.Time
}

// repeated tells whether this very write was carried out before, and remembers it otherwise.
func (b *batch) repeated() (bool, error) {
	if _, err := b.exec(`DELETE FROM tokens WHERE at <= ?`, b.now.Add(-tokenKeeps).UnixMilli()); err != nil {
		return false, err
	}
	n, err := b.exec(`INSERT INTO tokens (token, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, b.token, b.now.UnixMilli())
	return n == 0, err
}

// hold fails at the first condition that does not hold, in the order puts, deletes, checks.
func (b *batch) hold(w store.Write) error {
	check := func(key store.Key, c store.Condition) error {
		if c == (store.Condition{}) {
			return nil
		}
		var version int64
		err := b.tx.QueryRowContext(b.ctx, `SELECT version FROM items WHERE pk = ? AND sk = ? AND (expires IS NULL OR expires > ?)`,
			key.PK, key.SK, b.now.Unix()).Scan(&version)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("check a condition: %w", err)
		}
		if !c.Holds(err == nil, version) {
			return &store.ConditionError{Key: key}
		}
		return nil
	}
	for _, p := range w.Puts {
		if err := check(p.Item.Key, p.If); err != nil {
			return err
		}
	}
	for _, d := range w.Deletes {
		if err := check(d.Key, d.If); err != nil {
			return err
		}
	}
	for _, c := range w.Checks {
		if err := check(c.Key, c.If); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) carryOut(w store.Write) (fed bool, err error) {
	for _, p := range w.Puts {
		i := p.Item
		var expires any
		if !i.ExpiresAt.IsZero() {
			expires = i.ExpiresAt.Unix()
		}
		if _, err := b.exec(
			`INSERT OR REPLACE INTO items (pk, sk, value, version, i1pk, i1sk, i2pk, i2sk, expires, token, written)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			i.PK, i.SK, nonNil(i.Value), i.Version, orNull(i.I1.PK), orNull(i.I1.SK), orNull(i.I2.PK), orNull(i.I2.SK), expires, b.token,
			b.now.UnixMilli()); err != nil {
			return false, err
		}
		if i.Feed {
			fed = true
			if _, err := b.exec(`INSERT INTO feed (pk, sk) VALUES (?, ?)`, i.PK, i.SK); err != nil {
				return false, err
			}
		}
	}
	for _, d := range w.Deletes {
		if _, err := b.exec(`DELETE FROM items WHERE pk = ? AND sk = ?`, d.Key.PK, d.Key.SK); err != nil {
			return false, err
		}
	}
	return fed, nil
}

func (b *batch) exec(query string, args ...any) (int64, error) {
	r, err := b.tx.ExecContext(b.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return r.RowsAffected()
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Query returns the rows of one partition in the order of their sort key.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Validate(); err != nil {
		return store.Page{}, err
	}
	pk, sk := "pk", "sk"
	if q.Index != store.Table {
		pk, sk = string(q.Index)+"pk", string(q.Index)+"sk"
	}
	where := []string{pk + " = ?", "(expires IS NULL OR expires > ?)"}
	args := []any{q.PK, s.clock.Now().Unix()}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.Range.Prefix != "" {
		add(sk+" >= ?", q.Range.Prefix)
		add("substr("+sk+", 1, ?) = ?", len([]rune(q.Range.Prefix)), q.Range.Prefix)
		if end := after(q.Range.Prefix); end != "" {
			add(sk+" < ?", end)
		}
	}
	if q.Range.From != "" {
		add(sk+" >= ?", q.Range.From)
	}
	if q.Range.To != "" {
		add(sk+" <= ?", q.Range.To)
	}
	order, beyond := "ASC", ">"
	if q.Descending {
		order, beyond = "DESC", "<"
	}
	if q.Cursor != "" {
		last, err := openCursor(q)
		if err != nil {
			return store.Page{}, err
		}
		add(fmt.Sprintf("(%s, pk, sk) %s (?, ?, ?)", sk, beyond), last.Sort, last.PK, last.SK)
	}
	args = append(args, q.Limit+1)
	query := `SELECT ` + columns + ` FROM items WHERE ` + strings.Join(where, " AND ") + //nolint:gosec // column names are ours
		fmt.Sprintf(` ORDER BY %s %s, pk %s, sk %s LIMIT ?`, sk, order, order, order)
	rows, err := s.file.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return store.Page{}, fmt.Errorf("query: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var page store.Page
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return store.Page{}, fmt.Errorf("query: %w", err)
		}
		page.Items = append(page.Items, item)
	}
	if err := rows.Err(); err != nil {
		return store.Page{}, fmt.Errorf("query: %w", err)
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.Next = sealCursor(q, page.Items[q.Limit-1])
	}
	return page, nil
}

// after is the first text behind everything that begins with the prefix; "" where there is none.
func after(prefix string) string {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0x7f { // plain ASCII keeps the text valid
			return string(b[:i]) + string(rune(b[i]+1))
		}
	}
	return ""
}

// Sweep deletes rows that have expired. Reads pass over them anyway; this gives their space back.
func (s *Store) Sweep(ctx context.Context) (int64, error) {
	var gone int64
	err := s.file.Write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `DELETE FROM items WHERE expires <= ?`, s.clock.Now().Unix())
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		gone, err = r.RowsAffected()
		return err
	})
	return gone, err
}
