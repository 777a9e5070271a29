package operations

import (
	"context"
	"encoding/json"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Queue makes operations for other features.
type Queue struct {
	Rows  store.Store
	Clock clock.Clock
}

// Request is what another feature asks for.
type Request struct {
	Tenant      tenant.ID // the selling tenant
	Account     string
	AccountName string
	Server      string
	ServerOwner tenant.ID
	Kind        Kind
	Generation  int64
	Spec        json.RawMessage
	Sealed      bool
}

// Enqueued is what the asking feature adds to its own atomic write: rows, events for its change (whose group must be the
// account), and the operation's identifier.
type Enqueued struct {
	Rows      store.Write
	Events    []events.Payload
	Operation string
}

// Enqueue makes an operation at the end of the account's lane. Nothing is written here: the rows belong into the write of
// the decision that asks. A condition that fails at LostLane means that the lane moved meanwhile: ask again.
func (q Queue) Enqueue(ctx context.Context, r Request) (Enqueued, error) {
	l, err := readLane(ctx, q.Rows, r.Tenant, r.Account)
	if err != nil {
		return Enqueued{}, err
	}
	now := q.Clock.Now()
	p, _ := authz.From(ctx)
	o := Operation{
		ID: id.New(id.Operation, now), Tenant: r.Tenant, Account: r.Account, AccountName: r.AccountName, Server: r.Server,
		ServerOwner: r.ServerOwner, Kind: r.Kind, Generation: r.Generation, Spec: r.Spec, Sealed: r.Sealed, State: Waiting,
		ClaimableAt: now, CreatedAt: now, CreatedBy: p.Actor(), Version: 1,
	}
	e := Enqueued{Operation: o.ID}
	if l.open == "" {
		o.State, l.open = Ready, o.ID
		e.Events = append(e.Events, o.readyEvent())
	} else {
		l.waiting = append(l.waiting[:len(l.waiting):len(l.waiting)], o.ID)
	}
	row, err := o.item()
	if err != nil {
		return Enqueued{}, err
	}
	lanePut, err := l.put(r.Tenant, r.Account)
	if err != nil {
		return Enqueued{}, err
	}
	e.Rows = store.Write{Puts: []store.Put{{Item: row, If: store.Absent}, lanePut}}
	return e, nil
}

// LostLane tells whether a write failed because the account's lane moved meanwhile.
func LostLane(err error, t tenant.ID, account string) bool {
	return store.FailedAt(err, laneKey(t, account))
}

func (o Operation) readyEvent() events.Payload {
	return events.OperationReady{Operation: o.ID, Account: o.Account, Server: o.Server}
}
