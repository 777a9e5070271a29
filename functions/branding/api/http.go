// Package brandingapi speaks HTTP for functions/branding: brands as JSON for those who manage them, and as style sheet,
// names and images for every visitor of a host. It holds no rules.
package brandingapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Register adds the operations of branding to an API.
func Register(api huma.API, s *branding.Service) {
	registerBrand(api, s)
	registerPublic(api, s.Hosts)
}

// BrandLook is what a brand's owner chooses. Colours are "#rrggbb".
type BrandLook struct {
	Product      string        `json:"product" doc:"What the portal is called"`
	Company      string        `json:"company"`
	Slug         string        `json:"slug" doc:"The label before the platform's domain; may be empty for the root only"`
	Accent       string        `json:"accent,omitempty" doc:"Empty, like every colour: the platform's own"`
	AccentDark   string        `json:"accent_dark,omitempty"`
	OnAccent     string        `json:"on_accent,omitempty"`
	Nav          string        `json:"nav,omitempty"`
	NavInk       string        `json:"nav_ink,omitempty"`
	NavDark      string        `json:"nav_dark,omitempty"`
	NavInkDark   string        `json:"nav_ink_dark,omitempty"`
	Radius       int           `json:"radius" doc:"Pixels, 0 to 16"`
	Font         branding.Font `json:"font,omitempty" doc:"system, serif, or absent for the portal's own"`
	SupportEmail string        `json:"support_email,omitempty"`
	SupportPhone string        `json:"support_phone,omitempty"`
	Website      string        `json:"website,omitempty"`
}

// Brand is the brand under which a tenant's people work.
type Brand struct {
	BrandLook
	Inherited bool             `json:"inherited" doc:"It is that of somebody above, or the platform's; the tenant has none of its own"`
	Address   string           `json:"address" doc:"Of the portal in which the tenant's people sign in"`
	OwnImages []branding.Image `json:"own_images" doc:"Those that are not drawn from the product's name"`
	Version   int64            `json:"version"`
	Actions   []string         `json:"actions"`
}

func brandOf(v branding.View) Brand {
	t := v.Tokens
	return Brand{
		BrandLook{
			v.Product, v.Company, v.Slug, t.Accent.String(), t.AccentDark.String(), t.OnAccent.String(), t.Nav.String(),
			t.NavInk.String(), t.NavDark.String(), t.NavInkDark.String(), t.RadiusPixel, t.Font, v.Support.Email, v.Support.Phone,
			v.Support.Website,
		},
		v.Inherited, v.Address, v.Own, v.Version, v.Actions,
	}
}

type brandOutput struct {
	rest.Versioned
	Body Brand
}

func outputOf(v branding.View, err error) (*brandOutput, error) {
	return &brandOutput{rest.Version(v.Version), brandOf(v)}, err
}

type brandInput struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
	rest.IfMatch
	Body struct {
		BrandLook
		LogoSVG     *string `json:"logo_svg,omitempty" doc:"At most 64 KB; empty: none; absent: as it was. Shapes, gradients and text only"`
		LogoDarkSVG *string `json:"logo_dark_svg,omitempty" doc:"For dark surfaces"`
		IconSVG     *string `json:"icon_svg,omitempty" doc:"Square"`
	}
}

func (in *brandInput) edit() branding.Edit {
	b := in.Body
	return branding.Edit{
		Version: in.Version(), Product: b.Product, Company: b.Company, Slug: b.Slug,
		Support: branding.Support{Email: b.SupportEmail, Phone: b.SupportPhone, Website: b.Website},
		Accent:  b.Accent, AccentDark: b.AccentDark, OnAccent: b.OnAccent, Nav: b.Nav, NavInk: b.NavInk, NavDark: b.NavDark,
		NavInkDark: b.NavInkDark, Radius: b.Radius, Font: b.Font,
		Pictures: map[branding.Image]*string{branding.Logo: b.LogoSVG, branding.LogoDark: b.LogoDarkSVG, branding.Icon: b.IconSVG},
	}
}

func registerBrand(api huma.API, s *branding.Service) {
	rest.Register(api, rest.Operation{
		ID: "get-brand", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/brand", Summary: "The brand under which the tenant's people work",
		Permission: authz.TenantsRead,
	}, func(ctx context.Context, in *struct {
		Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
	}) (*brandOutput, error) {
		return outputOf(s.Get(ctx, in.Tenant))
	})

	rest.Register(api, rest.Operation{
		ID: "put-brand", Method: http.MethodPut, Path: "/v1/tenants/{tenant}/brand", Summary: "Give the tenant its own brand, or change it",
		Description: "If-Match is \"0\" while the brand is inherited. Contrast that people could not read is refused by field.",
		Permission:  authz.BrandManage,
	}, func(ctx context.Context, in *brandInput) (*brandOutput, error) {
		return outputOf(s.Put(ctx, in.Tenant, in.edit()))
	})
}
