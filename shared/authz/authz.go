// Package authz alone decides who may do what, from the tables in rights.go. Every service method begins with Require (or,
// for agents, RequireServer), so that the portal, API keys, consumers and agents all pass the same rules. What a caller may
// not see does not exist for him: the answer is then not_found, never forbidden.
package authz

import (
	"context"
	"fmt"
	"slices"

	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Node is what deciding needs to know of one tenant.
type Node struct {
	ID              tenant.ID
	Parent          tenant.ID // empty for the root
	Name            string
	Number          string // what the tenant is called where its name is masked
	Level           tenant.Level
	Variant         tenant.Variant
	Edition         tenant.Edition
	Status          tenant.Status
	TimeZone        string
	Grants          map[tenant.Grant]bool
	ActingWithdrawn bool // nobody from above may act for this tenant or below it
	Hides           bool // this seller masks its customers from everybody above it (mission, decision 4)
}

// Directory knows the tree. Tenancy implements it; mains wire it and may cache it for five seconds.
type Directory interface {
	// Chain returns the tenants from the root down to the given one, or a not_found problem.
	Chain(ctx context.Context, t tenant.ID) ([]Node, error)
}

// Guard decides.
type Guard struct{ Directory Directory }

// Decision is a yes, with what the service needs to go on.
type Decision struct {
	Principal Principal
	Target    Node
	Seller    Node   // the nearest tenant, the target included, that sells: whose rows hold the accounts
	Chain     []Node // from the root to the target
	ActsBelow bool   // the principal's home is another tenant; audit entries name both
}

// Require answers whether the principal in the context may do something for the target tenant. It fails with the problems
// unauthenticated, not_found (also for everything outside the principal's reach) and forbidden, whose detail is the reason.
func (g Guard) Require(ctx context.Context, permission Permission, target tenant.ID) (Decision, error) {
	p, ok := From(ctx)
	if !ok {
		return Decision{}, problem.New(problem.Unauthenticated, "no session or key")
	}
	if _, known := roleRights[permission]; !known {
		return Decision{}, fmt.Errorf("permission %s stands in no table", permission)
	}
	if !target.Valid() {
		return Decision{}, problem.New(problem.NotFound, "")
	}
	chain, err := g.Directory.Chain(ctx, target)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Principal: p, Target: chain[len(chain)-1], Chain: chain, Seller: sellerOf(chain)}
	if p.Via == ViaSystem {
		if !slices.Contains(systemRights[p.System], permission) {
			return Decision{}, refuse("the consumer %s has no %s", p.System, permission)
		}
		return d, nil
	}
	if p.Via == ViaAgent {
		return Decision{}, problem.New(problem.NotFound, "") // agents reach servers only, never tenants
	}
	return d.decide(permission)
}

func (d Decision) decide(permission Permission) (Decision, error) {
	p := d.Principal
	home := slices.IndexFunc(d.Chain, func(n Node) bool { return n.ID == p.HomeTenant })
	if home < 0 || d.masked(home) {
		return Decision{}, problem.New(problem.NotFound, "")
	}
	if p.Within != "" && !slices.ContainsFunc(d.Chain, func(n Node) bool { return n.ID == p.Within }) {
		return Decision{}, problem.New(problem.NotFound, "")
	}
	for _, n := range d.Chain {
		if n.Status != tenant.Active {
			return Decision{}, refuse("%s is %s", n.Level, n.Status)
		}
	}
	if !slices.Contains(roleRights[permission], p.Role) {
		return Decision{}, refuse("role %s has no %s", p.Role, permission)
	}
	if p.Via == ViaAPI && neverByKey[permission] {
		return Decision{}, refuse("no API key has %s", permission)
	}
	if !p.hasScope(permission) {
		return Decision{}, refuse("the API key has no scope %s", permission)
	}
	below := d.Chain[home+1:]
	ownSite := len(below) > 0 && d.Chain[home].Level == tenant.Customer
	if len(below) > 0 && !ownSite {
		if err := d.mayActBelow(below, permission); err != nil {
			return Decision{}, err
		}
		d.ActsBelow = true
	}
	if row, limited := tenantRights[permission]; limited {
		if k := kindOf(d.Target); !row[k].given(d.Target) {
			return Decision{}, refuse("%s has no %s", k, permission)
		}
	}
	return d, nil
}

// masked tells whether the target is a customer, or a site of one, whose seller hides it from the principal's home.
func (d Decision) masked(home int) bool {
	for i, n := range d.Chain {
		if n.Level == tenant.Customer {
			seller := i - 1
			return seller > home && d.Chain[seller].Hides
		}
	}
	return false
}

