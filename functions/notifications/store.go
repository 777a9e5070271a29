package notifications

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// How long rows are kept: deliveries as long as logs, who asked as long as an approval can be waited for and replayed.
const (
	keepDeliveries = 90 * 24 * time.Hour
	keepAsked      = 90 * 24 * time.Hour
)

// State says what became of a delivery.
type State string

// The states of a delivery.
const (
	Sent    State = "sent"
	Refused State = "refused"
)

// delivery is what became of one event for one person.
type delivery struct {
	Notice  Notice    `json:"notice"`
	Home    tenant.ID `json:"home"`
	State   State     `json:"state"`
	Carrier string    `json:"carrier,omitempty"` // the carrier's name for the mail
	Reason  string    `json:"reason,omitempty"`  // why it was refused
	At      time.Time `json:"at"`
}

// asked is what later events of an approval do not tell.
type asked struct {
	Kind     string      `json:"kind"`
	User     string      `json:"user"`
	Home     tenant.ID   `json:"home"`
	Name     string      `json:"name"`
	Deciders []tenant.ID `json:"deciders"`
}

type repository struct{ rows store.Store }

func (r repository) delivered(ctx context.Context, t tenant.ID, event, user string) (bool, error) {
	_, err := r.rows.Get(ctx, deliveryKey(t, event, user))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the delivery of %s to %s: %w", event, user, err)
	}
	return true, nil
}

// note keeps a delivery. Of two of the same event to the same person the first stays.
func (r repository) note(ctx context.Context, t tenant.ID, event, user string, d delivery) error {
	key := deliveryKey(t, event, user)
	err := r.put(ctx, key, d, d.At.Add(keepDeliveries))
	if err != nil && !store.FailedAt(err, key) {
		return fmt.Errorf("note the delivery of %s to %s: %w", event, user, err)
	}
	return nil
}

// remember keeps who asked for an approval, which never changes.
func (r repository) remember(ctx context.Context, t tenant.ID, approval string, a asked, now time.Time) error {
	key := askedKey(t, approval)
	err := r.put(ctx, key, a, now.Add(keepAsked))
	if err != nil && !store.FailedAt(err, key) {
		return fmt.Errorf("remember who asked for %s: %w", approval, err)
	}
	return nil
}

func (r repository) put(ctx context.Context, key store.Key, record any, expires time.Time) error {
	value, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return r.rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{
		{Item: store.Item{Key: key, Value: value, Version: 1, ExpiresAt: expires}, If: store.Absent},
	}})
}

func (r repository) asked(ctx context.Context, t tenant.ID, approval string) (asked, error) {
	item, err := r.rows.Get(ctx, askedKey(t, approval))
	if err != nil {
		return asked{}, fmt.Errorf("find who asked for %s: %w", approval, err)
	}
	var a asked
	if err := json.Unmarshal(item.Value, &a); err != nil {
		return asked{}, fmt.Errorf("decode who asked for %s: %w", approval, err)
	}
	return a, nil
}
