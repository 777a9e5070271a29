// Package schedule is the port to timers. It is defined by what EventBridge Scheduler allows: a timer sends one message to
// a queue, not before its time and, as a rule, within a minute after it. The embedded adapter keeps rows in SQLite.
package schedule

import (
	"context"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// Schedule keeps timers.
//
// Guarantees:
//   - A timer whose Set was acknowledged fires at least once, also when the process was down at its time.
//   - It never fires before At. A time in the past fires at once.
//   - Names are unique: Set on a name replaces the timer that waits there. A timer that fired is gone, and its message may
//     set the next one of its name.
type Schedule interface {
	// Set keeps a timer; the one that it replaces may still fire where its time has come. One beyond the limits fails with
	// ErrLimit, or queue.ErrLimit for its message.
	Set(ctx context.Context, t Timer) error
	// Cancel removes a timer; removing one that is absent or has fired succeeds. A timer that is firing may still fire.
	Cancel(ctx context.Context, name string) error
}

// Timer is one message at a time.
type Timer struct {
	Name    string    // at most 60 of A-Z a-z 0-9 . _ -
	At      time.Time // in the past: at once
	Queue   string
	Message queue.Message // a body of at most 64 KB; an ID that was sent within five minutes before would deliver nothing
}
