package main

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awscount"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
)

// timers is a schedule that follows the stage's clock, as that of AWS cannot. Each timer is billed when it fires; setting
// one takes time.
type timers struct {
	clock clock.Clock
	out   queue.Queue
	meter *meter

	mu      sync.Mutex
	waiting map[string]schedule.Timer
}

// Set implements schedule.Schedule.
func (t *timers) Set(_ context.Context, timer schedule.Timer) error {
	if err := timer.Validate(); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting[timer.Name] = timer
	t.meter.waited("Scheduler.CreateSchedule")
	return nil
}

// Cancel implements schedule.Schedule.
func (t *timers) Cancel(_ context.Context, name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.waiting, name)
	t.meter.waited("Scheduler.DeleteSchedule")
	return nil
}

// Fire sends what is due.
func (t *timers) Fire(ctx context.Context) error {
	for _, timer := range t.due() {
		t.meter.add(awscount.Timers, 1)
		if err := t.out.Send(ctx, timer.Queue, timer.Message); err != nil {
			return err
		}
	}
	return nil
}

func (t *timers) due() []schedule.Timer {
	t.mu.Lock()
	defer t.mu.Unlock()
	var due []schedule.Timer
	for name, timer := range t.waiting {
		if !timer.At.After(t.clock.Now()) {
			due = append(due, timer)
			delete(t.waiting, name)
		}
	}
	slices.SortFunc(due, func(a, b schedule.Timer) int { return strings.Compare(a.Name, b.Name) })
	return due
}
