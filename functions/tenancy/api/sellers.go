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

// Seller is a distributor or reseller directly below the tenant acted for.
type Seller struct {
	ID           tenant.ID             `json:"id"`
	Name         string                `json:"name"`
	Number       string                `json:"number"`
	Level        tenant.Level          `json:"level"`
	Variant      tenant.Variant        `json:"variant,omitempty"`
	Edition      tenant.Edition        `json:"edition,omitempty"`
	Status       tenant.Status         `json:"status"`
	SuspendedFor string                `json:"suspended_for,omitempty"`
	DirectSales  bool                  `json:"direct_sales" doc:"The built-in reseller of the tenant acted for"`
	Country      string                `json:"country,omitempty"`
	Grants       map[tenant.Grant]bool `json:"grants"`
	CreatedAt    time.Time             `json:"created_at"`
	Version      int64                 `json:"version"`
	Actions      []string              `json:"actions"`
}

func sellerOf(s tenancy.Seller) Seller {
	return Seller{
		s.ID, s.Name, s.Number(), s.Level, s.Variant, s.Edition, s.Status, s.SuspendedFor, s.DirectSales, s.Country,
		grantsOf(s.Grants), s.CreatedAt, s.Version, s.Actions,
	}
}

// ChildPath names a seller directly below.
type ChildPath struct {
	TenantPath
	Child tenant.ID `path:"child" doc:"A seller directly below"`
}

type sellerOutput struct {
	rest.Versioned
	Body Seller
}

func answer(s tenancy.Seller, err error) (*sellerOutput, error) {
	return &sellerOutput{rest.Version(s.Version), sellerOf(s)}, err
}

func registerSellers(api huma.API, s *tenancy.Service) {
	const sellers = "/v1/tenants/{tenant}/children"

	rest.Register(api, rest.Operation{
		ID: "list-sellers", Method: http.MethodGet, Path: sellers, Summary: "Sellers directly below the tenant acted for",
		Permission: authz.TenantsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Text string `query:"q" maxLength:"120" doc:"Part of a name or number"`
	}) (*struct{ Body rest.List[Seller] }, error) {
		page, next, err := s.Sellers(ctx, in.Tenant, in.Text, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Seller] }{rest.ListOf(page, next, sellerOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "create-seller", Method: http.MethodPost, Path: sellers, Summary: "Create a distributor or reseller below",
		Permission: authz.TenantsCreateBelow, Status: http.StatusCreated, Secret: true,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Body NewSeller
	}) (*struct{ Body CreatedSeller }, error) {
		created, link, err := s.CreateSeller(ctx, in.Tenant, in.Body.domain())
		if err != nil {
			return nil, err
		}
		seller, err := s.Seller(ctx, in.Tenant, created.ID)
		return &struct{ Body CreatedSeller }{CreatedSeller{sellerOf(seller), link}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-seller", Method: http.MethodGet, Path: sellers + "/{child}", Summary: "A seller directly below",
		Permission: authz.TenantsRead,
	}, func(ctx context.Context, in *ChildPath) (*sellerOutput, error) {
		return answer(s.Seller(ctx, in.Tenant, in.Child))
	})

	rest.Register(api, rest.Operation{
		ID: "change-rights", Method: http.MethodPatch, Path: sellers + "/{child}/rights",
		Summary: "Change variant, edition and grants of a seller directly below", Permission: authz.GrantsChange,
		Resource: sellers + "/{child}",
	}, func(ctx context.Context, in *struct {
		ChildPath
		rest.IfMatch
		Body struct {
			Variant *tenant.Variant        `json:"variant,omitempty"`
			Edition *tenant.Edition        `json:"edition,omitempty"`
			Grants  map[tenant.Grant]*bool `json:"grants,omitempty" doc:"true gives, false takes, null leaves it to variant and edition"`
		}
	}) (*sellerOutput, error) {
		return answer(s.ChangeRights(ctx, in.Tenant, in.Child, tenancy.Rights{
			Version: in.Version(), Variant: in.Body.Variant, Edition: in.Body.Edition, Grants: in.Body.Grants,
		}))
	})

	rest.Register(api, rest.Operation{
		ID: "suspend-seller", Method: http.MethodPost, Path: sellers + "/{child}/suspend",
		Summary: "Stop a seller and everybody below it", Permission: authz.TenantsSuspend, Resource: sellers + "/{child}",
		Status: http.StatusOK,
	}, func(ctx context.Context, in *struct {
		ChildPath
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"500"`
		}
	}) (*sellerOutput, error) {
		return answer(s.SuspendSeller(ctx, in.Tenant, in.Child, in.Body.Reason))
	})

	rest.Register(api, rest.Operation{
		ID: "resume-seller", Method: http.MethodPost, Path: sellers + "/{child}/resume", Summary: "Let a suspended seller work again",
		Permission: authz.TenantsSuspend, Resource: sellers + "/{child}", Status: http.StatusOK,
	}, func(ctx context.Context, in *ChildPath) (*sellerOutput, error) {
		return answer(s.ResumeSeller(ctx, in.Tenant, in.Child))
	})
}

// NewSeller is the body that creates a seller.
type NewSeller struct {
	Name     string                `json:"name" minLength:"1" maxLength:"120"`
	Level    tenant.Level          `json:"level" enum:"distributor,sub_distributor,reseller"`
	Variant  tenant.Variant        `json:"variant" enum:"distributor,value_added,graylabel,whitelabel"`
	Edition  tenant.Edition        `json:"edition,omitempty" enum:"basic,premium" doc:"basic when absent"`
	Country  string                `json:"country,omitempty" doc:"As the parent's when absent"`
	TimeZone string                `json:"time_zone,omitempty" doc:"As the parent's when absent"`
	Language string                `json:"language,omitempty" doc:"As the parent's when absent"`
	Grants   map[tenant.Grant]bool `json:"grants,omitempty"`
	Owner    *NewOwner             `json:"owner,omitempty" doc:"The first person, who gets a link"`
}

// NewOwner is the first person of a seller.
type NewOwner struct {
	Name  string `json:"name" minLength:"1" maxLength:"120"`
	Email string `json:"email" format:"email"`
}

// CreatedSeller is the reply, with the link that is shown once.
type CreatedSeller struct {
	Tenant Seller `json:"tenant"`
	Link   string `json:"link,omitempty" doc:"The owner's one-time way in; never shown again"`
}

func (n NewSeller) domain() tenancy.NewSeller {
	d := tenancy.NewSeller{
		Profile: tenancy.Profile{Name: n.Name, Country: n.Country, TimeZone: n.TimeZone, Language: n.Language},
		Level:   n.Level, Variant: n.Variant, Edition: n.Edition, Grants: n.Grants,
	}
	if n.Owner != nil {
		d.Owner = &tenancy.NewOwner{Name: n.Owner.Name, Email: n.Owner.Email}
	}
	return d
}
