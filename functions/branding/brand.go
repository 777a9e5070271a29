// Package branding owns brands and the hostnames under which their portals stand. It does not own people, and decides no
// rights. README.md has its words and rules.
package branding

import (
	"time"

	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Brand is what a portal shows of its owner.
type Brand struct {
	Tenant    tenant.ID // empty for the platform's own
	Product   string    // what the portal is called
	Company   string    // whose it is
	Slug      string    // empty only for the root's and the platform's own
	Support   Support
	Tokens    Tokens
	ChangedAt time.Time
	Version   int64 // 0: no row
}

// Support is whom the brand's users turn to; each part may be empty, and is then not filled in from anybody above.
type Support struct {
	Email   string
	Phone   string
	Website string // https://…
}

// Tokens are the values that a style sheet gets.
type Tokens struct {
	Accent      Colour // on light surfaces, and as the fill of buttons in both schemes
	AccentDark  Colour // on dark surfaces
	OnAccent    Colour // text on a fill
	Nav         Colour // the navigation
	NavInk      Colour // text on it
	NavDark     Colour
	NavInkDark  Colour
	RadiusPixel int  // 0 to 16
	Font        Font // empty: the portal's own
}

// Font is one of the families that the portal can show without asking another server.
type Font string

// The fonts.
const (
	FontPortal Font = ""
	FontSystem Font = "system"
	FontSerif  Font = "serif"
)

// family is the first family in the portal's list of them, as CSS writes it.
func (f Font) family() string {
	switch f {
	case FontSystem:
		return "system-ui"
	case FontSerif:
		return "Georgia, \"Noto Serif\", serif"
	case FontPortal:
	}
	return "\"Inter Variable\""
}

// Image names one picture of a brand.
type Image string

// The images. The dark logo stands on dark surfaces; the icon is square.
const (
	Logo     Image = "logo"
	LogoDark Image = "logo-dark"
	Icon     Image = "icon"
)

var images = []Image{Logo, LogoDark, Icon}

// Platform is the built-in brand.
func Platform() Brand {
	return Brand{
		Product: "Tierkeep", Company: "Tierkeep",
		Tokens: Tokens{
			Accent: 0x0b5c6e, AccentDark: 0x63bccf, OnAccent: 0xffffff, Nav: 0xffffff, NavInk: 0x17202a, NavDark: 0x11161b,
			NavInkDark: 0xe4e9ee, RadiusPixel: 6,
		},
	}
}

// audited is what a change row tells of a brand.
type audited struct {
	Product string            `json:"product"`
	Company string            `json:"company"`
	Slug    string            `json:"slug,omitempty"`
	Support Support           `json:"support"`
	Tokens  map[string]string `json:"tokens"`
	Images  []Image           `json:"images,omitempty"` // those of its own
}

func (b Brand) audit(pictures Pictures) audited {
	a := audited{b.Product, b.Company, b.Slug, b.Support, map[string]string{}, nil}
	for _, p := range b.Tokens.properties() {
		a.Tokens[p.name] = p.value
	}
	for _, image := range images {
		if pictures[image] != nil {
			a.Images = append(a.Images, image)
		}
	}
	return a
}
