package brandingapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// cached lets browsers and what stands between keep a brand for a minute: a changed brand shows soon, and a page does not
// wait for it each time.
const cached = "public, max-age=60"

// imagePolicy lets an image that is opened by itself draw, and nothing else.
const imagePolicy = "default-src 'none'; style-src 'none'; sandbox"

// PublicBrand is what every visitor of a host may know of its brand.
type PublicBrand struct {
	Product      string   `json:"product"`
	Company      string   `json:"company"`
	Slug         string   `json:"slug"`
	SupportEmail string   `json:"support_email,omitempty"`
	SupportPhone string   `json:"support_phone,omitempty"`
	Website      string   `json:"website,omitempty"`
	Languages    []string `json:"languages"`
}

// Conditional lets a client say what it has.
type Conditional struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"1024"`
}

// file is a reply as bytes. huma writes a body of bytes as it is.
type file struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag"`
	Policy       string `header:"Content-Security-Policy"`
	Body         []byte
}

type wordsOutput struct {
	Status       int
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag"`
	Body         PublicBrand
}

func (c Conditional) file(contentType, policy string, body []byte) *file {
	sum := sha256.Sum256(body)
	f := &file{http.StatusOK, contentType, cached, `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`, policy, body}
	if c.has(f.ETag) {
		f.Status, f.Body = http.StatusNotModified, nil
	}
	return f
}

func (c Conditional) has(etag string) bool {
	for tag := range strings.SplitSeq(c.IfNoneMatch, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

const apiPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func registerPublic(api huma.API, h *branding.Hosts) {
	rest.Register(api, rest.Operation{
		ID: "brand-style", Method: http.MethodGet, Path: "/brand.css", Summary: "The host's brand as custom properties", Auth: route.Public,
	}, func(ctx context.Context, in *Conditional) (*file, error) {
		b, err := h.Shown(ctx, rest.CallFrom(ctx).Host)
		if err != nil {
			return nil, err
		}
		return in.file("text/css; charset=utf-8", apiPolicy, []byte(b.CSS())), nil
	})

	rest.Register(api, rest.Operation{
		ID: "brand", Method: http.MethodGet, Path: "/brand.json", Summary: "The host's brand in words", Auth: route.Public,
	}, func(ctx context.Context, in *Conditional) (*wordsOutput, error) {
		b, err := h.Shown(ctx, rest.CallFrom(ctx).Host)
		if err != nil {
			return nil, err
		}
		words := PublicBrand{
			b.Product, b.Company, b.Slug, b.Support.Email, b.Support.Phone, b.Support.Website, tenancy.Languages,
		}
		text, err := json.Marshal(words)
		if err != nil {
			return nil, fmt.Errorf("encode a brand: %w", err)
		}
		f := in.file("application/json", apiPolicy, text)
		return &wordsOutput{f.Status, f.CacheControl, f.ETag, words}, nil
	})

	for _, i := range []branding.Image{branding.Logo, branding.LogoDark, branding.Icon} {
		rest.Register(api, rest.Operation{
			ID: "brand-" + string(i), Method: http.MethodGet, Path: "/brand/" + string(i) + ".svg", Summary: "An image of the host's brand",
			Auth: route.Public,
		}, func(ctx context.Context, in *Conditional) (*file, error) {
			svg, err := h.Picture(ctx, rest.CallFrom(ctx).Host, i)
			if err != nil {
				return nil, err
			}
			return in.file("image/svg+xml", imagePolicy, svg), nil
		})
	}
}
