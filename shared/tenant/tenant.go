// Package tenant holds the words for who sells to whom: identifiers, levels, variants and editions. The tree itself,
// its rules and its rows belong to functions/tenancy.
package tenant

import (
	"slices"

	"github.com/tierkeep/tierkeep/shared/id"
)

// ID identifies a tenant: any supplier, distributor, reseller, customer or site. It is the first argument of every key
// builder and repository method, so that an unscoped key cannot be written.
type ID string

// Valid tells whether the identifier is well formed; it says nothing about whether the tenant exists.
func (t ID) Valid() bool { return id.Valid(id.Tenant, string(t)) }

// Level is a tenant's place in the chain of sale.
type Level string

// The levels, from the top. Only the root is a supplier.
const (
	Supplier       Level = "supplier"
	Distributor    Level = "distributor"
	SubDistributor Level = "sub_distributor"
	Reseller       Level = "reseller"
	Customer       Level = "customer"
	Site           Level = "site"
)

// Sells tells whether tenants of this level sell: they have people with seller's roles, prices and invoices.
func (l Level) Sells() bool {
	return l == Supplier || l == Distributor || l == SubDistributor || l == Reseller
}

// Below lists the levels that may stand directly below this one (mission, decision 1). Whether a reseller may have
// resellers is a right on top of this.
func (l Level) Below() []Level {
	switch l {
	case Supplier:
		return []Level{Distributor, Reseller}
	case Distributor, SubDistributor:
		return []Level{SubDistributor, Reseller}
	case Reseller:
		return []Level{Reseller, Customer}
	case Customer:
		return []Level{Site}
	case Site:
	}
	return nil
}

// MayHave tells whether a tenant of the other level may stand directly below this one.
func (l Level) MayHave(other Level) bool { return slices.Contains(l.Below(), other) }

// Variant says how a seller sells, or what kind of customer a customer is. Rights follow it as data.
type Variant string

// The variants: four for sellers (mission A6), three for customers (A21, A22). Supplier and site have none.
const (
	AsDistributor Variant = "distributor"
	ValueAdded    Variant = "value_added"
	Graylabel     Variant = "graylabel"
	Whitelabel    Variant = "whitelabel"
	Business      Variant = "business"
	Private       Variant = "private"
	Anonymous     Variant = "anonymous"
)

// Variants lists the variants that a tenant of this level may have; empty means that it has none.
func (l Level) Variants() []Variant {
	switch l {
	case Distributor, SubDistributor:
		return []Variant{AsDistributor}
	case Reseller:
		return []Variant{ValueAdded, Graylabel, Whitelabel}
	case Customer:
		return []Variant{Business, Private, Anonymous}
	case Supplier, Site:
	}
	return nil
}

// Edition is the second set of rights beside the variant (mission, decision 3). Only sellers below the root have one.
type Edition string

// The editions.
const (
	Basic   Edition = "basic"
	Premium Edition = "premium"
)

// Grant names a right that one tenant has on top of, or without, what its variant and edition give (mission A14).
type Grant string

// The grants that exist. A grant set to true adds the right, set to false takes it away.
const (
	GrantSubReselling   Grant = "sub_reselling"
	GrantOwnServers     Grant = "own_servers"
	GrantOwnBrand       Grant = "own_brand"
	GrantHideIdentities Grant = "hide_identities"
	GrantAPIKeys        Grant = "api_keys"
	GrantApprovals      Grant = "approvals" // decide about what tenants below ask for
)

// Grants lists every grant that exists, in the order in which people are shown them.
func Grants() []Grant {
	return []Grant{GrantSubReselling, GrantOwnServers, GrantOwnBrand, GrantHideIdentities, GrantAPIKeys, GrantApprovals}
}

// Status says whether a tenant may act.
type Status string

// The states of a tenant.
const (
	Active    Status = "active"    // everything works
	Suspended Status = "suspended" // nobody of this tenant or below it may do anything until it is resumed
	Closed    Status = "closed"    // as suspended, for good
)
