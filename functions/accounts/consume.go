package accounts

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/operations"
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
