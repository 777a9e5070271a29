// Package sqlite is the embedded adapter of shared/port/queue: a table of the platform's SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
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
	dead INTEGER NOT NULL DEFAULT 0,
	head INTEGER NOT NULL                       -- whether it is the first of its group that is not dead: only such are received
) STRICT;
CREATE INDEX IF NOT EXISTS messages_group ON messages (queue, grp, position) WHERE dead = 0;
CREATE INDEX IF NOT EXISTS messages_head ON messages (queue, position) WHERE head = 1;
CREATE INDEX IF NOT EXISTS messages_dead ON messages (queue, position) WHERE dead = 1;
CREATE INDEX IF NOT EXISTS messages_receipt ON messages (queue, receipt) WHERE receipt IS NOT NULL;
CREATE TABLE IF NOT EXISTS sent (queue TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (queue, id)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sent_at ON sent (at);`

const dedupeWindow = 5 * time.Minute

// Queue implements queue.Queue.
type Queue struct {
	file  *sqlitefile.File
	clock clock.Clock
}

// Open prepares the tables in the file.
func Open(file *sqlitefile.File, clock clock.Clock) (*Queue, error) {
	if err := file.Schema(schema); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return &Queue{file: file, clock: clock}, nil
}

// bell rings when something may have become visible.
func (q *Queue) bell(name string) *sqlitefile.Bell { return q.file.Bell("queue/" + name) }

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
			if _, err := tx.ExecContext(ctx, `INSERT INTO messages (queue, id, grp, body, visible, head)
				SELECT ?1, ?2, ?3, ?4, ?5, NOT EXISTS (SELECT 1 FROM messages WHERE queue = ?1 AND grp = ?3 AND dead = 0)`,
				name, m.ID, m.Group, m.Body, now); err != nil {
				return fmt.Errorf("send: %w", err)
			}
		}
		return nil
	})
	if err == nil {
		q.bell(name).Ring()
	}
	return err
}

// Ack ends a delivery for good.
func (q *Queue) Ack(ctx context.Context, d queue.Delivery) error {
	return q.end(ctx, d, `DELETE FROM messages WHERE queue = ? AND receipt = ? AND visible > ? RETURNING grp`)
}

// Retry makes the message visible again after the delay. What was tried often enough dies at once.
func (q *Queue) Retry(ctx context.Context, d queue.Delivery, delay time.Duration) error {
	delay, err := queue.ValidateDelay(delay)
	if err != nil {
		return err
	}
	return q.end(ctx, d, `UPDATE messages SET receipt = NULL, visible = ?4, dead = receives >= ?5, head = receives < ?5
		WHERE queue = ?1 AND receipt = ?2 AND visible > ?3 RETURNING grp`, q.clock.Now().Add(delay).UnixMilli(), queue.MaxReceives)
}

func (q *Queue) end(ctx context.Context, d queue.Delivery, statement string, more ...any) error {
	err := q.file.Write(ctx, func(tx *sql.Tx) error {
		args := append([]any{d.Queue, d.Receipt, q.clock.Now().UnixMilli()}, more...)
		groups, err := groupsOf(ctx, tx, statement, args...)
		if err != nil {
			return fmt.Errorf("end a delivery: %w", err)
		}
		if len(groups) == 0 {
			return queue.ErrExpired
		}
		return moveUp(ctx, tx, d.Queue, groups)
	})
	if err == nil {
		q.bell(d.Queue).Ring() // the next of the group may be waiting
	}
	return err
}

// moveUp makes the first message of each group its head, after the one before it went.
func moveUp(ctx context.Context, tx *sql.Tx, name string, groups []string) error {
	for _, group := range groups {
		if _, err := tx.ExecContext(ctx, `UPDATE messages SET head = 1 WHERE position = (
			SELECT min(position) FROM messages WHERE queue = ? AND grp = ? AND dead = 0)`, name, group); err != nil {
			return fmt.Errorf("move a group up: %w", err)
		}
	}
	return nil
}

// groupsOf carries out a statement that returns groups.
func groupsOf(ctx context.Context, tx *sql.Tx, statement string, args ...any) (groups []string, err error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var group string
		if err := rows.Scan(&group); err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	return groups, rows.Err()
}

// Dead returns how many dead letters a queue has and the oldest of them.
func (q *Queue) Dead(ctx context.Context, name string) (int, []queue.Message, error) {
	var count int
	db := q.file.Reader()
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM messages WHERE queue = ? AND dead = 1`, name).Scan(&count); err != nil {
		return 0, nil, fmt.Errorf("read dead letters: %w", err)
	}
	rows, err := db.QueryContext(ctx, `SELECT id, grp, body FROM messages WHERE queue = ? AND dead = 1 ORDER BY position LIMIT ?`,
		name, queue.MaxMessages)
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
	if err := rows.Err(); err != nil {
		return 0, nil, fmt.Errorf("read dead letters: %w", err)
	}
	return count, oldest, nil
}

// Replay sends every dead letter again, behind what waits, in order.
func (q *Queue) Replay(ctx context.Context, name string) (int, error) {
	var replayed int64
	err := q.file.Write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `INSERT INTO messages (queue, id, grp, body, visible, head)
			SELECT queue, id, grp, body, ?, 0 FROM messages WHERE queue = ? AND dead = 1 ORDER BY position`, q.clock.Now().UnixMilli(), name)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		if replayed, err = r.RowsAffected(); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		groups, err := groupsOf(ctx, tx, `DELETE FROM messages WHERE queue = ? AND dead = 1 RETURNING grp`, name)
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		return moveUp(ctx, tx, name, groups)
	})
	if err == nil {
		q.bell(name).Ring()
	}
	return int(replayed), err
}
