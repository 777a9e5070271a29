// Package overview reads what other features own and puts it side by side: what needs a hand, the grid of accounts, search
// and the audit log. It writes nothing. README.md has its words.
package overview

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the reads.
type Service struct {
	Guard      authz.Guard
	Store      store.Store
	Clock      clock.Clock
	Tenants    tenancy.Reader
	Accounts   accounts.Reader
	Reports    reports.Reader
	Servers    servers.Reader
	Operations operations.Reader
	Approvals  approvals.Reader
}

// board is everything of one tenant that the pages are made from, named as the principal may see it.
type board struct {
	decision  authz.Decision
	seesJobs  bool
	accounts  []accounts.Account
	health    map[string]reports.Health
	customers map[tenant.ID]string
	servers   map[string]serverState
}

type serverState struct {
	server servers.Server
	status servers.Status
	agent  servers.Agent
}

func (b board) silent(a accounts.Account) bool { return b.servers[a.Server].status != servers.Online }

// verdict is an account's health; unknown to whom may not see jobs.
func (b board) verdict(a accounts.Account) reports.Verdict {
	if !b.seesJobs {
		return reports.Verdict{Word: reports.UnknownWord}
	}
	return b.health[a.ID].Verdict(b.silent(a))
}

// used is what an account keeps: by its latest samples, or as its latest operation found it where there are none.
func (b board) used(a accounts.Account) int64 {
	if h := b.health[a.ID]; len(h.Kept) > 0 {
		return h.Used()
	}
	return a.UsedBytes
}

// read gathers a tenant's board: a seller's whole, or a customer's part of it.
func (s *Service) read(ctx context.Context, d authz.Decision) (board, error) {
	b := board{
		decision: d, seesJobs: d.Can(authz.JobsRead), customers: map[tenant.ID]string{}, servers: map[string]serverState{},
	}
	scope := accounts.Scope{Seller: d.Seller.ID}
	if !d.Target.Level.Sells() {
		scope.Customer = d.Target.ID
	}
	for cursor := ""; ; {
		page, next, err := s.Accounts.List(ctx, scope, store.MaxPage, cursor)
		if err != nil {
			return b, err
		}
		for _, a := range page {
			b.accounts = append(b.accounts, a.SeenBy(d))
		}
		if next == "" {
			break
		}
		cursor = next
	}
	if b.seesJobs {
		var err error
		if b.health, err = s.Reports.Healths(ctx, d.Seller.ID, scope.Customer); err != nil {
			return b, err
		}
	}
	if err := s.nameCustomers(ctx, d, b); err != nil {
		return b, err
	}
	return b, s.lookAtServers(ctx, d, b)
}

func (s *Service) nameCustomers(ctx context.Context, d authz.Decision, b board) error {
	if !d.Target.Level.Sells() {
		b.customers[d.Target.ID] = d.Target.Name
		return nil
	}
	all, err := s.Tenants.Customers(ctx, d.Seller.ID)
	if err != nil {
		return err
	}
	for _, c := range all {
		if d.CustomersMasked() {
			c = c.Masked()
		}
		name := c.Name
		if name == "" {
			name = c.Number()
		}
		b.customers[c.ID] = name
	}
	return nil
}

func (s *Service) lookAtServers(ctx context.Context, d authz.Decision, b board) error {
	look := func(found servers.Server) error {
		agent, err := s.Servers.AgentOf(ctx, found)
		if err != nil {
			return fmt.Errorf("look at server %s: %w", found.ID, err)
		}
		b.servers[found.ID] = serverState{found, agent.StatusAt(s.Clock.Now()), agent}
		return nil
	}
	owned, err := s.Servers.Owned(ctx, d.Target.ID)
	if err != nil {
		return err
	}
	for _, o := range owned {
		if err := look(o); err != nil {
			return err
		}
	}
	for _, a := range b.accounts {
		if _, known := b.servers[a.Server]; known {
			continue
		}
		found, err := s.Servers.Server(ctx, a.ServerOwner, a.Server)
		if err != nil {
			return err
		}
		if err := look(found); err != nil {
			return err
		}
	}
	return nil
}
