// Package events holds every event type of the platform: the envelope, the data of each type, and the static table of who
// consumes what. It holds no logic.
package events

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Event is a fact that happened, in the past tense. Consumers get it at least once and tell doubles apart by ID.
type Event struct {
	ID             string          `json:"id"`      // evt_…
	Type           Type            `json:"type"`    // "account.created"
	Version        int             `json:"version"` // of the data's shape
	Tenant         tenant.ID       `json:"tenant"`  // whose rows changed
	Subject        string          `json:"subject"` // the object; events of one subject stay in order
	SubjectVersion int64           `json:"subject_version,omitempty"`
	OccurredAt     time.Time       `json:"occurred_at"`
	Actor          Actor           `json:"actor"`
	RequestID      string          `json:"request_id,omitempty"`
	Data           json.RawMessage `json:"data"`
}

// Actor says who did it.
type Actor struct {
	User       string    `json:"user,omitempty"`
	Name       string    `json:"name,omitempty"`
	Home       tenant.ID `json:"home,omitempty"`
	OnBehalfOf tenant.ID `json:"on_behalf_of,omitempty"` // set when the home tenant acted below
	Via        string    `json:"via"`
	Address    string    `json:"address,omitempty"` // where a person's request came from
}

// Type names what happened.
type Type string

// Payload is the data of one event type.
type Payload interface {
	EventType() Type
	EventVersion() int
}

// Subjected is a payload about another object than that of the change it comes with: its events stay in order with that
// object's.
type Subjected interface {
	Payload
	EventSubject() string
}

// Decode reads the data of an event into the payload of its type and version.
func Decode[P Payload](e Event) (P, error) {
	var p P
	if e.Type != p.EventType() || e.Version != p.EventVersion() {
		return p, fmt.Errorf("event %s is %s version %d, want %s version %d", e.ID, e.Type, e.Version, p.EventType(), p.EventVersion())
	}
	if err := json.Unmarshal(e.Data, &p); err != nil {
		return p, fmt.Errorf("read event %s: %w", e.ID, err)
	}
	return p, nil
}
