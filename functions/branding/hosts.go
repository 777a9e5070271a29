package branding

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Roots finds the supplier at the top. Tenancy's reader implements it.
type Roots interface {
	// Root returns the supplier, or a not_found problem on a platform that has not been set up.
	Root(ctx context.Context) (tenancy.Tenant, error)
}

// Hosts knows which hostname belongs to whom, and implements identity.Realms. It asks for no rights.
type Hosts struct {
	brands repository
	tree   authz.Directory
	roots  Roots
	portal url.URL
	domain string
}

// NewHosts returns the hosts of a platform whose root's portal stands at an address such as "https://portal.example.com", and
// whose brands stand below a domain such as "portal.example.com"; empty: localhost.
func NewHosts(rows store.Store, tree authz.Directory, roots Roots, portal, domain string) (*Hosts, error) {
	u, err := url.Parse(portal)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return nil, errors.New("the portal's address must be http or https and a host, with nothing behind it")
	}
	if domain == "" {
		domain = localDomain
	}
	if name, ok := parseHost(domain); !ok || name != domain {
		return nil, errors.New("the portal's domain must be a hostname in lower case")
	}
	return &Hosts{repository{rows}, tree, roots, *u, domain}, nil
}

// ByHost returns the realm that signs in at a host; what nobody has is the root's.
func (h *Hosts) ByHost(ctx context.Context, host string) (tenant.ID, error) {
	t, found, err := h.owner(ctx, host)
	if err != nil || found {
		return t, err
	}
	root, err := h.roots.Root(ctx)
	return root.ID, err
}

// owner returns whose slug a host is, and false where it is nobody's.
func (h *Hosts) owner(ctx context.Context, host string) (tenant.ID, bool, error) {
	slug, ok := h.slugOf(host)
	if !ok {
		return "", false, nil
	}
	ref, err := lookup.Get(ctx, h.brands.rows, lookup.Hostname, slugValue(slug))
	if errors.Is(err, store.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look up a hostname: %w", err)
	}
	return ref.Tenant, true, nil
}

func (h *Hosts) slugOf(host string) (string, bool) {
	name, ok := parseHost(host)
	if !ok {
		return "", false
	}
	for _, domain := range []string{h.domain, localDomain} {
		if slug, below := strings.CutSuffix(name, "."+domain); below && isSlug(slug) {
			return slug, true
		}
	}
	return "", false
}

// Above returns the realms that a tenant stands in, its own included, the nearest first and the root last.
func (h *Hosts) Above(ctx context.Context, t tenant.ID) ([]tenant.ID, error) {
	var realms []tenant.ID
	err := h.climb(ctx, t, func(n authz.Node, b Brand, own bool) bool {
		if n.Parent == "" || own && b.Slug != "" {
			realms = append(realms, n.ID)
		}
		return true
	})
	return realms, err
}

// Effective returns the brand under which a tenant's people work: its own, that of the nearest tenant above that has one, or
// the platform's.
func (h *Hosts) Effective(ctx context.Context, t tenant.ID) (Brand, error) {
	found := Platform()
	err := h.climb(ctx, t, func(_ authz.Node, b Brand, own bool) bool {
		if own {
			found = b
		}
		return !own
	})
	return found, err
}

// climb visits a tenant and everybody above it with the brand of each, until visit says no.
func (h *Hosts) climb(ctx context.Context, t tenant.ID, visit func(n authz.Node, b Brand, own bool) bool) error {
	chain, err := h.tree.Chain(ctx, t)
	if err != nil {
		return fmt.Errorf("find the tenants above %s: %w", t, err)
	}
	for i := len(chain) - 1; i >= 0; i-- {
		var b Brand
		own := false
		if chain[i].Level.Sells() { // nobody else has one
			if b, own, err = h.brands.get(ctx, chain[i].ID); err != nil {
				return err
			}
		}
		if !visit(chain[i], b, own) {
			return nil
		}
	}
	return nil
}

// Address returns the address of a realm's portal, without a slash at its end.
func (h *Hosts) Address(ctx context.Context, realm tenant.ID) (string, error) {
	b, own, err := h.brands.get(ctx, realm)
	if err != nil {
		return "", err
	}
	if !own {
		return h.portal.String(), nil
	}
	return h.addressOf(b.Slug), nil
}

func (h *Hosts) addressOf(slug string) string {
	if slug == "" {
		return h.portal.String()
	}
	u := h.portal
	u.Host = slug + "." + h.domain
	if port := h.portal.Port(); port != "" {
		u.Host += ":" + port
	}
	return u.String()
}

// Shown returns the brand that a host shows: its owner's; of a host that nobody has the root's, or the platform's.
func (h *Hosts) Shown(ctx context.Context, host string) (Brand, error) {
	t, found, err := h.owner(ctx, host)
	if err != nil {
		return Brand{}, err
	}
	if !found {
		root, err := h.roots.Root(ctx)
		if problem.Has(err, problem.NotFound) {
			return Platform(), nil // nobody has set the platform up yet
		}
		if err != nil {
			return Brand{}, err
		}
		t = root.ID
	}
	b, own, err := h.brands.get(ctx, t)
	if err != nil || own {
		return b, err
	}
	return Platform(), nil
}

// BrandOf returns what the portal at a host calls itself, whose it is, and its slug.
func (h *Hosts) BrandOf(ctx context.Context, host string) (product, company, slug string, err error) {
	b, err := h.Shown(ctx, host)
	return b.Product, b.Company, b.Slug, err
}

// Picture returns an image of the brand that a host shows, drawn from the brand's name where it has none of its own.
func (h *Hosts) Picture(ctx context.Context, host string, i Image) ([]byte, error) {
	b, err := h.Shown(ctx, host)
	if err != nil {
		return nil, err
	}
	return h.pictureOf(ctx, b, i)
}

func (h *Hosts) pictureOf(ctx context.Context, b Brand, i Image) ([]byte, error) {
	if b.Version > 0 {
		own, err := h.brands.picture(ctx, b.Tenant, i)
		if err != nil || own != nil {
			return own, err
		}
	}
	return b.draw(i), nil
}
