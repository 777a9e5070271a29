package overview

import (
	"context"
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Activity is one line of the audit log.
type Activity struct {
	change.Entry
	HomeName string // of the tenant whose person acted below, where the principal may see it
}

// Activity returns the audit log of the tenant acted for, the newest first, of everything or of one object.
func (s *Service) Activity(ctx context.Context, t tenant.ID, subject string, limit int, cursor string) ([]Activity, string, error) {
	d, err := s.Guard.Require(ctx, authz.AuditRead, t)
	if err != nil {
		return nil, "", err
	}
	all := make([]Activity, 0, limit)
	q := store.Query{PK: change.Partition(t), Cursor: cursor, Descending: true}
	page, err := store.Filtered(ctx, s.Store, q, limit, func(row store.Item) (bool, error) {
		e, err := change.Read(row)
		if err != nil || subject != "" && e.Subject != subject {
			return false, err
		}
		if e, err = s.mask(ctx, d, e); err != nil {
			return false, err
		}
		home, err := s.homeName(ctx, e)
		all = append(all, Activity{e, home})
		return true, err
	})
	if errors.Is(err, store.ErrBadCursor) {
		return nil, "", problem.Wrap(err, problem.InvalidInput, "the cursor belongs to another list")
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the audit log: %w", err)
	}
	return all, page.Next, nil
}

// own are the kinds of objects on a seller's path that are never a customer's: servers with what belongs to them, and the
// seller's own people with theirs.
var own = []string{id.Server, id.Agent, id.Enrolment, id.User, id.Key, id.Session}

// mask takes out what names a customer whom the seller hides from the principal. Only what is known to be the seller's own,
// or a seller below, stays as it is.
func (s *Service) mask(ctx context.Context, d authz.Decision, e change.Entry) (change.Entry, error) {
	if !d.CustomersMasked() || e.Subject == string(d.Seller.ID) {
		return e, nil
	}
	for _, kind := range own {
		if id.Valid(kind, e.Subject) {
			return e, nil
		}
	}
	if subject := tenant.ID(e.Subject); subject.Valid() {
		t, err := s.Tenants.Get(ctx, subject)
		if err != nil && !problem.Has(err, problem.NotFound) {
			return e, err
		}
		if err == nil && t.Level.Sells() {
			return e, nil
		}
	}
	e.Name, e.Before, e.After = "", nil, nil
	return e, nil
}

// homeName is how people know the tenant that acted below; "" where nobody did, or it is gone. It is shown to those for whom
// was acted: they may know who.
func (s *Service) homeName(ctx context.Context, e change.Entry) (string, error) {
	if e.Actor.OnBehalfOf == "" {
		return "", nil
	}
	home, err := s.Tenants.Get(ctx, e.Actor.Home)
	if problem.Has(err, problem.NotFound) {
		return "", nil
	}
	return home.Name, err
}
