package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

const (
	watchClock = 50 * time.Millisecond // whether the injected clock, which may be moved, has come to what is next
	lookAgain  = time.Second           // another process with the same file cannot ring the bell
)

// Receive waits for messages and takes them. Waiting costs no reads but one every second: it is woken by what this process
// does, and watches the clock where the time of the next message is known.
func (q *Queue) Receive(ctx context.Context, name string, most int, visible time.Duration) ([]queue.Delivery, error) {
	visible, err := queue.ValidateReceive(name, most, visible)
	if err != nil {
		return nil, err
	}
	for {
		news := q.bell(name).Next()
		taken, next, err := q.try(ctx, name, most, visible)
		if ctx.Err() != nil && len(taken) == 0 {
			return nil, nil //nolint:nilerr // the end of waiting is no failure
		}
		if err != nil || len(taken) > 0 {
			return taken, err
		}
		q.wait(ctx, news, next)
	}
}

// wait returns when there is news, when the clock has come to next, and after a second at the latest.
func (q *Queue) wait(ctx context.Context, news <-chan struct{}, next time.Time) {
	again := time.NewTimer(lookAgain)
	defer again.Stop()
	var tick <-chan time.Time
	if !next.IsZero() {
		watch := time.NewTicker(watchClock)
		defer watch.Stop()
		tick = watch.C
	}
	for {
		select {
		case <-tick:
			if q.clock.Now().Before(next) {
				continue
			}
		case <-ctx.Done():
		case <-news:
		case <-again.C:
		}
		return
	}
}

// visibleHeads selects what can be had, whatever else stands in the queue. The planner, which does not know how long queues
// are, is told the index.
const visibleHeads = ` FROM messages INDEXED BY messages_head WHERE queue = ?1 AND head = 1 AND visible <= ?2`

// try takes what can be had, or else tells when the next message can be seen, if that is known. It looks first without
// taking the write lock.
func (q *Queue) try(ctx context.Context, name string, most int, visible time.Duration) ([]queue.Delivery, time.Time, error) {
	db := q.file.Reader()
	now := q.clock.Now().UnixMilli()
	var some bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1`+visibleHeads+`)`, name, now).Scan(&some); err != nil {
		return nil, time.Time{}, fmt.Errorf("receive: %w", err)
	}
	if some {
		taken, err := q.take(ctx, name, most, visible)
		if err != nil || len(taken) > 0 {
			return taken, time.Time{}, err
		}
	}
	var next sql.NullInt64
	err := db.QueryRowContext(ctx, `SELECT min(visible) FROM messages WHERE queue = ? AND head = 1 AND visible > ?`, name, now).Scan(&next)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("receive: %w", err)
	}
	if !next.Valid {
		return nil, time.Time{}, nil
	}
	return nil, time.UnixMilli(next.Int64), nil
}

func (q *Queue) take(ctx context.Context, name string, most int, visible time.Duration) (taken []queue.Delivery, err error) {
	err = q.file.Write(ctx, func(tx *sql.Tx) error {
		now := q.clock.Now()
		// What was tried often enough and not ended dies here, and its group goes on.
		groups, err := groupsOf(ctx, tx, `UPDATE messages INDEXED BY messages_receipt SET dead = 1, head = 0, receipt = NULL
			WHERE queue = ? AND receipt IS NOT NULL AND visible <= ? AND receives >= ? RETURNING grp`,
			name, now.UnixMilli(), queue.MaxReceives)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if err := moveUp(ctx, tx, name, groups); err != nil {
			return err
		}
		var positions []int64
		if taken, positions, err = foremost(ctx, tx, name, now, most); err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		for i, d := range taken {
			if _, err := tx.ExecContext(ctx, `UPDATE messages SET receives = ?, receipt = ?, visible = ? WHERE position = ?`,
				d.Receives, d.Receipt, now.Add(visible).UnixMilli(), positions[i]); err != nil {
				return fmt.Errorf("receive: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

func foremost(ctx context.Context, tx *sql.Tx, name string, now time.Time, most int) (taken []queue.Delivery, positions []int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT position, id, grp, body, receives`+visibleHeads+` ORDER BY position LIMIT ?3`,
		name, now.UnixMilli(), most)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		d := queue.Delivery{Queue: name, Receipt: rand.Text()}
		var position int64
		if err := rows.Scan(&position, &d.ID, &d.Group, &d.Body, &d.Receives); err != nil {
			return nil, nil, err
		}
		d.Receives++
		taken, positions = append(taken, d), append(positions, position)
	}
	return taken, positions, rows.Err()
}
