package overview

import (
	"context"
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
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
	for {
		page, err := s.Store.Query(ctx, store.Query{PK: change.Partition(t), Limit: limit - len(all), Cursor: cursor, Descending: true})
		if errors.Is(err, store.ErrBadCursor) {
			return nil, "", problem.Wrap(err, problem.InvalidInput, "the cursor belongs to another list")
		}
		if err != nil {
			return nil, "", fmt.Errorf("read the audit log: %w", err)
		}
		for _, row := range page.Items {
			e, err := change.Read(row)
			if err != nil {
				return nil, "", err
			}
			if subject == "" || e.Subject == subject {
				all = append(all, Activity{mask(d, e), s.homeName(ctx, e)})
			}
		}
		if page.Next == "" || len(all) >= limit {
			return all, page.Next, nil
		}
		cursor = page.Next
	}
}

// mask takes out what names a customer whom the seller hides from the principal.
func mask(d authz.Decision, e change.Entry) change.Entry {
	if d.CustomersMasked() {
		e.Name, e.Before, e.After = "", nil, nil
	}
	return e
}

// homeName is how people know the tenant that acted below. It is shown to those for whom was acted: they may know who.
func (s *Service) homeName(ctx context.Context, e change.Entry) string {
	if e.Actor.OnBehalfOf == "" {
		return ""
	}
	home, err := s.Tenants.Get(ctx, e.Actor.Home)
	if err != nil { // it is gone: the entry stays
		return ""
	}
	return home.Name
}
