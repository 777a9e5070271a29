package branding

import (
	"fmt"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// The portal's own surfaces, as in its tokens.css, on which a brand must be readable.
const (
	surface     Colour = 0xffffff
	canvas      Colour = 0xf5f7f8
	surfaceDark Colour = 0x14191e
	canvasDark  Colour = 0x0c1013
	white       Colour = 0xffffff
)

const (
	readable     = 4.5  // WCAG 2.2, 1.4.3: contrast of text
	fillDarkHas  = 0.84 // of the accent; the rest is white
	headingHas   = 0.68 // of the navigation's ink; the rest is the navigation
	decimalsTold = "%.1f to 1 on %s; at least 4.5 is readable"
)

// checkContrast adds a field for everything that people could not read.
func (t Tokens) checkContrast(fields *problem.Fields) {
	for _, c := range []struct {
		field, on string
		ink       Colour
		ground    Colour
	}{
		{"/accent", "surfaces", t.Accent, surface},
		{"/accent", "the page", t.Accent, canvas},
		{"/accent_dark", "dark surfaces", t.AccentDark, surfaceDark},
		{"/accent_dark", "the dark page", t.AccentDark, canvasDark},
		{"/on_accent", "the accent", t.OnAccent, t.Accent},
		{"/on_accent", "the accent in the dark scheme", t.OnAccent, mix(t.Accent, white, fillDarkHas)},
		{"/nav_ink", "the navigation", mix(t.NavInk, t.Nav, headingHas), t.Nav},
		{"/nav_ink_dark", "the dark navigation", mix(t.NavInkDark, t.NavDark, headingHas), t.NavDark},
	} {
		if ratio := contrast(c.ink, c.ground); ratio < readable {
			fields.Add(c.field, "contrast", fmt.Sprintf(decimalsTold, ratio, c.on))
		}
	}
}

// isDark tells whether light ink reads better on a ground.
func (c Colour) isDark() bool { return contrast(c, 0xffffff) > contrast(c, 0x000000) }
