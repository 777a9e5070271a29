// Package tenancyapi speaks HTTP for functions/tenancy: it turns API types into the feature's own and back. It holds no
// rules.
package tenancyapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Register adds the operations of tenancy to an API.
func Register(api huma.API, s *tenancy.Service) {
	registerTenant(api, s)
	registerSellers(api, s)
	registerCustomers(api, s)
}

// Tenant is the tenant acted for, with what the caller may do for it.
type Tenant struct {
	ID              tenant.ID             `json:"id"`
	Name            string                `json:"name"`
	Number          string                `json:"number" doc:"Six characters that never change"`
	Level           tenant.Level          `json:"level"`
	Variant         tenant.Variant        `json:"variant,omitempty"`
	Edition         tenant.Edition        `json:"edition,omitempty"`
	Status          tenant.Status         `json:"status"`
	Parent          tenant.ID             `json:"parent,omitempty"`
	Country         string                `json:"country,omitempty"`
	TimeZone        string                `json:"time_zone,omitempty"`
	Language        string                `json:"language,omitempty"`
	ActingWithdrawn bool                  `json:"acting_withdrawn"`
	HideIdentities  bool                  `json:"hide_identities"`
	Grants          map[tenant.Grant]bool `json:"grants" doc:"Individual rights given or taken"`
	Path            []Step                `json:"path" doc:"From the highest tenant that the caller sees down to this one"`
	Permissions     []authz.Permission    `json:"permissions" doc:"Of the caller for this tenant"`
	CreatedAt       time.Time             `json:"created_at"`
	Version         int64                 `json:"version"`
	Actions         []string              `json:"actions"`
}

// Step is one tenant of a path.
type Step struct {
	ID    tenant.ID    `json:"id"`
	Name  string       `json:"name"`
	Level tenant.Level `json:"level"`
}

func tenantOf(v tenancy.View) Tenant {
	return Tenant{
		ID: v.ID, Name: v.Name, Number: v.Number(), Level: v.Level, Variant: v.Variant, Edition: v.Edition, Status: v.Status,
		Parent: v.Parent, Country: v.Country, TimeZone: v.TimeZone, Language: v.Language, ActingWithdrawn: v.ActingWithdrawn,
		HideIdentities: v.HidesIdentities, Grants: grantsOf(v.Grants), Path: stepsOf(v.Trail), Permissions: v.Permissions,
		CreatedAt: v.CreatedAt, Version: v.Version, Actions: v.Actions,
	}
}

func stepsOf(nodes []authz.Node) []Step {
	steps := make([]Step, 0, len(nodes))
	for _, n := range nodes {
		steps = append(steps, Step{n.ID, n.Name, n.Level})
	}
	return steps
}

// grantsOf never returns nil, so that the reply says {} and not null.
func grantsOf(grants map[tenant.Grant]bool) map[tenant.Grant]bool {
	if grants == nil {
		return map[tenant.Grant]bool{}
	}
	return grants
}

// TenantPath is embedded in the input of every operation.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
}

type tenantOutput struct {
	rest.Versioned
	Body Tenant
}

func registerTenant(api huma.API, s *tenancy.Service) {
	rest.Register(api, rest.Operation{
		ID: "get-tenant", Method: http.MethodGet, Path: "/v1/tenants/{tenant}", Summary: "The tenant acted for",
		Permission: authz.TenantsRead,
	}, func(ctx context.Context, in *TenantPath) (*tenantOutput, error) {
		v, err := s.Get(ctx, in.Tenant)
		return &tenantOutput{rest.Version(v.Version), tenantOf(v)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "edit-tenant", Method: http.MethodPatch, Path: "/v1/tenants/{tenant}", Summary: "Change the tenant acted for",
		Permission: authz.TenantsManage,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.IfMatch
		Body struct {
			Name            *string `json:"name,omitempty"`
			Country         *string `json:"country,omitempty"`
			TimeZone        *string `json:"time_zone,omitempty"`
			Language        *string `json:"language,omitempty"`
			ActingWithdrawn *bool   `json:"acting_withdrawn,omitempty" doc:"Nobody from above may act for this tenant"`
			HideIdentities  *bool   `json:"hide_identities,omitempty" doc:"Customers are numbers for everybody above"`
		}
	}) (*tenantOutput, error) {
		b := in.Body
		v, err := s.Edit(ctx, in.Tenant, tenancy.Edit{
			Version: in.Version(), Name: b.Name, Country: b.Country, TimeZone: b.TimeZone, Language: b.Language,
			ActingWithdrawn: b.ActingWithdrawn, HidesIdentities: b.HideIdentities,
		})
		return &tenantOutput{rest.Version(v.Version), tenantOf(v)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "list-descendants", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/descendants",
		Summary: "Tenants below the one acted for, by a few letters", Permission: authz.TenantsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Text  string `query:"q" maxLength:"120"`
		Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}) (*struct{ Body rest.List[Descendant] }, error) {
		found, err := s.Descendants(ctx, in.Tenant, in.Text, in.Limit)
		return &struct{ Body rest.List[Descendant] }{rest.ListOf(found, "", descendantOf)}, err
	})
}

// Descendant is a tenant somewhere below, with the way to it.
type Descendant struct {
	ID      tenant.ID      `json:"id"`
	Name    string         `json:"name"`
	Number  string         `json:"number"`
	Level   tenant.Level   `json:"level"`
	Variant tenant.Variant `json:"variant,omitempty"`
	Path    []Step         `json:"path" doc:"What stands between"`
}

func descendantOf(d tenancy.Descendant) Descendant {
	path := make([]Step, 0, len(d.Trail))
	for _, t := range d.Trail {
		path = append(path, Step{t.ID, t.Name, t.Level})
	}
	return Descendant{d.ID, d.Name, d.Number(), d.Level, d.Variant, path}
}
