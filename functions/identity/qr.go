package identity

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// Picture is a QR code as one path of SVG: a square of Size by Size, the quiet zone included, in which the path is dark.
type Picture struct {
	Size int
	Path string
}

// quiet is how many light modules ISO/IEC 18004 wants around a code.
const quiet = 4

// pictureOf draws a text as a QR code that stands a smudge of 15 % (level M).
func pictureOf(text string) (Picture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Picture{}, fmt.Errorf("draw a QR code: %w", err)
	}
	n := code.Bounds().Dx()
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			run := 0
			for x+run < n && dark(code.At(x+run, y)) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			}
			x += run
		}
	}
	return Picture{n + 2*quiet, path.String()}, nil
}

func dark(c color.Color) bool {
	red, _, _, _ := c.RGBA()
	return red == 0
}
