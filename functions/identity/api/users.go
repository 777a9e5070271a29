package identityapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// User is one of a tenant's people.
type User struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Email      string          `json:"email"`
	Role       authz.Role      `json:"role"`
	Locale     string          `json:"locale"`
	Status     identity.Status `json:"status" enum:"invited,active,disabled"`
	LastSeenAt *time.Time      `json:"last_seen_at,omitempty" doc:"To five minutes; absent: never"`
	MadeBelow  bool            `json:"made_below" doc:"Made by somebody from above; ends when acting below is withdrawn"`
	Version    int64           `json:"version"`
	Actions    []string        `json:"actions"`

	SecondFactorSince *time.Time `json:"second_factor_since,omitempty" doc:"Absent: the person has no second factor"`
}

func userOf(p identity.Person) User {
	return User{
		p.ID, p.Name, p.Email, p.Role, p.Locale, p.Status, rest.Moment(p.LastSeenAt), p.MadeBelow(), p.Version, p.Actions,
		rest.Moment(p.History.FactorSince),
	}
}

// TenantPath is embedded in the input of every operation of a tenant. huma sees exported embedded types only.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
}

// UserPath is the path of one person.
type UserPath struct {
	TenantPath
	User string `path:"user"`
}

type userOutput struct {
	rest.Versioned
	Body User
}

// Role is a role that people of a tenant may have.
type Role struct {
	Role    authz.Role `json:"role"`
	MayGive bool       `json:"may_give" doc:"Whether the caller may give it"`
}

func roleOf(c identity.RoleChoice) Role { return Role(c) }

// OneTimeLink is a link that is shown once.
type OneTimeLink struct {
	Link string `json:"link"`
}

// InvitedUser is a new person with the link by which he comes in.
type InvitedUser struct {
	User User   `json:"user"`
	Link string `json:"link" doc:"Shown once"`
}

func registerUsers(api huma.API, s *identity.Service) {
	rest.Register(api, rest.Operation{
		ID: "list-users", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/users", Summary: "The tenant's people",
		Permission: authz.UsersRead,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body rest.List[User] }, error) {
		people, err := s.People(ctx, in.Tenant)
		return &struct{ Body rest.List[User] }{rest.ListOf(people, "", userOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "create-user", Method: http.MethodPost, Path: "/v1/tenants/{tenant}/users", Summary: "Invite somebody",
		Status: http.StatusCreated, Permission: authz.UsersManage, Secret: true,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Body struct {
			Name   string     `json:"name"`
			Email  string     `json:"email"`
			Role   authz.Role `json:"role"`
			Locale string     `json:"locale,omitempty" doc:"en, nl, de or fr; en where it is absent"`
		}
	}) (*struct{ Body InvitedUser }, error) {
		p, link, err := s.Invite(ctx, in.Tenant, identity.NewUser(in.Body))
		return &struct{ Body InvitedUser }{InvitedUser{userOf(p), link}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-user", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/users/{user}", Summary: "One of the tenant's people",
		Permission: authz.UsersRead,
	}, func(ctx context.Context, in *UserPath) (*userOutput, error) {
		p, err := s.Person(ctx, in.Tenant, in.User)
		return &userOutput{rest.Version(p.Version), userOf(p)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "edit-user", Method: http.MethodPatch, Path: "/v1/tenants/{tenant}/users/{user}", Summary: "Change somebody's name or role",
		Permission: authz.UsersManage,
	}, func(ctx context.Context, in *struct {
		UserPath
		rest.IfMatch
		Body struct {
			Name *string     `json:"name,omitempty"`
			Role *authz.Role `json:"role,omitempty"`
		}
	}) (*userOutput, error) {
		p, err := s.EditPerson(ctx, in.Tenant, in.User, identity.EditUser{Version: in.Version(), Name: in.Body.Name, Role: in.Body.Role})
		return &userOutput{rest.Version(p.Version), userOf(p)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "delete-user", Method: http.MethodDelete, Path: "/v1/tenants/{tenant}/users/{user}", Summary: "Remove somebody for good",
		Permission: authz.UsersManage,
	}, func(ctx context.Context, in *UserPath) (*struct{}, error) {
		return &struct{}{}, s.Remove(ctx, in.Tenant, in.User)
	})

	rest.Register(api, rest.Operation{
		ID: "create-user-link", Method: http.MethodPost, Path: "/v1/tenants/{tenant}/users/{user}/link",
		Summary: "Another way in for somebody: an invitation, or a new password", Status: http.StatusCreated,
		Permission: authz.UsersManage, Secret: true, Resource: "/v1/tenants/{tenant}/users/{user}",
	}, func(ctx context.Context, in *UserPath) (*struct{ Body OneTimeLink }, error) {
		link, err := s.SendLink(ctx, in.Tenant, in.User)
		return &struct{ Body OneTimeLink }{OneTimeLink{link}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "reset-second-factor", Method: http.MethodDelete, Path: "/v1/tenants/{tenant}/users/{user}/second-factor",
		Summary: "Take away the second factor of somebody who has lost it", Permission: authz.UsersManage,
		Description: "Ends every session of the person. Who did it stays known, and is refused while acting below.",
	}, func(ctx context.Context, in *UserPath) (*struct{}, error) {
		return &struct{}{}, s.ResetFactor(ctx, in.Tenant, in.User)
	})

	rest.Register(api, rest.Operation{
		ID: "list-roles", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/roles", Summary: "The roles of the tenant's people",
		Permission: authz.UsersRead,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body rest.List[Role] }, error) {
		choices, err := s.Roles(ctx, in.Tenant)
		return &struct{ Body rest.List[Role] }{rest.ListOf(choices, "", roleOf)}, err
	})
}
