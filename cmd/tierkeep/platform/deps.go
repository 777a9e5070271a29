package platform

import (
	"context"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/functions/branding"
	identityapi "github.com/tierkeep/tierkeep/functions/identity/api"
	"github.com/tierkeep/tierkeep/functions/reports"
	serversapi "github.com/tierkeep/tierkeep/functions/servers/api"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/ratelimit"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// The brakes: generous for people and scripts, tight enough that one caller cannot fill the machine.
var (
	callerLimit  = ratelimit.Limit{Burst: 600, Every: 20 * time.Millisecond}
	addressLimit = ratelimit.Limit{Burst: 1000, Every: 20 * time.Millisecond}
)

const brakedAtMost = 10_000

func (p *Platform) deps() rest.Deps {
	return rest.Deps{
		Authenticator: identityapi.Authenticator{Service: p.Identity}, Agents: serversapi.Keys{Reader: p.Servers.Reader}, Store: p.Ports.Store, Clock: p.Ports.Clock,
		Log: p.Log, Callers: ratelimit.New(p.Ports.Clock, callerLimit, brakedAtMost),
		Addresses: ratelimit.New(p.Ports.Clock, addressLimit, brakedAtMost),
	}
}

// slugs tells what a seller's logins begin with: the slug of the brand that it shows, else its number.
type slugs struct {
	hosts   *branding.Hosts
	tenants tenancy.Reader
}

// LoginPrefix implements accounts.Slugs.
func (s slugs) LoginPrefix(ctx context.Context, seller tenant.ID) (string, error) {
	brand, err := s.hosts.Effective(ctx, seller)
	if err != nil {
		return "", err
	}
	if brand.Tenant == seller && brand.Slug != "" {
		return brand.Slug[:min(len(brand.Slug), 40)], nil
	}
	t, err := s.tenants.Get(ctx, seller)
	return strings.ToLower(t.Number()), err
}

// usage tells how much accounts keep, as their servers last measured it.
type usage struct{ reports reports.Reader }

// Used implements accounts.Usage.
func (u usage) Used(ctx context.Context, seller tenant.ID, account string) (int64, error) {
	h, err := u.reports.Health(ctx, seller, account)
	return h.Used(), err
}
