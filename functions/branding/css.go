package branding

import (
	"strconv"
	"strings"
)

type property struct{ name, value string }

// properties are the custom properties of a brand, in the order in which the style sheet has them. Every value is made from
// a checked type, so that no text of a person's reaches the style sheet.
func (t Tokens) properties() []property {
	return []property{
		{"--brand-accent", t.Accent.String()},
		{"--brand-accent-dark", t.AccentDark.String()},
		{"--brand-on-accent", t.OnAccent.String()},
		{"--brand-nav", t.Nav.String()},
		{"--brand-nav-ink", t.NavInk.String()},
		{"--brand-nav-dark", t.NavDark.String()},
		{"--brand-nav-ink-dark", t.NavInkDark.String()},
		{"--brand-radius", strconv.Itoa(t.RadiusPixel) + "px"},
		{"--brand-font", t.Font.family()},
	}
}

// CSS is the style sheet of a brand. Logos are addresses on the same host.
func (b Brand) CSS() string {
	var css strings.Builder
	css.WriteString(":root {\n")
	for _, p := range b.Tokens.properties() {
		css.WriteString("  " + p.name + ": " + p.value + ";\n")
	}
	for _, p := range []property{
		{"--brand-logo", address(Logo)},
		{"--brand-logo-dark", address(LogoDark)},
		{"--brand-logo-nav", address(logoOn(b.Tokens.Nav))},
		{"--brand-logo-nav-dark", address(logoOn(b.Tokens.NavDark))},
	} {
		css.WriteString("  " + p.name + ": url(" + p.value + ");\n")
	}
	css.WriteString("}\n")
	return css.String()
}

func address(i Image) string { return "/brand/" + string(i) + ".svg" }

func logoOn(ground Colour) Image {
	if ground.isDark() {
		return LogoDark
	}
	return Logo
}
