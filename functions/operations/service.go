package operations

import (
	"context"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of operations: what agents claim and report, what people see and decide.
type Service struct {
	Guard   authz.Guard
	Reader  Reader
	Changes change.Log
	Clock   clock.Clock
	// Sign signs with the platform's key. What is signed for an agent is said where leases are told.
	Sign func(ctx context.Context, message []byte) ([]byte, error)
}

// tries is how often a lost race is run again before the caller hears of it.
const tries = 8

// View is an operation with what may be done with it.
type View struct {
	Operation
	Actions []string
}

func view(d authz.Decision, o Operation) View {
	v := View{Operation: o}
	if d.CustomersMasked() {
		v.AccountName = "" // accounts are named after people and machines
	}
	if !d.Can(authz.OperationsManage) || d.Target.ID != o.Tenant {
		return v // people decide on the seller's path only
	}
	if o.State == NeedsAttention && (!o.Sealed || o.Code != codeNewPassword) {
		v.Actions = append(v.Actions, "retry")
	}
	if o.may(Cancelled) {
		v.Actions = append(v.Actions, "cancel")
	}
	return v
}

// Filter selects operations; zero fields select all.
type Filter struct {
	Account string
	Server  string
	State   State
}

func (f Filter) takes(o Operation) bool {
	return (f.Server == "" || o.Server == f.Server) && (f.State == "" || o.State == f.State)
}

// List lists the operations of the seller acted for, or of a customer's accounts where that is acted for, the newest first.
func (s *Service) List(ctx context.Context, t tenant.ID, f Filter, limit int, cursor string) ([]View, string, error) {
	d, err := s.Guard.Require(ctx, authz.OperationsRead, t)
	if err != nil {
		return nil, "", err
	}
	views := make([]View, 0, limit)
	for {
		page, next, err := s.Reader.Newest(ctx, d.Seller.ID, f.Account, limit-len(views), cursor)
		if err != nil {
			return nil, "", err
		}
		for _, o := range page {
			if f.takes(o) && o.belongsTo(d.Target) {
				views = append(views, view(d, o))
			}
		}
		if next == "" || len(views) >= limit {
			return views, next, nil
		}
		cursor = next
	}
}

// Get returns an operation of the seller acted for, or of an account of the customer acted for.
func (s *Service) Get(ctx context.Context, t tenant.ID, op string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.OperationsRead, t)
	if err != nil {
		return View{}, err
	}
	o, err := s.Reader.Get(ctx, d.Seller.ID, op)
	if err != nil {
		return View{}, err
	}
	if !o.belongsTo(d.Target) {
		return View{}, problem.New(problem.NotFound, "")
	}
	return view(d, o), nil
}

// belongsTo tells whether the tenant acted for may see the operation: its seller, or the customer whose account it is.
func (o Operation) belongsTo(target authz.Node) bool {
	return target.ID == o.Tenant || target.ID == o.Customer
}

// Retry begins an operation that needed attention anew: at once where it kept its account's lane, else at the lane's end.
func (s *Service) Retry(ctx context.Context, t tenant.ID, op string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.OperationsManage, t)
	if err != nil {
		return View{}, err
	}
	o, err := s.decide(ctx, t, op, "operation.retry", func(o *Operation, l *lane) ([]events.Payload, error) {
		if o.State != NeedsAttention {
			return nil, problem.New(problem.Conflict, "only an operation that needs attention is tried again")
		}
		if o.Sealed && o.Code == codeNewPassword {
			return nil, problem.New(problem.Conflict, "its password was sealed to an agent that is gone: make a new password instead")
		}
		o.State, o.Attempt, o.Code, o.Detail, o.Lease, o.ResultID = Waiting, 0, "", "", "", ""
		o.ClaimableAt, o.EndedAt = s.Clock.Now(), time.Time{}
		if l.open == "" || l.open == o.ID {
			o.State, l.open = Ready, o.ID
			return []events.Payload{o.readyEvent()}, nil
		}
		l.waiting = append(l.waiting[:len(l.waiting):len(l.waiting)], o.ID)
		return nil, nil
	})
	return view(d, o), err
}

