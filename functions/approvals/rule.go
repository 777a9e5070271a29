package approvals

import (
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Facts say who had a hand in a person's being able to decide: one person must not stand behind both the one who asks and the
// one who agrees. Each is an identifier; empty means the person himself, or nobody.
type Facts struct {
	MadeBy     string    // who invited the person
	RoleBy     string    // who gave the person the role
	FactorBy   string    // who took a second factor from the person, even where there is a new one
	PasswordBy string    // who made the link by which the password was set
	Youngest   time.Time // when the latest of all that came about
}

// candidate is everything that the rule looks at of a person.
type candidate struct {
	user    string
	home    tenant.ID
	via     authz.Via
	lacks   string    // why the role or the home may not decide at all; empty: it may
	factor  time.Time // since when there is a second factor; zero: none
	proven  bool      // the session was opened with it
	history Facts
}

// mayDecide returns why a person may not decide an approval, nil where it is allowed. Whether the approval still waits is
// another question.
func mayDecide(a Approval, c candidate, age time.Duration, now time.Time) *problem.Error {
	if c.user == a.Asker.User {
		return problem.New(problem.OwnRequest, "nobody decides what he asked for himself")
	}
	if !slices.Contains(a.Deciders, c.home) {
		return problem.New(problem.NotAbove, "a person of a tenant above the seller decides, and of no other")
	}
	if c.via != authz.ViaPortal || c.user == "" {
		return problem.New(problem.Forbidden, "a person decides in the portal, never an API key")
	}
	if c.lacks != "" {
		return problem.New(problem.Forbidden, c.lacks)
	}
	if c.factor.IsZero() {
		return problem.New(problem.DeciderNoFactor, "deciding takes a second factor: set one up")
	}
	if !c.proven {
		return problem.New(problem.DeciderNoFactor, "this session was opened without the second factor: sign in again")
	}
	h := c.history
	if slices.Contains([]string{h.MadeBy, h.RoleBy, h.FactorBy, h.PasswordBy}, a.Asker.User) {
		return problem.New(problem.DeciderNotApart, "whoever asks made or changed this person's user, role, password or second factor")
	}
	youngest := h.Youngest
	if c.factor.After(youngest) {
		youngest = c.factor
	}
	if now.Before(youngest.Add(age)) {
		return problem.New(problem.DeciderTooNew, "the user, role, password or second factor is too new: from "+
			youngest.Add(age).UTC().Format(time.RFC3339)+" on it may decide")
	}
	return nil
}

// maxDeciders bounds the rows that asking and deciding write.
const maxDeciders = 30

// decidersOf returns whose people may decide about something of the seller at the end of a chain: the tenants strictly above
// that the supplier lets decide, or the root where nobody stands above.
func decidersOf(chain []authz.Node) []tenant.ID {
	above := chain[:max(len(chain)-1, 1)]
	var all []tenant.ID
	for _, n := range above {
		if authz.MayHave(n, authz.ApprovalsDecide) && len(all) < maxDeciders {
			all = append(all, n.ID)
		}
	}
	return all
}
