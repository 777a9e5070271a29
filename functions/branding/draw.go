package branding

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The platform's own signs: a keep of stacked tiers, which is a tower and a pile of backups.
var (
	//go:embed art/logo.svg
	platformLogo []byte
	//go:embed art/logo-dark.svg
	platformLogoDark []byte
	//go:embed art/icon.svg
	platformIcon []byte
)

// draw returns an image for a brand that has none of its own: the platform's sign for the platform's brand, and the
// product's name or first letter for everybody else's, who would not want another's sign.
func (b Brand) draw(i Image) []byte {
	if b.Version == 0 {
		switch i {
		case Logo:
			return platformLogo
		case LogoDark:
			return platformLogoDark
		case Icon:
		}
		return platformIcon
	}
	switch i {
	case Logo:
		return wordmark(b.Product, b.Tokens.Accent)
	case LogoDark:
		return wordmark(b.Product, b.Tokens.AccentDark)
	case Icon:
	}
	return letter(b.Product, b.Tokens)
}

const plainFont = `font-family="system-ui, Segoe UI, Arial, sans-serif"`

// wordmark sets the name in a box that fits it: textLength keeps it inside, whatever font the reader has.
func wordmark(name string, ink Colour) []byte {
	width := 15 * utf8.RuneCountInString(name)
	return fmt.Appendf(nil, `<svg xmlns="%s" viewBox="0 0 %d 32" role="img"><title>%s</title>`+
		`<text x="0" y="23" fill="%s" %s font-size="24" font-weight="650" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text></svg>`,
		svgNamespace, width, escaped(name), ink, plainFont, width, escaped(name))
}

func letter(name string, t Tokens) []byte {
	first, _ := utf8.DecodeRuneInString(name)
	return fmt.Appendf(nil, `<svg xmlns="%s" viewBox="0 0 32 32" role="img"><title>%s</title>`+
		`<rect width="32" height="32" rx="%d" fill="%s"/>`+
		`<text x="16" y="23" fill="%s" %s font-size="20" font-weight="650" text-anchor="middle">%s</text></svg>`,
		svgNamespace, escaped(name), min(t.RadiusPixel, 16), t.Accent, t.OnAccent, plainFont, escaped(strings.ToUpper(string(first))))
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
