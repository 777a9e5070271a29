package operations

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/wake"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Agents tells which agent stands beside a server. The servers feature answers.
type Agents interface {
	AgentAt(ctx context.Context, owner tenant.ID, server string) (agent string, err error)
}

// Consumer takes in the events that concern operations.
type Consumer struct {
	Service *Service
	Agents  Agents
	Waker   wake.Waker
	Log     *slog.Logger
}

// Consume hints a server's agent when an operation becomes ready, and puts aside what a new agent cannot open. Both may
// happen twice without harm.
func (c Consumer) Consume(ctx context.Context, e events.Event) error {
	switch e.Type {
	case events.OperationReady{}.EventType():
		p, err := events.Decode[events.OperationReady](e)
		if err != nil {
			return err
		}
		return c.dispatch(ctx, e.Tenant, p)
	case events.AgentEnrolled{}.EventType():
		p, err := events.Decode[events.AgentEnrolled](e)
		if err != nil || p.Replaced == "" {
			return err
		}
		return c.Service.putAsideSealed(ctx, p.Server, e.OccurredAt)
	}
	return fmt.Errorf("operations does not consume %s", e.Type)
}

func (c Consumer) dispatch(ctx context.Context, t tenant.ID, ready events.OperationReady) error {
	o, err := c.Service.Reader.Get(ctx, t, ready.Operation)
	if problem.Has(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	agent, err := c.Agents.AgentAt(ctx, o.ServerOwner, o.Server)
	if err != nil || agent == "" {
		return err
	}
	delivered, err := c.Waker.Hint(ctx, agent)
	if err != nil {
		return fmt.Errorf("hint agent %s: %w", agent, err)
	}
	c.Log.InfoContext(ctx, "hint", "operation_id", o.ID, "tenant_id", t, "agent", agent, "delivered", delivered)
	return nil
}

// putAsideSealed turns the operations of a server that carry secrets for its former agent, and that nobody is carrying
// out, into needs_attention. What was asked for after the new agent enrolled is left to it: it opens what was sealed to it,
// and refuses the rest with the same code.
func (s *Service) putAsideSealed(ctx context.Context, server string, enrolled time.Time) error {
	for cursor := ""; ; {
		open, next, err := s.Reader.list(ctx, store.Query{Index: store.First, PK: openPartition(server), Limit: store.MaxPage, Cursor: cursor})
		if err != nil {
			return err
		}
		for _, o := range open {
			if !o.Sealed || o.State == Running || o.CreatedAt.After(enrolled) {
				continue
			}
			_, err := s.decide(ctx, o.Tenant, o.ID, "operation.put_aside", func(o *Operation, _ *lane) ([]events.Payload, error) {
				if o.State != Waiting && o.State != Ready {
					return nil, problem.New(problem.Conflict, "it moved on meanwhile")
				}
				*o = o.ended(NeedsAttention, codeNewPassword, "the password was sealed to an agent that is gone", s.Clock.Now())
				return []events.Payload{o.endedEvent(0)}, nil
			})
			if err != nil && !problem.Has(err, problem.Conflict) {
				return err
			}
		}
		if next == "" {
			return nil
		}
		cursor = next
	}
}
