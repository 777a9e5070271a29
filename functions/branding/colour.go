package branding

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Colour is an sRGB colour, 0xrrggbb.
type Colour uint32

// ParseColour reads "#rrggbb", the only form in which colours come in.
func ParseColour(s string) (Colour, bool) {
	if len(s) != 7 || s[0] != '#' {
		return 0, false
	}
	for _, c := range []byte(s[1:]) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	return Colour(n), err == nil
}

func (c Colour) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

// linear returns the channels as light, from 0 to 1.
func (c Colour) linear() [3]float64 {
	var rgb [3]float64
	for i := range rgb {
		v := float64(uint32(c)>>(16-8*i)&0xff) / 255
		if v <= 0.04045 {
			rgb[i] = v / 12.92
		} else {
			rgb[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return rgb
}

func fromLinear(rgb [3]float64) Colour {
	var c Colour
	for _, v := range rgb {
		v = min(max(v, 0), 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		c = c<<8 | Colour(math.Round(v*255))
	}
	return c
}

// luminance is WCAG 2.2's relative luminance.
func (c Colour) luminance() float64 {
	rgb := c.linear()
	return 0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2]
}

// contrast is WCAG 2.2's contrast ratio, 1 to 21.
func contrast(a, b Colour) float64 {
	light, dark := a.luminance(), b.luminance()
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// mix is CSS's color-mix(in oklab, a share, b).
func mix(a, b Colour, share float64) Colour {
	x, y := a.oklab(), b.oklab()
	var m [3]float64
	for i := range m {
		m[i] = x[i]*share + y[i]*(1-share)
	}
	return fromOklab(m)
}

// oklab converts by the matrices of Björn Ottosson, "A perceptual color space for image processing" (2020).
func (c Colour) oklab() [3]float64 {
	rgb := c.linear()
	l := math.Cbrt(0.4122214708*rgb[0] + 0.5363325363*rgb[1] + 0.0514459929*rgb[2])
	m := math.Cbrt(0.2119034982*rgb[0] + 0.6806995451*rgb[1] + 0.1073969566*rgb[2])
	s := math.Cbrt(0.0883024619*rgb[0] + 0.2817188376*rgb[1] + 0.6299787005*rgb[2])
	return [3]float64{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func fromOklab(lab [3]float64) Colour {
	l := cube(lab[0] + 0.3963377774*lab[1] + 0.2158037573*lab[2])
	m := cube(lab[0] - 0.1055613458*lab[1] - 0.0638541728*lab[2])
	s := cube(lab[0] - 0.0894841775*lab[1] - 1.2914855480*lab[2])
	return fromLinear([3]float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	})
}

func cube(v float64) float64 { return v * v * v }
