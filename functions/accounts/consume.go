package accounts

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/publish/inbox"
)

// Consume takes in how operations ended, what was decided about deletions, and that an account was long enough in the trash.
func (s *Service) Consume(ctx context.Context, e events.Event) error {
	d, err := s.Guard.Require(ctx, authz.AccountsChange, e.Tenant)
	if err != nil {
		return err
	}
	account, action, rule, err := s.taken(ctx, e)
	if err != nil {
		return err
	}
	a, err := s.save(ctx, d, account, action, 0, func(a *Account) (decision, error) {
		made, err := rule(a)
		made.rows.Puts = append(made.rows.Puts, inbox.Mark(e.Tenant, events.Accounts, e.ID, s.Clock.Now()))
		return made, err
	})
	if inbox.Done(err, e.Tenant, events.Accounts, e.ID) {
		a, err = s.Reader.Get(ctx, e.Tenant, account) // its timer may not have been set then
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", action, account, err)
	}
	return s.arm(ctx, a)
}

// taken is what an event changes, and of which account.
func (s *Service) taken(ctx context.Context, e events.Event) (account, action string, rule func(*Account) (decision, error), err error) {
	switch e.Type {
	case events.OperationEnded{}.EventType():
		p, err := events.Decode[events.OperationEnded](e)
		return p.Account, "account.observe", func(a *Account) (decision, error) {
			switch operations.Kind(p.Kind) {
			case operations.Trash, operations.Restore, operations.Purge:
				return a.removed(p, s.Clock.Now(), s.retention())
			case operations.Ensure:
			}
			return a.observe(p), nil
		}, err
	case events.ApprovalDecided{}.EventType():
		p, err := events.Decode[events.ApprovalDecided](e)
		approved := p.Decision == string(approvals.Approved)
		return p.Account, "account.take_decision", func(a *Account) (decision, error) {
			return s.allowed(ctx, a, approvals.Kind(p.Kind), p.Approval, approved)
		}, err
	case events.ApprovalExpired{}.EventType():
		p, err := events.Decode[events.ApprovalExpired](e)
		return p.Account, "account.take_decision", func(a *Account) (decision, error) {
			return s.allowed(ctx, a, approvals.Kind(p.Kind), p.Approval, false)
		}, err
	case events.TrashDue{}.EventType():
		p, err := events.Decode[events.TrashDue](e)
		return p.Account, "account.purge", func(a *Account) (decision, error) { return s.timeOver(ctx, a, p) }, err
	}
	return "", "", nil, fmt.Errorf("accounts does not consume %s", e.Type)
}

// codeCancelled says that somebody stopped an operation: what it was to bring is still wanted, and not there.
const codeCancelled = "cancelled"

// observe moves the account to where an operation brought it. Generations only grow: news of an older one changes nothing
// but what it alone knows, whether the password that it carried arrived.
func (a *Account) observe(p events.OperationEnded) decision {
	trouble := Trouble{p.Operation, p.Code}
	switch p.State {
	case string(operations.Succeeded):
		trouble = Trouble{}
	case string(operations.Cancelled):
		trouble.Code = codeCancelled
	case string(operations.NeedsAttention):
	default:
		return decision{nothing: true}
	}
	var made decision
	if a.passwordsCame(p.Generation, trouble) {
		made.changed = append(made.changed, "devices")
	}
	newer := p.Generation > a.Observed
	if newer && trouble == (Trouble{}) {
		a.Observed, a.UsedBytes = p.Generation, p.UsedBytes
		made.changed = append(made.changed, "observed")
		made.events = append(made.events, events.AccountObserved{Account: a.ID, Generation: p.Generation, UsedBytes: p.UsedBytes})
	}
	if newer && p.Generation == a.Generation && a.Failed != trouble {
		a.Failed = trouble
		made.changed = append(made.changed, "attention")
	}
	made.nothing = len(made.changed) == 0
	return made
}

// passwordsCame notes for the devices whose newest password a generation carries how that ended, and tells whether that was
// news.
func (a *Account) passwordsCame(generation int64, trouble Trouble) bool {
	news := false
	for i := range a.Devices {
		d := &a.Devices[i]
		if d.Password == 0 || d.Password != generation {
			continue
		}
		if trouble == (Trouble{}) {
			d.Password, d.Lost, news = 0, trouble, true
		} else if d.Lost != trouble {
			d.Lost, news = trouble, true
		}
	}
	return news
}
