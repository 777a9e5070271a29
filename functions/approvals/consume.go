package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Machine is the name of the process that watches the time of one approval: infra/workflows/approval.asl.json.
const Machine = "approval"

// execution is the machine's input. It follows from the approval alone, so that a second start is the same start.
type execution struct {
	Tenant          tenant.ID `json:"tenant"`
	Approval        string    `json:"approval"`
	RemindAt        time.Time `json:"remind_at"`
	ExpiresAt       time.Time `json:"expires_at"`
	AskSeconds      int64     `json:"ask_seconds"`
	AskAgainSeconds int64     `json:"ask_again_seconds"`
}

// seconds is a wait in whole seconds, rounded up, and never none: a machine cannot wait for less.
func seconds(d time.Duration) int64 { return max(int64((d+time.Second-1)/time.Second), 1) }

// Consume starts the machine of what was asked for, and tells it what was decided. Taking an event in twice is taking it in
// once, and a decision that is told before its request starts nothing.
func (s *Service) Consume(ctx context.Context, e events.Event) error {
	if _, err := s.Guard.Require(ctx, authz.ApprovalsTend, e.Tenant); err != nil {
		return err
	}
	switch e.Type {
	case events.ApprovalRequested{}.EventType():
		p, err := events.Decode[events.ApprovalRequested](e)
		if err != nil {
			return err
		}
		return s.start(ctx, e.Tenant, p.Approval)
	case events.ApprovalDecided{}.EventType():
		p, err := events.Decode[events.ApprovalDecided](e)
		if err != nil {
			return err
		}
		return s.tell(ctx, e.Tenant, p.Approval)
	}
	return fmt.Errorf("approvals does not consume %s", e.Type)
}

func (s *Service) start(ctx context.Context, seller tenant.ID, approval string) error {
	a, err := s.Reader.Get(ctx, seller, approval)
	if err != nil || a.State != Waiting {
		return err
	}
	input, err := json.Marshal(execution{
		seller, a.ID, a.RemindAt, a.ExpiresAt, seconds(a.RemindAt.Sub(a.AskedAt)), seconds(a.ExpiresAt.Sub(a.RemindAt)),
	})
	if err != nil {
		return fmt.Errorf("start the machine of %s: %w", a.ID, err)
	}
	if err := s.Machines.Start(ctx, Machine, a.ID, input); err != nil {
		return fmt.Errorf("start the machine of %s: %w", a.ID, err)
	}
	return nil
}

// tell ends the machine's task that waits. Where none waits yet, the task finds the decision when it begins.
func (s *Service) tell(ctx context.Context, seller tenant.ID, approval string) error {
	a, err := s.Reader.Get(ctx, seller, approval)
	if err != nil || a.Token == "" {
		return err
	}
	return s.answer(ctx, a, a.Token)
}

func (s *Service) answer(ctx context.Context, a Approval, token string) error {
	result, err := json.Marshal(map[string]State{"decision": a.State})
	if err != nil {
		return fmt.Errorf("tell the machine of %s: %w", a.ID, err)
	}
	err = s.Machines.Succeed(ctx, token, result)
	if err != nil && !errors.Is(err, workflow.ErrNotWaiting) { // its time is over, or it was told before
		return fmt.Errorf("tell the machine of %s: %w", a.ID, err)
	}
	return nil
}
