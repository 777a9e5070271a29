package authz

import (
	"context"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Via says by which door a principal came in.
type Via string

// The doors.
const (
	ViaPortal Via = "portal" // a session of a person
	ViaAPI    Via = "api"    // an API key
	ViaAgent  Via = "agent"  // a signed request of an agent
	ViaSystem Via = "system" // a consumer of our own
)

// Principal is who asks: a person by session, a person's API key, an agent, or a consumer.
type Principal struct {
	User       string // usr_…, empty for agents and consumers
	Name       string // how people are shown the principal; never trusted
	HomeTenant tenant.ID
	Role       Role
	Via        Via
	Session    string // ses_… when Via is ViaPortal

	// SecondFactor is since when the person has a confirmed second factor, zero: he has none. FactorProven says that this
	// session was opened with it. Both are a session's; an API key has neither.
	SecondFactor time.Time
	FactorProven bool

	Key     string       // key_… when Via is ViaAPI
	Scopes  []Permission // an API key's, and what it may do at most
	Within  tenant.ID    // an API key that was made while acting below reaches this tenant and what is below it; empty: no limit
	Agent   string       // agt_… when Via is ViaAgent
	Servers []string     // srv_…, the servers bound to the agent
	System  string       // the consumer's feature when Via is ViaSystem
}

// Actor names the principal in audit entries and events.
func (p Principal) Actor() string {
	switch p.Via {
	case ViaAgent:
		return p.Agent
	case ViaSystem:
		return "system:" + p.System
	case ViaPortal, ViaAPI:
	}
	return p.User
}

// System is the principal of a feature's own consumers. What it may do stands in the table of rights like any role's.
func System(feature string) Principal { return Principal{Via: ViaSystem, System: feature} }

type principalKey struct{}

// With returns a context that carries the principal.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns the principal, and false where nobody has signed in.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// hasScope tells whether an API key's scopes let it use the permission; every other door has no scopes.
func (p Principal) hasScope(want Permission) bool {
	return p.Via != ViaAPI || slices.Contains(p.Scopes, want)
}
