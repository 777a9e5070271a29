package identity

import (
	"context"
	"slices"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// RoleChoice is a role that people of a tenant may have.
type RoleChoice struct {
	Role    authz.Role
	MayGive bool // the caller may
}

// Roles lists the roles of a tenant's people, the mightiest first.
func (s *Service) Roles(ctx context.Context, t tenant.ID) ([]RoleChoice, error) {
	d, err := s.Guard.Require(ctx, authz.UsersRead, t)
	if err != nil {
		return nil, err
	}
	var all []RoleChoice
	for _, role := range authz.RolesOf(d.Target.Level) {
		all = append(all, RoleChoice{role, d.Can(authz.UsersManage) && mayGive(d.Principal.Role, role)})
	}
	return all, nil
}

// mayGive tells whether somebody of one role may give another, take it away, or let its holder in by a link: nobody gives a
// permission he lacks, and only an owner makes owners.
func mayGive(giver, role authz.Role) bool {
	if role == authz.Owner && giver != authz.Owner {
		return false
	}
	has := authz.OwnPermissions(giver)
	return !slices.ContainsFunc(authz.OwnPermissions(role), func(p authz.Permission) bool { return !slices.Contains(has, p) })
}

func refuseRole() error {
	return problem.New(problem.RoleNotAllowed, "nobody gives or takes a role that may do more than his own; only an owner makes owners")
}

func checkRole(fields *problem.Fields, at string, level tenant.Level, role authz.Role) {
	if !slices.Contains(authz.RolesOf(level), role) {
		fields.Add(at, "role", "one of the roles of this tenant")
	}
}
