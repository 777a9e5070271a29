// Package sqlite is the embedded adapter of shared/port/queue: a table of the platform's SQLite file.
package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
)

const schema = `
CREATE TABLE IF NOT EXISTS messages (
	position INTEGER PRIMARY KEY AUTOINCREMENT, -- order of sending
	queue TEXT NOT NULL, id TEXT NOT NULL, grp TEXT NOT NULL, body BLOB NOT NULL,
	receives INTEGER NOT NULL DEFAULT 0,
	receipt TEXT,                               -- of the latest delivery
	visible INTEGER NOT NULL,                   -- from when it can be received, in milliseconds since 1970
	dead INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS messages_waiting ON messages (queue, dead, position);
CREATE INDEX IF NOT EXISTS messages_group ON messages (queue, grp, dead, position);
CREATE TABLE IF NOT EXISTS sent (queue TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (queue, id)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sent_at ON sent (at);`

const (
	dedupeWindow = 5 * time.Minute
	maxMessages  = 10
	lookAgain    = 50 * time.Millisecond // while waiting for a delay or a delivery of a moved clock to end
)

// Queue implements queue.Queue.
type Queue struct {
	file  *sqlitefile.File
	clock clock.Clock

	mu   sync.Mutex
	sent chan struct{} // closed when something became visible
}

// Open prepares the tables in the file.
func Open(file *sqlitefile.File, clock clock.Clock) (*Queue, error) {
	if err := file.Schema(schema); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return &Queue{file: file, clock: clock, sent: make(chan struct{})}, nil
}

// Send puts messages at the end of their groups.
func (q *Queue) Send(ctx context.Context, name string, messages ...queue.Message) error {
	if err := queue.ValidateSend(name, messages); err != nil {
		return err
	}
	err := q.file.Write(ctx, func(tx *sql.Tx) error {
		now := q.clock.Now().UnixMilli()
		if _, err := tx.ExecContext(ctx, `DELETE FROM sent WHERE at <= ?`, now-dedupeWindow.Milliseconds()); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		for _, m := range messages {
			r, err := tx.ExecContext(ctx, `INSERT INTO sent (queue, id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, name, m.ID, now)
			if err != nil {
				return fmt.Errorf("send: %w", err)
			}
			fresh, err := r.RowsAffected()
			if err != nil || fresh == 0 {
				if err != nil {
					return fmt.Errorf("send: %w", err)
				}
				continue
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO messages (queue, id, grp, body, visible) VALUES (?, ?, ?, ?, ?)`,
				name, m.ID, m.Group, m.Body, now); err != nil {
				return fmt.Errorf("send: %w", err)
			}
		}
		return nil
	})
	if err == nil {
		q.wake()
	}
	return err
}

// Receive waits for messages and takes them.
func (q *Queue) Receive(ctx context.Context, name string, max int, visible time.Duration) ([]queue.Delivery, error) {
	if max < 1 || max > maxMessages || visible <= 0 {
		return nil, fmt.Errorf("%w: receive 1 to 10 messages for some time", queue.ErrLimit)
	}
	for {
		news := q.news()
		waiting, err := q.waiting(ctx, name)
		if err != nil {
			if ctx.Err() != nil {
				return nil, nil //nolint:nilerr // the end of waiting is no failure
			}
			return nil, err
		}
		if waiting {
			taken, err := q.take(ctx, name, max, visible)
			if err != nil || len(taken) > 0 {
				return taken, err
			}
		}
		again := time.NewTimer(lookAgain)
		select {
		case <-ctx.Done():
		case <-news:
		case <-again.C:
		}
		again.Stop()
		if ctx.Err() != nil {
			return nil, nil
		}
	}
}

// first selects the messages that stand first in their groups and can be seen: a group whose first message is out waits.
const first = `
	FROM messages m WHERE queue = ?1 AND dead = 0 AND visible <= ?2 AND NOT EXISTS (
		SELECT 1 FROM messages e WHERE e.queue = m.queue AND e.grp = m.grp AND e.dead = 0 AND e.position < m.position)`

