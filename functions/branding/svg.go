package branding

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tierkeep/tierkeep/shared/pattern"
)

// Limits of an image that comes in.
const (
	maxSVGBytes    = 64 << 10
	maxSVGElements = 2000
	maxSVGDepth    = 32
)

const svgNamespace = "http://www.w3.org/2000/svg"

// svgRefusal says why an image is refused, in words for the person who sent it and without repeating what it holds.
type svgRefusal string

func (r svgRefusal) Error() string { return string(r) }

// The elements that an image may consist of: shapes, gradients, clipping and text. None of them loads or runs anything.
var svgElements = names(`svg g defs title desc path rect circle ellipse line polyline polygon linearGradient radialGradient stop
	clipPath text tspan`)

// The attributes that an element may have. There is no style, no class, no href, and nothing that begins with on.
var svgAttributes = names(`id viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy d points transform fill fill-opacity
	fill-rule stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset
	stroke-opacity opacity clip-path clip-rule clipPathUnits gradientUnits gradientTransform spreadMethod offset stop-color
	stop-opacity preserveAspectRatio version role aria-label font-family font-size font-weight font-style letter-spacing
	text-anchor dominant-baseline textLength lengthAdjust vector-effect`)

// svgValue is what an attribute may hold: numbers, words, colours and path data. A reference may only lead to an element of
// the same image, and no bracket but that of a transform or a colour is known.
var svgValue = pattern.New(`^(url\(#[A-Za-z_][A-Za-z0-9_-]*\)|((matrix|translate|scale|rotate|skewX|skewY|rgb|rgba|hsl|hsla)\([0-9eE.,%+ \t\r\n-]*\)[, \t\r\n]*)+|[A-Za-z0-9_.,#%+ \t\r\n/'-]*)$`)

// sanitise reads an SVG image and writes anew what it read. It refuses whatever it does not know, instead of dropping it, so
// that nobody wonders what became of a part of his logo. What it returns is read and written to the same bytes again.
func sanitise(given []byte) ([]byte, error) {
	if len(given) > maxSVGBytes {
		return nil, svgRefusal("larger than 64 KB")
	}
	reader := svgReader{decoder: xml.NewDecoder(bytes.NewReader(given))}
	reader.decoder.Strict = true
	reader.decoder.Entity = map[string]string{}
	for {
		token, err := reader.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return reader.end()
		}
		if err != nil {
			return nil, svgRefusal("not well-formed XML")
		}
		if err := reader.take(token); err != nil {
			return nil, err
		}
	}
}

type svgReader struct {
	decoder  *xml.Decoder
	out      bytes.Buffer
	open     []string
	elements int
}

func (r *svgReader) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		return r.finish(t)
	case xml.CharData:
		return r.text(t)
	case xml.Comment:
		return nil
	case xml.ProcInst:
		if t.Target == "xml" && r.elements == 0 {
			return nil // the declaration; the encoding was checked by the decoder
		}
		return svgRefusal("processing instructions are not allowed")
	}
	return svgRefusal("document types and entities are not allowed")
}

func (r *svgReader) start(e xml.StartElement) error {
	r.elements++
	name := e.Name.Local
	switch {
	case e.Name.Space != "" || !svgElements[name]:
		return svgRefusal("holds an element other than shapes, gradients, clipping and text")
	case (name == "svg") != (len(r.open) == 0):
		return svgRefusal("must be one svg element")
	case len(r.open) == 0 && r.elements > 1:
		return svgRefusal("must be one svg element")
	case len(r.open) >= maxSVGDepth || r.elements > maxSVGElements:
		return svgRefusal("has too many elements")
	}
	r.out.WriteString("<" + name)
	if name == "svg" {
		r.out.WriteString(` xmlns="` + svgNamespace + `"`)
		if !slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Space == "" && a.Name.Local == "viewBox" }) {
			return svgRefusal("has no viewBox")
		}
	}
	seen := map[string]bool{}
	for _, a := range e.Attr {
		if err := r.attribute(name, a, seen); err != nil {
			return err
		}
	}
	r.out.WriteString(">")
	r.open = append(r.open, name)
	return nil
}

func (r *svgReader) attribute(element string, a xml.Attr, seen map[string]bool) error {
	name := a.Name.Local
	if a.Name.Space == "" && name == "xmlns" {
		if element == "svg" && a.Value == svgNamespace {
			return nil
		}
		return svgRefusal("holds another language than SVG")
	}
	switch {
	case a.Name.Space != "" || !svgAttributes[name]:
		return svgRefusal("holds an attribute that is not allowed, such as style, class, href or an event")
	case seen[name]:
		return svgRefusal("has an attribute twice")
	case name == "aria-label":
	case !svgValue.MatchString(a.Value):
		return svgRefusal("holds a value that leads elsewhere or that is not known")
	}
	seen[name] = true
	r.out.WriteString(" " + name + `="`)
	if err := xml.EscapeText(&r.out, []byte(a.Value)); err != nil {
		return fmt.Errorf("write an attribute: %w", err)
	}
	r.out.WriteString(`"`)
	return nil
}

func (r *svgReader) finish(e xml.EndElement) error {
	if len(r.open) == 0 || e.Name.Space != "" || r.open[len(r.open)-1] != e.Name.Local {
		return svgRefusal("not well-formed XML")
	}
	r.open = r.open[:len(r.open)-1]
	r.out.WriteString("</" + e.Name.Local + ">")
	return nil
}

// text keeps what is read as text, and drops the spaces between shapes.
func (r *svgReader) text(t xml.CharData) error {
	blank := len(bytes.TrimSpace(t)) == 0
	if len(r.open) == 0 {
		if blank {
			return nil
		}
		return svgRefusal("must be one svg element")
	}
	switch r.open[len(r.open)-1] {
	case "text", "tspan", "title", "desc":
		if err := xml.EscapeText(&r.out, t); err != nil {
			return fmt.Errorf("write text: %w", err)
		}
		return nil
	}
	if blank {
		return nil
	}
	return svgRefusal("has text outside of text elements")
}

func (r *svgReader) end() ([]byte, error) {
	if r.elements == 0 || len(r.open) > 0 {
		return nil, svgRefusal("not a whole image")
	}
	return r.out.Bytes(), nil
}

func names(list string) map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(list) {
		all[name] = true
	}
	return all
}
