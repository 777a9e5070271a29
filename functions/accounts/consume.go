package accounts

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/publish/inbox"
)

// Consume takes in how operations ended.
func (s *Service) Consume(ctx context.Context, e events.Event) error {
	d, err := s.Guard.Require(ctx, authz.AccountsChange, e.Tenant)
	if err != nil {
		return err
	}
	p, err := events.Decode[events.OperationEnded](e)
	if err != nil {
		return err
	}
	_, err = s.save(ctx, d, p.Account, "account.observe", 0, func(a *Account) (decision, error) {
		made := a.observe(p)
		made.rows.Puts = append(made.rows.Puts, inbox.Mark(e.Tenant, events.Accounts, e.ID, s.Clock.Now()))
		return made, nil
	})
	if inbox.Done(err, e.Tenant, events.Accounts, e.ID) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("observe %s: %w", p.Account, err)
	}
	return nil
}

// observe moves the account to where an operation brought it. Generations only grow: news of an older one changes nothing.
func (a *Account) observe(p events.OperationEnded) decision {
	switch p.State {
	case "succeeded":
		if p.Generation <= a.Observed {
			return decision{nothing: true}
		}
		a.Observed, a.UsedBytes = p.Generation, p.UsedBytes
		if p.Generation == a.Generation {
			a.Attention = ""
		}
		return decision{
			changed: []string{"observed"}, events: []events.Payload{events.AccountObserved{Account: a.ID, Generation: p.Generation, UsedBytes: p.UsedBytes}},
		}
	case "needs_attention":
		if p.Generation != a.Generation || a.Attention == p.Code {
			return decision{nothing: true} // something newer is wanted already
		}
		a.Attention = p.Code
		return decision{changed: []string{"attention"}}
	}
	return decision{nothing: true}
}
