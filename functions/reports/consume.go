package reports

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
)

// Consume takes in schedules and the timers that ask whether a backup began. Taking one in twice is taking it in once.
func (s *Service) Consume(ctx context.Context, e events.Event) error {
	if _, err := s.Guard.Require(ctx, authz.JobsWrite, e.Tenant); err != nil {
		return err
	}
	switch e.Type {
	case events.SetScheduled{}.EventType():
		p, err := events.Decode[events.SetScheduled](e)
		if err != nil {
			return err
		}
		return s.schedule(ctx, e.Tenant, e.SubjectVersion, p)
	case events.SetDue{}.EventType():
		p, err := events.Decode[events.SetDue](e)
		if err != nil {
			return err
		}
		return s.decide(ctx, e.Tenant, p)
	}
	return fmt.Errorf("reports does not consume %s", e.Type)
}
