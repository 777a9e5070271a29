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

// first selects the messages that stand first in their groups and can be seen: a group whose first message is out waits. The
// planner, which does not know how long queues are, would rather sort all of them.
const first = `
	FROM messages m INDEXED BY messages_order WHERE queue = ?1 AND dead = 0 AND visible <= ?2 AND NOT EXISTS (
		SELECT 1 FROM messages e INDEXED BY messages_group WHERE e.queue = m.queue AND e.grp = m.grp AND e.dead = 0 AND e.position < m.position)`

// try takes what can be had, or else tells when the next message can be seen, if that is known. It looks first without
// taking the write lock.
func (q *Queue) try(ctx context.Context, name string, most int, visible time.Duration) ([]queue.Delivery, time.Time, error) {
	db := q.file.Reader()
	now := q.clock.Now().UnixMilli()
	var some bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1`+first+`)`, name, now).Scan(&some); err != nil {
		return nil, time.Time{}, fmt.Errorf("receive: %w", err)
	}
	if some {
		taken, err := q.take(ctx, name, most, visible)
		if err != nil || len(taken) > 0 {
			return taken, time.Time{}, err
		}
	}
	var next sql.NullInt64 // only what is out or delayed lies in the future
	err := db.QueryRowContext(ctx, `SELECT min(visible) FROM messages WHERE queue = ? AND dead = 0 AND visible > ?`, name, now).Scan(&next)
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
		if _, err := tx.ExecContext(ctx, `UPDATE messages INDEXED BY messages_receipt SET dead = 1, receipt = NULL
			WHERE queue = ? AND receipt IS NOT NULL AND visible <= ? AND receives >= ?`, name, now.UnixMilli(), queue.MaxReceives); err != nil {
			return fmt.Errorf("receive: %w", err)
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
	rows, err := tx.QueryContext(ctx, `SELECT position, id, grp, body, receives`+first+` ORDER BY position LIMIT ?3`,
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