func (d Decision) mayActBelow(below []Node, permission Permission) error {
	p := d.Principal
	if !slices.Contains(roleRights[ActBelow], p.Role) {
		return refuse("role %s may not act below", p.Role)
	}
	if !p.hasScope(ActBelow) {
		return refuse("the API key has no scope %s", ActBelow)
	}
	for _, n := range below {
		if n.ActingWithdrawn {
			return refuse("acting below was withdrawn by %s", n.Level)
		}
	}
	if p.Role == Support && !reads[permission] {
		return refuse("support only looks while acting below")
	}
	if permission == NotesWrite {
		return problem.New(problem.NotFound, "") // a note exists for its writer only
	}
	return nil
}

// RequireServer answers whether the signing agent is bound to the server. Any other principal, and any other server, gets
// not_found.
func (Guard) RequireServer(ctx context.Context, server string) (Principal, error) {
	p, ok := From(ctx)
	if !ok {
		return Principal{}, problem.New(problem.Unauthenticated, "no signature")
	}
	if p.Via != ViaAgent || !slices.Contains(p.Servers, server) {
		return Principal{}, problem.New(problem.NotFound, "")
	}
	return p, nil
}

// RequireAgent answers whether an agent signed the request, for calls that concern the agent itself.
func (Guard) RequireAgent(ctx context.Context) (Principal, error) {
	p, ok := From(ctx)
	if !ok || p.Via != ViaAgent {
		return Principal{}, problem.New(problem.Unauthenticated, "no signature")
	}
	return p, nil
}

// RoleHas tells whether a role has a permission at home, for finding people rather than for deciding.
func RoleHas(r Role, p Permission) bool { return slices.Contains(roleRights[p], r) }

// Can tells, for lists of actions, whether Require would say yes to another permission on the same target.
func (d Decision) Can(permission Permission) bool {
	if d.Principal.Via == ViaSystem {
		return slices.Contains(systemRights[d.Principal.System], permission)
	}
	_, err := d.decide(permission)
	return err == nil
}

// CustomersMasked tells whether the principal sees the seller's customers by number only, because the seller hides them
// from everybody above it.
func (d Decision) CustomersMasked() bool {
	return d.Seller.Hides && d.Principal.Via != ViaSystem && d.Principal.HomeTenant != d.Seller.ID &&
		slices.ContainsFunc(d.Chain, func(n Node) bool { return n.ID == d.Principal.HomeTenant && n.Level.Sells() })
}

// CustomerName is what the principal of a decision may call a customer: its number where the seller hides it, or where it
// has no name.
func (g Guard) CustomerName(ctx context.Context, d Decision, customer tenant.ID) (string, error) {
	chain, err := g.Directory.Chain(ctx, customer)
	if err != nil {
		return "", err
	}
	n := chain[len(chain)-1]
	if d.CustomersMasked() || n.Name == "" {
		return n.Number, nil
	}
	return n.Name, nil
}

// FromHome is the part of the chain that the principal may look at: from the own home down to the target.
func (d Decision) FromHome() []Node {
	home := slices.IndexFunc(d.Chain, func(n Node) bool { return n.ID == d.Principal.HomeTenant })
	return d.Chain[max(home, 0):]
}

// Permissions lists everything the principal may do for the target, in the order of the permissions' names.
func (d Decision) Permissions() []Permission {
	var all []Permission
	for p := range roleRights {
		if d.Can(p) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// OwnPermissions lists what a role gives in a person's own tenant, for the rule that nobody gives a permission he lacks.
func OwnPermissions(role Role) []Permission {
	var all []Permission
	for p, roles := range roleRights {
		if slices.Contains(roles, role) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// Known tells whether a permission stands in the tables, for scopes that come from outside.
func Known(p Permission) bool { _, ok := roleRights[p]; return ok }

// KeyScopes lists the permissions that an API key can have.
func KeyScopes() []Permission {
	var all []Permission
	for p, roles := range roleRights {
		if !neverByKey[p] && len(roles) > 0 {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

func sellerOf(chain []Node) Node {
	for i := len(chain) - 1; i >= 0; i-- {
		if chain[i].Level.Sells() {
			return chain[i]
		}
	}
	return Node{}
}

func refuse(format string, args ...any) error {
	return problem.New(problem.Forbidden, fmt.Sprintf(format, args...))
}
