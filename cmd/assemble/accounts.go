package assemble

import (
	"context"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func (a *Assembly) accountRows() accounts.Reader { return accounts.Reader{Rows: a.Ports.Store} }

// Accounts makes the service of backup accounts.
func (a *Assembly) Accounts() *accounts.Service {
	return &accounts.Service{
		Guard: a.guard, Reader: a.accountRows(), Changes: a.changes, Clock: a.Ports.Clock,
		Operations: operations.Queue{Rows: a.Ports.Store, Clock: a.Ports.Clock}, Servers: a.ServerRows(),
		Slugs: slugs{a.knownHosts(), a.tenants}, Usage: usage{a.reportRows()},
		Approvals: a.approvalDesk(), Timers: a.Ports.Schedule, Kept: a.Settings.TrashKept,
	}
}

// AccountsConsumer takes in what concerns accounts.
func (a *Assembly) AccountsConsumer() publish.Handler { return a.Accounts().Consume }

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

// LastGood implements accounts.Usage.
func (u usage) LastGood(ctx context.Context, seller tenant.ID, account string) (time.Time, error) {
	h, err := u.reports.Health(ctx, seller, account)
	return h.LastGood, err
}
