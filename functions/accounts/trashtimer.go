package accounts

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
)

// arm sets the timer of an account in the trash. Setting it again is harmless, and an account that has left the trash
// meanwhile lets it pass.
func (s *Service) arm(ctx context.Context, a Account) error {
	if a.Removal.Stage != Trashed {
		return nil
	}
	p := events.TrashDue{Account: a.ID, Until: a.Removal.Until}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("time the trash of %s: %w", a.ID, err)
	}
	body, err := json.Marshal(events.Event{
		ID: id.New(id.Event, s.Clock.Now()), Type: p.EventType(), Version: p.EventVersion(), Tenant: a.Seller, Subject: a.ID,
		OccurredAt: p.Until, Actor: events.Actor{Via: string(authz.ViaSystem), User: "system:accounts"}, Data: data,
	})
	if err != nil {
		return fmt.Errorf("time the trash of %s: %w", a.ID, err)
	}
	err = s.Timers.Set(ctx, schedule.Timer{
		Name: "trash-" + a.ID, At: p.Until, Queue: string(events.Accounts),
		Message: queue.Message{ID: a.ID + "-" + strconv.FormatInt(p.Until.UnixMilli(), 10), Group: a.ID, Body: body},
	})
	if err != nil {
		return fmt.Errorf("time the trash of %s: %w", a.ID, err)
	}
	return nil
}
