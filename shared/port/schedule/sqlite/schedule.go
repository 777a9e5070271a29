// Package sqlite is the embedded adapter of shared/port/schedule: timer rows of the platform's SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
)

const schema = `
CREATE TABLE IF NOT EXISTS timers (
	name TEXT PRIMARY KEY,
	at INTEGER NOT NULL, -- in nanoseconds since 1970: a coarser time would fire early, or late on a clock that stands
	queue TEXT NOT NULL, id TEXT NOT NULL, grp TEXT NOT NULL, body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS timers_at ON timers (at);`

// lookEvery is how often Run looks for due timers, well within the minute that the port allows, beside being woken by Set.
const lookEvery = time.Second

// Schedule implements schedule.Schedule.
type Schedule struct {
	file  *sqlitefile.File
	clock clock.Clock
	queue queue.Queue
	log   *slog.Logger
}

// Open prepares the table in the file. Timers send to the queue.
func Open(file *sqlitefile.File, clock clock.Clock, q queue.Queue, log *slog.Logger) (*Schedule, error) {
	if err := file.Schema(schema); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	return &Schedule{file, clock, q, log}, nil
}

// Set keeps a timer in place of the one of that name.
func (s *Schedule) Set(ctx context.Context, t schedule.Timer) error {
	if err := t.Validate(); err != nil {
		return err
	}
	err := s.write(ctx, `INSERT OR REPLACE INTO timers (name, at, queue, id, grp, body) VALUES (?, ?, ?, ?, ?, ?)`,
		t.Name, nanos(t.At), t.Queue, t.Message.ID, t.Message.Group, t.Message.Body)
	if err == nil {
		s.bell().Ring()
	}
	return err
}

// Cancel removes a timer.
func (s *Schedule) Cancel(ctx context.Context, name string) error {
	return s.write(ctx, `DELETE FROM timers WHERE name = ?`, name)
}

func (s *Schedule) bell() *sqlitefile.Bell { return s.file.Bell("schedule") }

func (s *Schedule) write(ctx context.Context, statement string, args ...any) error {
	return s.file.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("keep timers: %w", err)
		}
		return nil
	})
}

// nanos counts from 1970; what lies before it is due since then.
func nanos(t time.Time) int64 {
	if t.Unix() < 0 {
		return 0
	}
	return t.UnixNano()
}

// Run fires timers as they become due, until the context ends.
func (s *Schedule) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		news := s.bell().Next()
		if err := s.Fire(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "fire timers", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		case <-tick.C:
		}
	}
}

// Fire sends every timer whose time has come, the earliest first, and then removes it: a crash in between sends it
// again. One that cannot be sent stays, and holds up no other.
func (s *Schedule) Fire(ctx context.Context) error {
	var failed error
	var behind schedule.Timer // the last that could not be sent
	for ctx.Err() == nil {
		t, found, err := s.earliest(ctx, behind)
		if err != nil || !found {
			return errors.Join(failed, err)
		}
		if err := s.queue.Send(ctx, t.Queue, t.Message); err != nil {
			failed = errors.Join(failed, fmt.Errorf("fire %s: %w", t.Name, err))
			behind = t
			continue
		}
		// Only the timer that was sent: another may have been set under its name meanwhile.
		if err := s.write(ctx, `DELETE FROM timers WHERE name = ? AND at = ? AND queue = ? AND id = ? AND grp = ? AND body = ?`,
			t.Name, nanos(t.At), t.Queue, t.Message.ID, t.Message.Group, t.Message.Body); err != nil {
			return errors.Join(failed, err)
		}
	}
	return errors.Join(failed, ctx.Err())
}

// earliest returns the first due timer behind another one, in the order of their times and names; behind the zero timer
// stand all.
func (s *Schedule) earliest(ctx context.Context, behind schedule.Timer) (t schedule.Timer, found bool, err error) {
	var at int64
	err = s.file.Reader().QueryRowContext(ctx,
		`SELECT name, at, queue, id, grp, body FROM timers WHERE at <= ? AND (at, name) > (?, ?) ORDER BY at, name LIMIT 1`,
		nanos(s.clock.Now()), nanos(behind.At), behind.Name).
		Scan(&t.Name, &at, &t.Queue, &t.Message.ID, &t.Message.Group, &t.Message.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return schedule.Timer{}, false, nil
	}
	if err != nil {
		return schedule.Timer{}, false, fmt.Errorf("read timers: %w", err)
	}
	t.At = time.Unix(0, at).UTC()
	return t, true, nil
}
