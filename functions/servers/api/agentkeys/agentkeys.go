// Package agentkeys lets requests be checked against the keys of enrolled agents, also where nothing else of HTTP is linked.
package agentkeys

import (
	"context"

	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
)

// Keys tells whose signature a request carries. It implements agentauth.Keys.
type Keys struct{ Reader servers.Reader }

// AgentKey returns what an agent's signature is checked with, or a not_found problem where it is unknown or revoked.
func (k Keys) AgentKey(ctx context.Context, agent string) (agentauth.Agent, error) {
	a, err := k.Reader.Agent(ctx, agent)
	if err != nil {
		return agentauth.Agent{}, err
	}
	return agentauth.Agent{Key: a.SignKey, Tenant: a.Owner, Servers: []string{a.Server}}, nil
}
