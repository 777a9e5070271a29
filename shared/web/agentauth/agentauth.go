// Package agentauth decides which agent sent a request. It checks the signature and the time, and yields the agent as a
// principal; what an agent may do is authz's. How a request is signed stands in the package sign.
package agentauth

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

// MaxSkew is how far an agent's time may lie from the platform's, either way. Within it a request could be sent again by
// whoever saw it; what agents may not do twice therefore carries an identifier of its own.
const MaxSkew = 5 * time.Minute

// Keys knows the enrolled agents. The servers feature implements it.
type Keys interface {
	// AgentKey returns an agent's public key and servers. An unknown or revoked agent is the problem not_found.
	AgentKey(ctx context.Context, agent string) (Agent, error)
}

// Agent is what the platform knows of one agent.
type Agent struct {
	Key     ed25519.PublicKey
	Tenant  tenant.ID // the owner of its servers
	Servers []string  // srv_…
}

// Verifier checks signed requests.
type Verifier struct {
	Keys  Keys
	Clock clock.Clock
}

// Verify returns the agent that signed the target and the body. It fails with unauthenticated, and with clock_skew where
// the signature is right and only the time is not: the reply's X-Server-Time, which SetServerTime writes, tells the agent
// by how much.
func (v Verifier) Verify(ctx context.Context, h http.Header, target string, body []byte) (authz.Principal, error) {
	s, err := sign.Read(h)
	if err != nil {
		return authz.Principal{}, problem.Wrap(err, problem.Unauthenticated, "the request is not signed")
	}
	agent, err := v.Keys.AgentKey(ctx, s.Agent)
	if problem.Has(err, problem.NotFound) {
		return authz.Principal{}, problem.Wrap(err, problem.Unauthenticated, "unknown agent or wrong signature")
	}
	if err != nil {
		return authz.Principal{}, err
	}
	if !s.Verify(agent.Key, target, body) {
		return authz.Principal{}, problem.New(problem.Unauthenticated, "unknown agent or wrong signature")
	}
	if now := v.Clock.Now(); now.Sub(s.At).Abs() > MaxSkew {
		return authz.Principal{}, problem.New(problem.ClockSkew, "the server's time is "+now.Format(time.RFC3339))
	}
	return authz.Principal{Via: authz.ViaAgent, Agent: s.Agent, HomeTenant: agent.Tenant, Servers: agent.Servers}, nil
}

// SetServerTime tells the agent the platform's time, with every reply, so that it always knows how far its clock is off.
func (v Verifier) SetServerTime(h http.Header) {
	h.Set(sign.ServerTimeHeader, sign.Stamp(v.Clock.Now()))
}