// waiting looks without taking the write lock, so that idle consumers cost a read.
func (q *Queue) waiting(ctx context.Context, name string) (bool, error) {
	var some bool
	err := q.file.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1`+first+`)`, name, q.clock.Now().UnixMilli()).Scan(&some)
	if err != nil {
		return false, fmt.Errorf("receive: %w", err)
	}
	return some, nil
}

func (q *Queue) take(ctx context.Context, name string, max int, visible time.Duration) ([]queue.Delivery, error) {
	var taken []queue.Delivery
	err := q.file.Write(ctx, func(tx *sql.Tx) error {
		taken = nil
		now := q.clock.Now()
		// What was tried often enough dies here, and its group goes on.
		if _, err := tx.ExecContext(ctx, `UPDATE messages SET dead = 1, receipt = NULL
			WHERE queue = ? AND dead = 0 AND receives >= ? AND visible <= ?`, name, queue.MaxReceives, now.UnixMilli()); err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		rows, err := tx.QueryContext(ctx, `SELECT position, id, grp, body, receives`+first+` ORDER BY position LIMIT ?3`,
			name, now.UnixMilli(), max)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		defer func() { _ = rows.Close() }()
		var positions []int64
		for rows.Next() {
			d := queue.Delivery{Queue: name, Receipt: rand.Text()}
			var position int64
			if err := rows.Scan(&position, &d.ID, &d.Group, &d.Body, &d.Receives); err != nil {
				return fmt.Errorf("receive: %w", err)
			}
			d.Receives++
			taken, positions = append(taken, d), append(positions, position)
		}
		if err := rows.Err(); err != nil {
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
	return taken, err
}

// Ack ends a delivery for good.
func (q *Queue) Ack(ctx context.Context, d queue.Delivery) error {
	return q.end(ctx, d, `DELETE FROM messages WHERE queue = ? AND receipt = ? AND visible > ?`)
}

// Retry makes the message visible again after the delay, or dead when it was tried often enough.
func (q *Queue) Retry(ctx context.Context, d queue.Delivery, delay time.Duration) error {
	return q.end(ctx, d, `UPDATE messages SET receipt = NULL, visible = ?4 WHERE queue = ?1 AND receipt = ?2 AND visible > ?3`,
		q.clock.Now().Add(delay).UnixMilli())
}

func (q *Queue) end(ctx context.Context, d queue.Delivery, statement string, more ...any) error {
	err := q.file.Write(ctx, func(tx *sql.Tx) error {
		args := append([]any{d.Queue, d.Receipt, q.clock.Now().UnixMilli()}, more...)
		r, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return fmt.Errorf("end a delivery: %w", err)
		}
		n, err := r.RowsAffected()
		if err == nil && n == 0 {
			return queue.ErrExpired
		}
		return err
	})
	if err == nil {
		q.wake() // the next of the group may be waiting
	}
	return err
}

// Dead returns how many dead letters a queue has and the oldest of them.
func (q *Queue) Dead(ctx context.Context, name string) (int, []queue.Message, error) {
	var count int
	db := q.file.Reader()
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM messages WHERE queue = ? AND dead = 1`, name).Scan(&count); err != nil {
		return 0, nil, fmt.Errorf("read dead letters: %w", err)
	}
	rows, err := db.QueryContext(ctx, `SELECT id, grp, body FROM messages WHERE queue = ? AND dead = 1 ORDER BY position LIMIT ?`, name, maxMessages)
	if err != nil {
		return 0, nil, fmt.Errorf("read dead letters: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var oldest []queue.Message
	for rows.Next() {
		var m queue.Message
		if err := rows.Scan(&m.ID, &m.Group, &m.Body); err != nil {
			return 0, nil, fmt.Errorf("read dead letters: %w", err)
		}
		oldest = append(oldest, m)
	}
	return count, oldest, rows.Err()
}

// Replay sends every dead letter again, behind what waits, in order.
func (q *Queue) Replay(ctx context.Context, name string) (int, error) {
	var replayed int64
	err := q.file.Write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `INSERT INTO messages (queue, id, grp, body, visible)
			SELECT queue, id, grp, body, ? FROM messages WHERE queue = ? AND dead = 1 ORDER BY position`, q.clock.Now().UnixMilli(), name)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		if replayed, err = r.RowsAffected(); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM messages WHERE queue = ? AND dead = 1`, name)
		return err
	})
	if err == nil {
		q.wake()
	}
	return int(replayed), err
}

func (q *Queue) news() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent
}

func (q *Queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.sent)
	q.sent = make(chan struct{})
}
