package assemble

import (
	"context"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// First is whom a platform is planted for.
type First struct {
	Company  string // the supplier's name
	Owner    string // the first person's e-mail address
	TimeZone string // the supplier's
}

// Root returns the supplier, planting it at the very first start. The link is the owner's one-time way in.
func (a *Assembly) Root(ctx context.Context, first First) (root tenancy.Tenant, link string, err error) {
	root, err = a.tenants.Root(ctx)
	if err == nil {
		link, err = a.Identity().SignInLink(ctx, root.ID, "")
		return root, link, err
	}
	if !problem.Has(err, problem.NotFound) {
		return tenancy.Tenant{}, "", err
	}
	root, _, link, err = a.Tenancy().PlantRoot(ctx, tenancy.Profile{
		Name: first.Company, Country: "NL", TimeZone: first.TimeZone, Language: "en",
	}, tenancy.NewOwner{Name: "Owner", Email: first.Owner})
	return root, link, err
}
