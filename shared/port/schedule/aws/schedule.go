// Package aws is the adapter of shared/port/schedule to EventBridge Scheduler: a one-time schedule for each timer, which is
// deleted once it has sent its message.
//
// A timer has one of two places, two names of a schedule. A schedule that fired is deleted some time later, and until then
// its name is taken: what is written there might be deleted with it. The timer that is set when the one before it fired,
// which is how timers repeat, takes the other place.
package aws

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
)

// Config says where timers are kept and how they send.
type Config struct {
	Group    string // the schedule group; whoever deploys makes it
	RoleARN  string // the role with which a timer sends: it may send to every queue that timers have
	QueueURL string // a queue's address, with {queue} in place of its name
}

// Schedule implements schedule.Schedule.
type Schedule struct {
	client *scheduler.Client
	config Config
	queue  queue.Queue
	clock  clock.Clock
}

// New returns the timers of a group. What is due when it is set goes to the queue directly: Scheduler promises nothing of a
// time that has passed.
func New(cfg aws.Config, config Config, q queue.Queue, c clock.Clock) *Schedule {
	return &Schedule{client: scheduler.NewFromConfig(cfg), config: config, queue: q, clock: c}
}

const (
	attempts   = 5
	firstPause = 50 * time.Millisecond
)

// errBusy says that a timer is set, fires and is removed all at once.
var errBusy = errors.New("others write there")

// Set keeps a timer in place of the one of that name. Of Sets of one name at the same time one stays.
func (s *Schedule) Set(ctx context.Context, t schedule.Timer) error {
	if err := t.Validate(); err != nil {
		return err
	}
	at := wholeSecond(t.At)
	if !at.After(s.clock.Now()) {
		return s.sendNow(ctx, t)
	}
	target, err := s.target(t)
	if err != nil {
		return fmt.Errorf("set timer %s: %w", t.Name, err)
	}
	for attempt := 1; ; attempt++ {
		kept, err := s.keep(ctx, t.Name, at, target)
		if err != nil {
			return fmt.Errorf("set timer %s: %w", t.Name, err)
		}
		if kept {
			break
		}
		if attempt == attempts {
			return fmt.Errorf("set timer %s: %w", t.Name, errBusy)
		}
		if err := pause(ctx, firstPause<<attempt); err != nil {
			return fmt.Errorf("set timer %s: %w", t.Name, err)
		}
	}
	if !at.After(s.clock.Now()) {
		return s.sendNow(ctx, t) // it may have been kept when its time had passed
	}
	return nil
}

// sendNow sends a timer whose time has come. Had it been kept and fired as well, the queue knows the message's ID.
func (s *Schedule) sendNow(ctx context.Context, t schedule.Timer) error {
	if err := s.Cancel(ctx, t.Name); err != nil {
		return err
	}
	if err := s.queue.Send(ctx, t.Queue, t.Message); err != nil {
		return fmt.Errorf("fire timer %s: %w", t.Name, err)
	}
	return nil
}

// Cancel removes a timer.
func (s *Schedule) Cancel(ctx context.Context, name string) error {
	for _, place := range places(name) {
		if err := s.remove(ctx, place); err != nil {
			return fmt.Errorf("cancel timer %s: %w", name, err)
		}
	}
	return nil
}

// wholeSecond is the first second that is not before a time: Scheduler knows no parts of one.
func wholeSecond(t time.Time) time.Time {
	return t.Add(time.Second - 1).UTC().Truncate(time.Second)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func absent(err error) bool {
	var e *types.ResourceNotFoundException
	return errors.As(err, &e)
}

func conflict(err error) bool {
	var e *types.ConflictException
	return errors.As(err, &e)
}
