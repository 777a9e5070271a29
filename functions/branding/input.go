package branding

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// Edit is a whole brand as somebody wants it. Colours are "#rrggbb"; an empty one is the platform's own.
type Edit struct {
	Version    int64 // that the caller read; 0 where the tenant has no brand of its own yet
	Product    string
	Company    string
	Slug       string
	Support    Support
	Accent     string
	AccentDark string
	OnAccent   string
	Nav        string
	NavInk     string
	NavDark    string
	NavInkDark string
	Radius     int
	Font       Font
	Pictures   map[Image]*string // SVG; empty: none of its own; nil: as it was
}

// brand reads the edit into a brand and its new pictures, or says which fields are wrong.
func (e Edit) brand(isRoot bool) (Brand, Pictures, error) {
	var fields problem.Fields
	checkText(&fields, "/product", e.Product, 1, 40)
	checkText(&fields, "/company", e.Company, 1, 120)
	if none := isRoot && e.Slug == ""; !none && !isSlug(e.Slug) {
		fields.Add("/slug", "slug", "3 to 40 small letters, digits and single hyphens between them, with a letter, and no word that the platform keeps")
	}
	e.Support.check(&fields)
	own := Platform().Tokens
	t := Tokens{
		Accent: colour(&fields, "/accent", e.Accent, own.Accent), AccentDark: colour(&fields, "/accent_dark", e.AccentDark, own.AccentDark),
		OnAccent: colour(&fields, "/on_accent", e.OnAccent, own.OnAccent), Nav: colour(&fields, "/nav", e.Nav, own.Nav),
		NavInk: colour(&fields, "/nav_ink", e.NavInk, own.NavInk), NavDark: colour(&fields, "/nav_dark", e.NavDark, own.NavDark),
		NavInkDark:  colour(&fields, "/nav_ink_dark", e.NavInkDark, own.NavInkDark),
		RadiusPixel: e.Radius, Font: e.Font,
	}
	if e.Radius < 0 || e.Radius > 16 {
		fields.Add("/radius", "radius", "0 to 16 pixels")
	}
	if e.Font != FontPortal && e.Font != FontSystem && e.Font != FontSerif {
		fields.Add("/font", "font", "system, serif, or empty for the portal's own")
	}
	if len(fields) == 0 { // contrast of what could not be read says nothing
		t.checkContrast(&fields)
	}
	pictures := e.pictures(&fields)
	return Brand{Product: e.Product, Company: e.Company, Slug: e.Slug, Support: e.Support, Tokens: t}, pictures, fields.Err()
}

func (e Edit) pictures(fields *problem.Fields) Pictures {
	read := Pictures{}
	for _, i := range images {
		given := e.Pictures[i]
		if given == nil || *given == "" {
			continue
		}
		svg, err := sanitise([]byte(*given))
		var refusal svgRefusal
		switch {
		case errors.As(err, &refusal):
			fields.Add(fieldOf(i), "svg", string(refusal))
		case err != nil:
			fields.Add(fieldOf(i), "svg", "cannot be read")
		default:
			read[i] = svg
		}
	}
	return read
}

func fieldOf(i Image) string {
	return "/" + strings.ReplaceAll(string(i), "-", "_") + "_svg"
}

func colour(fields *problem.Fields, at, s string, empty Colour) Colour {
	if s == "" {
		return empty
	}
	c, ok := ParseColour(s)
	if !ok {
		fields.Add(at, "colour", "# and six hexadecimal digits, such as #0b5c6e")
	}
	return c
}

func (s Support) check(fields *problem.Fields) {
	if s.Email != "" && !tenancy.IsEmail(s.Email) {
		fields.Add("/support_email", "email", "an e-mail address, such as name@example.com")
	}
	checkText(fields, "/support_phone", s.Phone, 0, 40)
	if s.Website != "" && !isWebsite(s.Website) {
		fields.Add("/website", "url", "an address that begins with https://")
	}
}

func isWebsite(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > 200 || u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return false
	}
	name, ok := parseHost(u.Host)
	return ok && strings.Contains(name, ".")
}

func checkText(fields *problem.Fields, at, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	if n < least || n > most || strings.TrimSpace(s) != s || !utf8.ValidString(s) ||
		strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		detail := "printable characters without spaces at either end, at most "
		if least > 0 {
			detail = "not empty; " + detail
		}
		fields.Add(at, "text", detail+strconv.Itoa(most))
	}
}
