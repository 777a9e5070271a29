package accounts

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Approvals makes approvals whose rows go into the decision's own write, and tells what was approved. The approvals feature
// answers.
type Approvals interface {
	Request(ctx context.Context, r approvals.Request) (approvals.Requested, error)
	Moot(ctx context.Context, seller tenant.ID, approval string) (approvals.Requested, error)
	Approved(ctx context.Context, seller tenant.ID, approval string, kind approvals.Kind, account string) error
}

// Delete asks a second person, up the line, to let the account be deleted. Until somebody agrees, nothing changes for its
// clients; then it goes to its server's trash, and can be restored until the retention is over.
func (s *Service) Delete(ctx context.Context, t tenant.ID, account, reason string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsDelete, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.save(ctx, d, account, "account.ask_delete", 0, func(a *Account) (decision, error) {
		if !a.Removal.askable(s.Clock.Now()) {
			return decision{}, problem.New(problem.Conflict, "it is asked for, or done, already")
		}
		if err := s.needs(ctx, *a, trashes); err != nil {
			return decision{}, err
		}
		asked, err := s.ask(ctx, *a, approvals.DeleteAccount, reason)
		if err != nil {
			return decision{}, err
		}
		a.Removal = Removal{Stage: Asked, Asker: asked.Approval.Asker.User, Approval: asked.Approval.ID, Expires: asked.Approval.ExpiresAt}
		return decision{rows: asked.Rows, events: asked.Events, changed: []string{"removal"}}, nil
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, a)
}

// Purge asks a second person to let the account be purged from the trash before its time. After its time nobody is asked: the
// deletion's approval covers it.
func (s *Service) Purge(ctx context.Context, t tenant.ID, account, reason string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsDelete, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.save(ctx, d, account, "account.ask_purge", 0, func(a *Account) (decision, error) {
		if !a.Removal.purgeAskable(s.Clock.Now()) {
			return decision{}, problem.New(problem.Conflict, "only what is in the trash can be purged, and it is asked for once")
		}
		asked, err := s.ask(ctx, *a, approvals.PurgeAccount, reason)
		if err != nil {
			return decision{}, err
		}
		a.Removal.Early, a.Removal.EarlyEnds = asked.Approval.ID, asked.Approval.ExpiresAt
		return decision{rows: asked.Rows, events: asked.Events, changed: []string{"removal"}}, nil
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, a)
}

// Restore takes the account back out of its server's trash, with its devices, logins and passwords. It takes no approval: it
// loses nothing.
func (s *Service) Restore(ctx context.Context, t tenant.ID, account string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsDelete, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.save(ctx, d, account, "account.restore", 0, func(a *Account) (decision, error) {
		made := decision{tell: true, kind: operations.Restore, changed: []string{"removal"}}
		if early := a.Removal.Early; early != "" {
			if err := s.drop(ctx, *a, early, &made); err != nil {
				return decision{}, err
			}
			a.Removal.Early = ""
		}
		return made, a.leave(Restoring)
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, a)
}

func (s *Service) ask(ctx context.Context, a Account, kind approvals.Kind, reason string) (approvals.Requested, error) {
	loss, err := s.losses().of(ctx, kind, a)
	if err != nil {
		return approvals.Requested{}, err
	}
	return s.Approvals.Request(ctx, approvals.Request{
		Kind: kind, Seller: a.Seller, Account: a.ID, Customer: a.Customer, Reason: reason, Loss: loss,
	})
}

// allowed moves the account on where what waited was decided. What was decided about an earlier wish changes nothing.
func (s *Service) allowed(ctx context.Context, a *Account, kind approvals.Kind, approval string, approved bool) (decision, error) {
	r := &a.Removal
	made := decision{changed: []string{"removal"}}
	switch {
	case kind == approvals.DeleteAccount && r.Stage == Asked && r.Approval == approval:
		if !approved {
			return made, a.leave(Staying)
		}
		made.tell, made.kind = true, operations.Trash
		if err := s.Approvals.Approved(ctx, a.Seller, approval, kind, a.ID); err != nil {
			return decision{}, err
		}
		return made, a.leave(Trashing)
	case kind == approvals.CutQuota && a.Cut.Approval == approval && approval != "":
		return s.takeCut(ctx, a, approved)
	case kind == approvals.PurgeAccount && r.Stage == Trashed && r.Early == approval:
		r.Early = ""
		if !approved {
			return made, nil
		}
		return s.purge(ctx, a, kind, approval)
	}
	return decision{nothing: true}, nil
}

// purge begins to empty the trash of the account, under an approval that allows it.
func (s *Service) purge(ctx context.Context, a *Account, kind approvals.Kind, approval string) (decision, error) {
	if err := s.Approvals.Approved(ctx, a.Seller, approval, kind, a.ID); err != nil {
		return decision{}, err
	}
	a.Removal.PurgedBy = approval
	return decision{tell: true, kind: operations.Purge, changed: []string{"removal"}}, a.leave(Purging)
}

// timeOver purges what was long enough in the trash. A purge that waits for an approval is no longer needed.
func (s *Service) timeOver(ctx context.Context, a *Account, p events.TrashDue) (decision, error) {
	if !a.Removal.due(s.Clock.Now()) || !a.Removal.Until.Equal(p.Until) {
		return decision{nothing: true}, nil
	}
	early := a.Removal.Early
	a.Removal.Early = ""
	made, err := s.purge(ctx, a, approvals.DeleteAccount, a.Removal.Approval)
	if err != nil || early == "" {
		return made, err
	}
	err = s.drop(ctx, *a, early, &made)
	return made, err
}

// drop takes back what a second person was asked for, because it has become pointless, in the decision's own write.
func (s *Service) drop(ctx context.Context, a Account, approval string, made *decision) error {
	moot, err := s.Approvals.Moot(ctx, a.Seller, approval)
	if err != nil {
		return fmt.Errorf("%s of %s is no longer wanted: %w", approval, a.ID, err)
	}
	made.rows, made.events, made.approval = made.rows.Add(moot.Rows), append(made.events, moot.Events...), approval
	return nil
}

// unlooked takes away what leads to the account: nobody will name it any more, and its logins may be drawn again.
func (a Account) unlooked() store.Write {
	gone := store.Write{Deletes: []store.Delete{{Key: lookup.Key(lookup.Account, accountValue(a.Server, a.ID))}}}
	for _, d := range a.Devices[:min(len(a.Devices), mostUnlooked)] {
		gone.Deletes = append(gone.Deletes, store.Delete{Key: lookup.Key(lookup.Login, loginValue(a.Server, d.Login))})
	}
	return gone
}

// mostUnlooked leaves room for the rest of a write. A login that still leads to an account that is gone is not drawn again.
const mostUnlooked = 80
