package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
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
	Customer    tenant.ID // whose account it is, who may look
	Account     string
	AccountName string
	Server      string
	ServerName  string
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
		ID: id.New(id.Operation, now), Tenant: r.Tenant, Customer: r.Customer, Account: r.Account, AccountName: r.AccountName, Server: r.Server,
		ServerName: r.ServerName, ServerOwner: r.ServerOwner, Kind: r.Kind, Generation: r.Generation, Spec: r.Spec, Sealed: r.Sealed, State: Waiting,
		ClaimableAt: now, CreatedAt: now, CreatedBy: p.Name, Version: 1,
	}
	e := Enqueued{Operation: o.ID}
	if err := q.supersede(ctx, &l, o, &e); err != nil {
		return Enqueued{}, err
	}
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
	e.Rows.Puts = append(e.Rows.Puts, store.Put{Item: row, If: store.Absent}, lanePut)
	return e, nil
}

// supersede ends an operation that keeps the lane for the sake of its passwords where the new one brings newer ones for the
// same devices, or takes the account away from its clients. What waited behind it goes on.
func (q Queue) supersede(ctx context.Context, l *lane, by Operation, e *Enqueued) error {
	if l.open == "" || !by.Sealed && by.Kind != Trash {
		return nil
	}
	kept, err := Reader{q.Rows}.Get(ctx, by.Tenant, l.open)
	if err != nil {
		return fmt.Errorf("read the operation that is open: %w", err)
	}
	if kept.State != NeedsAttention || by.Kind != Trash && !by.reseals(kept) {
		return nil
	}
	kept = kept.ended(Cancelled, codeSuperseded, "something newer makes it needless", q.Clock.Now())
	put, err := kept.replacement()
	if err != nil {
		return err
	}
	l.open = ""
	next, err := promote(ctx, Reader{q.Rows}, by.Tenant, l, q.Clock.Now())
	if err != nil {
		return err
	}
	e.Rows.Puts = append(append(e.Rows.Puts, put), next.Puts...)
	e.Events = append(append(e.Events, kept.endedEvent(0)), next.events...)
	return nil
}

// reseals tells whether the operation brings a sealed password for every device for which the other one does. What the other
// one sealed must be known for that.
func (o Operation) reseals(other Operation) bool {
	brings, needless := o.sealedDevices(), other.sealedDevices()
	for d := range needless {
		if !brings[d] {
			return false
		}
	}
	return len(needless) > 0
}

func (o Operation) sealedDevices() map[string]bool {
	var spec driver.AccountSpec
	if err := json.Unmarshal(o.Spec, &spec); err != nil { // not the content of a kind that has devices
		return nil
	}
	sealed := map[string]bool{}
	for _, d := range spec.Devices {
		if len(d.SealedPassword) > 0 {
			sealed[d.Device] = true
		}
	}
	return sealed
}

// LostLane tells whether a write failed because the account's lane, or an operation in it, moved meanwhile.
func LostLane(err error, t tenant.ID, account string) bool {
	var lost *store.ConditionError
	return errors.As(err, &lost) && (lost.Key == laneKey(t, account) || lost.Key.PK == partition(t))
}

func (o Operation) readyEvent() events.Payload {
	return events.OperationReady{Operation: o.ID, Account: o.Account, Server: o.Server}
}
