package branding

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestParseColour(t *testing.T) {
	for give, want := range map[string]string{
		"#0b5c6e": "#0b5c6e", "#ABCDEF": "#abcdef", "#000000": "#000000",
		"": "", "#fff": "", "0b5c6e": "", "#0b5c6e ": "", "#0b5c6g": "", "#+b5c6e": "", "red": "", "#0b5c6e;}": "",
		"url(x)": "", "#0b_c6e": "",
	} {
		c, ok := ParseColour(give)
		if ok != (want != "") || ok && c.String() != want {
			t.Errorf("%q is read as %s, %v", give, c, ok)
		}
	}
}

// The ratios that portal.md measured.
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		a, b Colour
		want float64
	}{
		{0x000000, 0xffffff, 21}, {0xffffff, 0xffffff, 1}, {0x17202a, surface, 16.5}, {0x626e79, surface, 5.2}, {0x87919b, surface, 3.2},
		{0xe6ebef, surfaceDark, 14.7}, {0x929da7, surfaceDark, 6.4},
	} {
		if got := contrast(c.a, c.b); math.Abs(got-c.want) > 0.06 {
			t.Errorf("%s on %s: %.2f, want %.1f", c.a, c.b, got, c.want)
		}
	}
}

func TestMixKeepsItsEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Colour(rapid.Uint32Range(0, 0xffffff).Draw(t, "a"))
		b := Colour(rapid.Uint32Range(0, 0xffffff).Draw(t, "b"))
		if mix(a, b, 1) != a || mix(a, b, 0) != b {
			t.Fatalf("%s and %s: %s and %s", a, b, mix(a, b, 1), mix(a, b, 0))
		}
		if c, ok := ParseColour(a.String()); !ok || c != a {
			t.Fatalf("%s is read as %s", a, c)
		}
	})
	if got := mix(0x000000, 0xffffff, 0.5); got != 0x636363 { // color-mix(in oklab, black, white) in a browser
		t.Errorf("the middle of black and white is %s", got)
	}
}

func TestUnreadableColoursAreRefusedByField(t *testing.T) {
	good := Platform().Tokens
	for _, c := range []struct {
		name   string
		change func(*Tokens)
		want   string
	}{
		{"the platform's own are readable", func(*Tokens) {}, ""},
		{"a pale accent", func(t *Tokens) { t.Accent = 0x8fd3e1 }, "/accent"},
		{"a dark accent in the dark", func(t *Tokens) { t.AccentDark = 0x0b5c6e }, "/accent_dark"},
		{"dark text on a dark fill", func(t *Tokens) { t.OnAccent = 0x17202a }, "/on_accent"},
		{"pale headings in the navigation", func(t *Tokens) { t.NavInk = 0x9aa4ad }, "/nav_ink"},
		{"dark headings in the dark navigation", func(t *Tokens) { t.NavInkDark = 0x5d6873 }, "/nav_ink_dark"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tokens := good
			c.change(&tokens)
			var fields problem.Fields
			tokens.checkContrast(&fields)
			if c.want == "" {
				if len(fields) > 0 {
					t.Fatalf("refused: %v", fields)
				}
				return
			}
			if len(fields) == 0 || fields[0].Name != c.want || fields[0].Code != "contrast" {
				t.Fatalf("got %v", fields)
			}
		})
	}
}
