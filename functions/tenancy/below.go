package tenancy

import (
	"context"
	"strings"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Descendant is a tenant somewhere below, for the picker that chooses whom to act for.
type Descendant struct {
	Tenant
	Trail []Tenant // from the tenant acted for, excluded, down to this one's parent
}

// Descendants finds tenants below the one acted for whose name or number contains the text, in path order, at most limit.
// What a seller hides, and what lies below a withdrawal of acting, is left out.
func (s *Service) Descendants(ctx context.Context, t tenant.ID, text string, limit int) ([]Descendant, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsRead, t)
	if err != nil {
		return nil, err
	}
	top, err := s.Reader.Get(ctx, t)
	if err != nil {
		return nil, err
	}
	text = strings.ToLower(text)
	walk := trail{home: d.Principal.HomeTenant, hidden: d.CustomersMasked()}
	var found []Descendant
	for cursor := ""; len(found) < limit; {
		page, next, err := s.Reader.Below(ctx, top, store.MaxPage, cursor)
		if err != nil {
			return nil, err
		}
		for _, below := range page {
			steps, visible := walk.to(below)
			if visible && matches(below, text) && len(found) < limit {
				found = append(found, Descendant{below, steps})
			}
		}
		if next == "" {
			break
		}
		cursor = next
	}
	return found, nil
}

func matches(t Tenant, text string) bool {
	return strings.Contains(strings.ToLower(t.Name), text) || strings.Contains(strings.ToLower(t.Number()), text)
}

// trail follows a subtree in path order and knows the tenants above the one at hand.
type trail struct {
	home   tenant.ID
	hidden bool // the top itself hides its customers from home
	above  []Tenant
}

// to moves on to the next tenant, and tells whether home may see it.
func (w *trail) to(t Tenant) (steps []Tenant, visible bool) {
	for len(w.above) > 0 && !strings.HasPrefix(string(t.Path), string(w.above[len(w.above)-1].Path)) {
		w.above = w.above[:len(w.above)-1]
	}
	steps = append([]Tenant(nil), w.above...)
	w.above = append(w.above, t)
	if t.ActingWithdrawn {
		return steps, false
	}
	for _, a := range steps {
		if a.ActingWithdrawn || a.HidesIdentities && !t.Level.Sells() {
			return steps, false
		}
	}
	return steps, t.Level.Sells() || !w.hidden
}
