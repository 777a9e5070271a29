package schedule

import (
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/pattern"
	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// ErrLimit says that a timer is beyond what EventBridge Scheduler takes.
var ErrLimit = errors.New("beyond a limit of the schedule")

// MaxBodyBytes is the largest body of a timer's message: EventBridge Scheduler takes 256 KB of input, which carries the body
// quoted and with all that the queue is told.
const MaxBodyBytes = 64 << 10

// lastYear keeps every time within what adapters count in.
const lastYear = 2199

// names are what EventBridge Scheduler takes, 64 characters, less what its adapter adds.
var names = pattern.New(`^[0-9A-Za-z._-]{1,60}$`)

// Validate checks a timer; every adapter calls it first.
func (t Timer) Validate() error {
	if !names.MatchString(t.Name) {
		return fmt.Errorf("%w: a name is 1 to 60 of letters, digits, dot, dash and underscore", ErrLimit)
	}
	if t.At.IsZero() {
		return fmt.Errorf("%w: a timer without a time", ErrLimit)
	}
	if t.At.UTC().Year() > lastYear {
		return fmt.Errorf("%w: a time after the year %d", ErrLimit, lastYear)
	}
	if len(t.Message.Body) > MaxBodyBytes {
		return fmt.Errorf("%w: a body of %d bytes", ErrLimit, len(t.Message.Body))
	}
	return queue.ValidateSend(t.Queue, []queue.Message{t.Message})
}
