// Package change makes the one atomic write of a decision: the rows, and one change row that is the audit entry and
// carries the outbox events. A service calls Commit and nothing else; what follows from the change happens when the
// outbox is published.
package change

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/killpoint"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// KeepFor is how long change rows, and with them the audit log, are kept.
const KeepFor = 400 * 24 * time.Hour

// Change describes a decision.
type Change struct {
	Tenant  tenant.ID // the tenant acted for: the one in the path
	Action  string    // what was done, imperative: "customer.create"
	Subject string    // the object it was done to
	Name    string    // how people know the object
	Before  any       // what the object showed, as JSON; nil where it did not exist; never secrets
	After   any       // what it shows now; nil where it no longer exists
	Events  []events.Payload
	Version int64     // of the subject, told in its events
	Group   string    // the events' subject where it is not Subject: what they must stay in order with, unless they tell their own
	Owner   tenant.ID // whose rows changed, where it is not Tenant: told in the events
}

// Entry is a change row: one line of the audit log, and the outbox.
type Entry struct {
	ID        string          `json:"id"` // evt_…
	Tenant    tenant.ID       `json:"tenant"`
	At        time.Time       `json:"at"`
	Action    string          `json:"action"`
	Subject   string          `json:"subject"`
	Name      string          `json:"name,omitempty"`
	Actor     events.Actor    `json:"actor"`
	RequestID string          `json:"request_id,omitempty"`
	Before    json.RawMessage `json:"before,omitempty"`
	After     json.RawMessage `json:"after,omitempty"`
	Events    []events.Event  `json:"events,omitempty"`
}

// Log commits changes.
type Log struct {
	Store store.Store
	Clock clock.Clock
}

// Commit writes the rows and the change in one atomic write. It fails with the store's *ConditionError when a condition of
// the rows does not hold, and with the problem in_progress when a request with the same Idempotency-Key won the race.
func (l Log) Commit(ctx context.Context, rows store.Write, c Change) error {
	entry, err := l.entry(ctx, c)
	if err != nil {
		return fmt.Errorf("describe %s: %w", c.Action, err)
	}
	row, err := entry.item()
	if err != nil {
		return fmt.Errorf("describe %s: %w", c.Action, err)
	}
	write := rows.Add(store.Write{Puts: []store.Put{{Item: row, If: store.Absent}}})
	request := RequestFrom(ctx)
	idempotent, guarded := request.idempotencyRow(l.Clock.Now(), c.Subject)
	if guarded {
		write.Puts = append(write.Puts, store.Put{Item: idempotent, If: store.Absent})
	}
	err = l.Store.AtomicWrite(ctx, write)
	if guarded && store.FailedAt(err, idempotent.Key) {
		return problem.Wrap(err, problem.InProgress, "the same request was carried out meanwhile; send it again to see its result")
	}
	if err == nil {
		killpoint.Reached(killpoint.AfterCommit)
	}
	return err
}

func (l Log) entry(ctx context.Context, c Change) (Entry, error) {
	now := l.Clock.Now()
	request := RequestFrom(ctx)
	e := Entry{
		ID: id.New(id.Event, now), Tenant: c.Tenant, At: now, Action: c.Action, Subject: c.Subject, Name: c.Name,
		Actor: actorOf(ctx, c.Tenant, request), RequestID: request.ID,
	}
	var err error
	if e.Before, err = asJSON(c.Before); err != nil {
		return Entry{}, err
	}
	if e.After, err = asJSON(c.After); err != nil {
		return Entry{}, err
	}
	owner, group := c.Owner, c.Group
	if owner == "" {
		owner = c.Tenant
	}
	if group == "" {
		group = c.Subject
	}
	for _, p := range c.Events {
		data, err := json.Marshal(p)
		if err != nil {
			return Entry{}, err
		}
		subject, version := group, c.Version
		if other, ok := p.(events.Subjected); ok && other.EventSubject() != group {
			subject, version = other.EventSubject(), 0
		}
		e.Events = append(e.Events, events.Event{
			ID: id.New(id.Event, now), Type: p.EventType(), Version: p.EventVersion(), Tenant: owner, Subject: subject,
			SubjectVersion: version, OccurredAt: now, Actor: e.Actor, RequestID: request.ID, Data: data,
		})
	}
	return e, nil
}

func actorOf(ctx context.Context, target tenant.ID, request Request) events.Actor {
	p, _ := authz.From(ctx)
	a := events.Actor{User: p.Actor(), Name: p.Name, Home: p.HomeTenant, Via: string(p.Via), Address: request.Address}
	if p.HomeTenant != "" && p.HomeTenant != target {
		a.OnBehalfOf = target
	}
	return a
}

func asJSON(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// Key is where a change row stands.
func Key(t tenant.ID, entry string) store.Key {
	return store.Key{PK: Partition(t), SK: entry}
}

// Partition holds a tenant's change rows, the oldest first.
func Partition(t tenant.ID) string { return "T#" + string(t) + "#change" }

func (e Entry) item() (store.Item, error) {
	value, err := json.Marshal(e)
	return store.Item{
		Key: Key(e.Tenant, e.ID), Value: value, Version: 1, ExpiresAt: e.At.Add(KeepFor), Feed: true,
	}, err
}

// Read returns the entry that a change row holds.
func Read(row store.Item) (Entry, error) {
	var e Entry
	err := json.Unmarshal(row.Value, &e)
	return e, err
}
