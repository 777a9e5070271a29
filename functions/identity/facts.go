package identity

import (
	"context"
	"time"

	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Facts say who had a hand in a person's being able to decide: one person must not stand behind both the one who asks and the
// one who agrees. Each is an identifier, usr_… or system:…; empty means the person himself, or nobody.
type Facts struct {
	UserMadeBy     string    // who invited him; nobody for the root's first owner
	RoleSetBy      string    // who gave him the role that he has
	FactorSetBy    string    // who took a second factor from him last, even if he has set one up himself since
	PasswordSetBy  string    // who made the link by which his password was set last
	YoungestChange time.Time // when the latest came about of: the user, the role, the second factor, a password set by a link
}

// DeciderFacts returns the facts about a person of a tenant, or a not_found problem.
func (r Reader) DeciderFacts(ctx context.Context, home tenant.ID, user string) (Facts, error) {
	u, err := r.User(ctx, home, user)
	if err != nil {
		return Facts{}, err
	}
	return u.facts(), nil
}

func (u User) facts() Facts {
	other := func(who string) string {
		if who == u.ID {
			return ""
		}
		return who
	}
	h := u.History
	f := Facts{other(h.MadeBy), other(h.RoleSetBy), other(h.FactorResetBy), other(h.PasswordBy), u.CreatedAt}
	for _, at := range []time.Time{h.RoleSetAt, h.FactorSince, h.PasswordAt} {
		if at.After(f.YoungestChange) {
			f.YoungestChange = at
		}
	}
	return f
}
