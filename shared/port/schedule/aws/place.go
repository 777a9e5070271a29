package aws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// firing is how close to its time a schedule may be firing: Scheduler keeps time to the minute.
const firing = time.Minute

// places are the two names that a timer's schedule may have.
func places(name string) [2]string { return [2]string{name + ".a", name + ".b"} }

// keep puts a timer into a place and sees that the other one is empty. Where a schedule waits it is changed, which leaves
// no moment without a timer; where one fired or is about to, the place is left alone and the other one taken. It says whether
// it succeeded; where it did not, others were at work there and it can be tried again.
func (s *Schedule) keep(ctx context.Context, name string, at time.Time, target *types.Target) (bool, error) {
	both := places(name)
	aboutToFire := false
	for i, place := range both {
		err := s.create(ctx, place, at, target)
		if conflict(err) {
			was, found, failed := s.look(ctx, place)
			switch {
			case failed != nil || !found:
				return false, failed
			case was.Before(s.clock.Now().Add(firing)):
				aboutToFire = was.After(s.clock.Now())
				continue
			}
			if err = s.update(ctx, place, at, target); absent(err) || conflict(err) {
				return false, nil
			}
		}
		if err != nil {
			return false, err
		}
		// A schedule that fired is left to Scheduler: by now another one may have been made in its place.
		if i == 0 || aboutToFire {
			err = s.remove(ctx, both[1-i])
		}
		return err == nil, err
	}
	return false, nil
}

// oneTime is how a time is written in a schedule, in UTC.
const oneTime = "at(2006-01-02T15:04:05)"

func (s *Schedule) create(ctx context.Context, place string, at time.Time, target *types.Target) error {
	_, err := s.client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		GroupName: &s.config.Group, Name: &place, ScheduleExpression: aws.String(at.Format(oneTime)),
		FlexibleTimeWindow: exactly, ActionAfterCompletion: types.ActionAfterCompletionDelete, Target: target,
	})
	return err
}

func (s *Schedule) update(ctx context.Context, place string, at time.Time, target *types.Target) error {
	_, err := s.client.UpdateSchedule(ctx, &scheduler.UpdateScheduleInput{
		GroupName: &s.config.Group, Name: &place, ScheduleExpression: aws.String(at.Format(oneTime)),
		FlexibleTimeWindow: exactly, ActionAfterCompletion: types.ActionAfterCompletionDelete, Target: target,
	})
	return err
}

var exactly = &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff}

// look returns the time of the schedule that stands in a place.
func (s *Schedule) look(ctx context.Context, place string) (at time.Time, found bool, err error) {
	out, err := s.client.GetSchedule(ctx, &scheduler.GetScheduleInput{GroupName: &s.config.Group, Name: &place})
	if absent(err) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	at, err = time.Parse(oneTime, aws.ToString(out.ScheduleExpression))
	if err != nil {
		return time.Time{}, false, fmt.Errorf("the schedule %s is no timer: %w", place, err)
	}
	return at, true, nil
}

// remove empties a place; an empty one is no error. Scheduler refuses while the schedule is being changed.
func (s *Schedule) remove(ctx context.Context, place string) error {
	for attempt := 1; ; attempt++ {
		_, err := s.client.DeleteSchedule(ctx, &scheduler.DeleteScheduleInput{GroupName: &s.config.Group, Name: &place})
		if err == nil || absent(err) {
			return nil
		}
		if !conflict(err) || attempt == attempts {
			return err
		}
		if err := pause(ctx, firstPause<<attempt); err != nil {
			return err
		}
	}
}
