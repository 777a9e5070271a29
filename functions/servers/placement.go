package servers

import (
	"context"
	"slices"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Placement is a server on which a seller may create accounts, with the types that it may sell there.
type Placement struct {
	Server Server
	Agent  Agent
	Types  []driver.AccountType
}

// Placements lists where the last tenant of a chain may create accounts: its own servers and those of everybody above it
// that give it access.
func (r Reader) Placements(ctx context.Context, chain []authz.Node) ([]Placement, error) {
	seller := chain[len(chain)-1].ID
	var all []Placement
	for _, owner := range slices.Backward(chain) {
		owned, err := r.Owned(ctx, owner.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range owned {
			p, err := r.placement(ctx, s, seller)
			if err != nil {
				return nil, err
			}
			if len(p.Types) > 0 {
				all = append(all, p)
			}
		}
	}
	return all, nil
}

// Placement returns the server as a place for an account of a type of the last tenant of a chain. It fails with
// server_not_allowed, also where the server does not exist for this seller.
func (r Reader) Placement(ctx context.Context, chain []authz.Node, server string, kind driver.AccountType) (Placement, error) {
	seller := chain[len(chain)-1].ID
	for _, owner := range slices.Backward(chain) {
		s, err := r.Server(ctx, owner.ID, server)
		if problem.Has(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return Placement{}, err
		}
		p, err := r.placement(ctx, s, seller)
		if err != nil {
			return Placement{}, err
		}
		if slices.Contains(p.Types, kind) {
			return p, nil
		}
	}
	return Placement{}, problem.New(problem.ServerNotAllowed, "this seller has no such server for accounts of this type")
}

func (r Reader) placement(ctx context.Context, s Server, seller tenant.ID) (Placement, error) {
	own, err := r.access(ctx, s, seller)
	if err != nil {
		return Placement{}, err
	}
	p := Placement{Server: s}
	for _, kind := range s.Types {
		if s.sells(seller, kind, own) {
			p.Types = append(p.Types, kind)
		}
	}
	if len(p.Types) == 0 {
		return p, nil
	}
	p.Agent, err = r.AgentOf(ctx, s)
	return p, err
}