// Cancel stops an operation that nobody is carrying out.
func (s *Service) Cancel(ctx context.Context, t tenant.ID, op string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.OperationsManage, t)
	if err != nil {
		return View{}, err
	}
	o, err := s.decide(ctx, t, op, "operation.cancel", func(o *Operation, l *lane) ([]events.Payload, error) {
		if !o.may(Cancelled) {
			return nil, problem.New(problem.Conflict, "it is being carried out, or over already")
		}
		*o = o.ended(Cancelled, o.Code, o.Detail, s.Clock.Now())
		return []events.Payload{o.endedEvent(0)}, nil
	})
	return view(d, o), err
}

// decide changes an operation and its lane in one write, and promotes the next of the lane where this one left it. A lost
// race is run again with what is there then.
func (s *Service) decide(ctx context.Context, t tenant.ID, op, action string, rule func(*Operation, *lane) ([]events.Payload, error)) (Operation, error) {
	for try := 0; ; try++ {
		o, err := s.Reader.Get(ctx, t, op)
		if err != nil {
			return Operation{}, err
		}
		l, err := readLane(ctx, s.Reader.Rows, t, o.Account)
		if err != nil {
			return Operation{}, err
		}
		before := o
		happened, err := rule(&o, &l)
		if err != nil {
			return Operation{}, err
		}
		rows, promoted, err := s.rows(ctx, o, l)
		if err != nil {
			return Operation{}, err
		}
		err = s.Changes.Commit(ctx, rows, change.Change{
			Tenant: t, Action: action, Subject: op, Name: o.AccountName, Group: o.Account, Version: o.Version + 1,
			Before: before.audit(), After: o.audit(), Events: append(happened, promoted...),
		})
		if store.Failed(err) && try < tries {
			continue
		}
		if err != nil {
			return Operation{}, fmt.Errorf("%s %s: %w", action, op, err)
		}
		o.Version++
		return o, nil
	}
}

// rows returns the puts of a changed operation and its lane. An operation that does not keep the lane leaves it, and the next
// one becomes ready.
func (s *Service) rows(ctx context.Context, o Operation, l lane) (store.Write, []events.Payload, error) {
	var w store.Write
	own, err := o.replacement()
	if err != nil {
		return w, nil, err
	}
	w.Puts = append(w.Puts, own)
	if !o.keepsLane() {
		l.remove(o.ID)
		if l.open == o.ID {
			l.open = ""
		}
	}
	next, err := promote(ctx, s.Reader, o.Tenant, &l, s.Clock.Now())
	if err != nil {
		return w, nil, err
	}
	w.Puts = append(w.Puts, next.Puts...)
	lanePut, err := l.put(o.Tenant, o.Account)
	if err != nil {
		return w, nil, err
	}
	w.Puts = append(w.Puts, lanePut)
	return w, next.events, nil
}

// promoted is what it takes to make the next operation of a lane ready; nothing where none waits.
type promoted struct {
	store.Write
	events []events.Payload
}

func promote(ctx context.Context, r Reader, t tenant.ID, l *lane, now time.Time) (promoted, error) {
	if l.open != "" || len(l.waiting) == 0 {
		return promoted{}, nil
	}
	next, err := r.Get(ctx, t, l.waiting[0])
	if err != nil {
		return promoted{}, fmt.Errorf("promote the next operation: %w", err)
	}
	l.open, l.waiting = next.ID, l.waiting[1:]
	next.State, next.ClaimableAt = Ready, now
	put, err := next.replacement()
	return promoted{store.Write{Puts: []store.Put{put}}, []events.Payload{next.readyEvent()}}, err
}

func (o Operation) endedEvent(used int64) events.Payload {
	return events.OperationEnded{
		Operation: o.ID, Kind: string(o.Kind), Account: o.Account, Server: o.Server, State: string(o.State), Generation: o.Generation,
		UsedBytes: used, Code: o.Code,
	}
}

type audited struct {
	Kind    Kind   `json:"kind"`
	State   State  `json:"state"`
	Attempt int    `json:"attempt"`
	Code    string `json:"code,omitempty"`
}

func (o Operation) audit() audited { return audited{o.Kind, o.State, o.Attempt, o.Code} }
