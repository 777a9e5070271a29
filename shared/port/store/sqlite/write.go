package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// tokenKeeps is how long a repeat of a write is recognised, which is what DynamoDB promises.
const tokenKeeps = 10 * time.Minute

// AtomicWrite carries out all actions or none.
func (s *Store) AtomicWrite(ctx context.Context, w store.Write) error {
	if err := w.Validate(); err != nil {
		return err
	}
	fed := false
	err := s.file.Write(ctx, func(tx *sql.Tx) error {
		b := &batch{ctx: ctx, tx: tx, now: s.clock.Now()}
		repeated, err := b.repeats(w)
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
		s.grown.Ring()
	}
	return err
}

// batch is one write within its transaction.
type batch struct {
	ctx context.Context
	tx  *sql.Tx
	now time.Time
}

// repeats tells whether this very write was carried out before, and otherwise remembers it.
func (b *batch) repeats(w store.Write) (bool, error) {
	if w.Token == "" {
		return false, nil
	}
	sum, err := w.Fingerprint()
	if err != nil {
		return false, err
	}
	if _, err := b.exec(`DELETE FROM tokens WHERE at <= ?`, b.now.Add(-tokenKeeps).UnixMilli()); err != nil {
		return false, err
	}
	fresh, err := b.exec(`INSERT INTO tokens (token, fingerprint, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, w.Token, sum, b.now.UnixMilli())
	if err != nil || fresh == 1 {
		return false, err
	}
	var same bool
	if err := b.tx.QueryRowContext(b.ctx, `SELECT fingerprint = ? FROM tokens WHERE token = ?`, sum, w.Token).Scan(&same); err != nil {
		return false, fmt.Errorf("compare with the write before: %w", err)
	}
	if !same {
		return false, store.ErrToken
	}
	return true, nil
}

// hold fails at the first condition that does not hold, in the order puts, deletes, checks.
func (b *batch) hold(w store.Write) error {
	for _, p := range w.Puts {
		if err := b.check(p.Item.Key, p.If); err != nil {
			return err
		}
	}
	for _, d := range w.Deletes {
		if err := b.check(d.Key, d.If); err != nil {
			return err
		}
	}
	for _, c := range w.Checks {
		if err := b.check(c.Key, c.If); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) check(key store.Key, c store.Condition) error {
	if c == (store.Condition{}) {
		return nil
	}
	var version int64
	err := b.tx.QueryRowContext(b.ctx, `SELECT version FROM items WHERE pk = ? AND sk = ? AND `+unexpired,
		key.PK, key.SK, b.now.Unix()).Scan(&version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("check a condition: %w", err)
	}
	if !c.Holds(err == nil, version) {
		return &store.ConditionError{Key: key}
	}
	return nil
}

func (b *batch) carryOut(w store.Write) (fed bool, err error) {
	for _, p := range w.Puts {
		if err := b.put(p.Item); err != nil {
			return false, err
		}
		fed = fed || p.Item.Feed
	}
	for _, d := range w.Deletes {
		if _, err := b.exec(`DELETE FROM items WHERE pk = ? AND sk = ?`, d.Key.PK, d.Key.SK); err != nil {
			return false, err
		}
	}
	return fed, nil
}

func (b *batch) put(i store.Item) error {
	var expires, position any
	if !i.ExpiresAt.IsZero() {
		expires = i.ExpiresAt.Unix()
	}
	if i.Feed {
		err := b.tx.QueryRowContext(b.ctx, `INSERT INTO feed (pk, sk) VALUES (?, ?) RETURNING position`, i.PK, i.SK).Scan(&position)
		if err != nil {
			return fmt.Errorf("write to the feed: %w", err)
		}
	}
	value := i.Value
	if value == nil {
		value = []byte{}
	}
	_, err := b.exec(`INSERT OR REPLACE INTO items (pk, sk, value, version, i1pk, i1sk, i2pk, i2sk, expires, position)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		i.PK, i.SK, value, i.Version, orNull(i.I1.PK), orNull(i.I1.SK), orNull(i.I2.PK), orNull(i.I2.SK), expires, position)
	return err
}

func (b *batch) exec(query string, args ...any) (int64, error) {
	r, err := b.tx.ExecContext(b.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return r.RowsAffected()
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
