package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// call is what a state of the machine asks for.
type call struct {
	Task  string    `json:"task"`
	Input execution `json:"input"`
	Token string    `json:"token"` // of the tasks that wait
}

func readCall(input json.RawMessage) (call, error) {
	var c call
	if err := json.Unmarshal(input, &c); err != nil {
		return call{}, fmt.Errorf("read the machine's call: %w", err)
	}
	return c, nil
}

// Task carries out what a state of the approval's machine asks for: ask, remind, ask_again, expire, failed. The approval's row
// is the truth: on one that has ended, each does nothing, and doing one twice is doing it once.
func (s *Service) Task(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
	c, unread := readCall(input)
	_, refused := s.Guard.Require(authz.With(ctx, authz.System("approvals")), authz.ApprovalsTend, c.Input.Tenant)
	if err := errors.Join(unread, refused); err != nil {
		return nil, err
	}
	ctx = authz.With(ctx, authz.System("approvals"))
	steps := map[string]func(context.Context, call) error{
		"ask": s.ask, "remind": s.remind, "ask_again": s.ask, "expire": s.expire, "failed": s.failed,
	}
	step, known := steps[c.Task]
	if !known {
		return nil, fmt.Errorf("approvals has no task %q", c.Task)
	}
	if err := step(ctx, c); err != nil {
		return nil, fmt.Errorf("%s of %s: %w", c.Task, c.Input.Approval, err)
	}
	return json.RawMessage(`{}`), nil
}

// ask keeps the token under which the machine waits, for whoever ends the approval. Where it has ended already, the machine
// hears so at once.
func (s *Service) ask(ctx context.Context, c call) error {
	for try := 0; ; try++ {
		a, err := s.Reader.Get(ctx, c.Input.Tenant, c.Input.Approval)
		if err != nil {
			return err
		}
		if a.State != Waiting {
			return s.answer(ctx, a, c.Token)
		}
		a.Token = c.Token
		put, err := a.replacement()
		if err != nil {
			return err
		}
		err = s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{put}})
		if store.Failed(err) && try < tries {
			continue
		}
		return err
	}
}

func (s *Service) remind(ctx context.Context, c call) error {
	return s.tend(ctx, c, "approval.remind", func(a *Approval) (store.Write, []events.Payload, error) {
		if !a.RemindedAt.IsZero() {
			return store.Write{}, nil, nil
		}
		a.RemindedAt = s.Clock.Now()
		put, err := a.replacement()
		return store.Write{Puts: []store.Put{put}}, []events.Payload{events.ApprovalReminded{
			Approval: a.ID, Kind: string(a.Kind), Account: a.Account, Deciders: a.deciders(), ExpiresAt: a.ExpiresAt,
		}}, err
	})
}

func (s *Service) expire(ctx context.Context, c call) error {
	return s.tend(ctx, c, actionOf[Expired], func(a *Approval) (store.Write, []events.Payload, error) {
		a.State, a.EndedAt = Expired, s.Clock.Now()
		rows, err := a.over()
		return rows, []events.Payload{events.ApprovalExpired{
			Approval: a.ID, Kind: string(a.Kind), Account: a.Account, Deciders: a.deciders(), Asker: a.Asker.User,
		}}, err
	})
}

// failed notes that the machine is over before the approval: people see it there, and that they have to look after it.
func (s *Service) failed(ctx context.Context, c call) error {
	return s.tend(ctx, c, "approval.workflow_failed", func(a *Approval) (store.Write, []events.Payload, error) {
		if a.Trouble != "" {
			return store.Write{}, nil, nil
		}
		a.Trouble = WorkflowFailed
		put, err := a.replacement()
		return store.Write{Puts: []store.Put{put}}, nil, err
	})
}

// tend changes a waiting approval for the machine. A race that was lost is run again with what is there then; a rule that
// returns no rows has nothing to do.
func (s *Service) tend(ctx context.Context, c call, action string, rule func(*Approval) (store.Write, []events.Payload, error)) error {
	for try := 0; ; try++ {
		a, err := s.Reader.Get(ctx, c.Input.Tenant, c.Input.Approval)
		if err != nil || a.State != Waiting {
			return err
		}
		before := a
		rows, happened, err := rule(&a)
		if err != nil || len(rows.Puts) == 0 {
			return err
		}
		err = s.Changes.Commit(ctx, rows, a.change(a.Seller, action, before, happened...))
		if Lost(err, a.Seller, a.ID) && try < tries {
			continue
		}
		return err
	}
}

// change describes what happened to an approval, for the audit log of the tenant acted for.
func (a Approval) change(acted tenant.ID, action string, before Approval, happened ...events.Payload) change.Change {
	return change.Change{
		Tenant: acted, Owner: a.Seller, Action: action, Subject: a.ID, Before: before.audit(), After: a.audit(), Version: a.Version + 1,
		Events: happened,
	}
}
