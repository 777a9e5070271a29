// Package tenancy owns the tree of tenants: who sells to whom, from the supplier down to customers and sites, and with
// which rights. It does not own people, brands or prices. README.md has its words and states.
package tenancy

import (
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// MaxLayers is how many tenants a path may have, the root included.
const MaxLayers = 64

// Tenant is one place in the tree.
type Tenant struct {
	ID              tenant.ID
	Parent          tenant.ID // empty for the root
	Root            tenant.ID
	Path            Path
	Name            string
	Level           tenant.Level
	Variant         tenant.Variant
	Edition         tenant.Edition // of sellers below the root
	Grants          map[tenant.Grant]bool
	DirectSales     bool // the built-in reseller of a supplier or distributor
	Status          tenant.Status
	SuspendedFor    string // why, in the parent's words
	ActingWithdrawn bool
	HidesIdentities bool
	Country         string // ISO 3166-1 alpha-2
	TimeZone        string // IANA name
	Language        string // en, nl, de, fr: of mails and documents
	Contact         Contact
	CreatedAt       time.Time
	Version         int64
}

// Contact is how a tenant is reached and addressed. An anonymous customer has none.
type Contact struct {
	Person        string
	Email         string
	Phone         string
	Street        string
	PostalCode    string
	City          string
	ChamberNumber string // of the chamber of commerce
	VATNumber     string
}

// Number is what people call a tenant by, on the telephone and where its name is masked.
func (t Tenant) Number() string { return t.Path.Last() }

// Node is what authz knows of the tenant.
func (t Tenant) Node() authz.Node {
	return authz.Node{
		ID: t.ID, Parent: t.Parent, Name: t.Name, Number: t.Number(), Level: t.Level, Variant: t.Variant, Edition: t.Edition, Status: t.Status, TimeZone: t.TimeZone,
		Grants: t.Grants, ActingWithdrawn: t.ActingWithdrawn, Hides: t.HidesIdentities,
	}
}

// Masked returns the tenant as an upline sees a hidden customer: number, kind and status.
func (t Tenant) Masked() Tenant {
	t.Name, t.Contact, t.Country, t.TimeZone, t.Language = t.Number(), Contact{}, "", "", ""
	return t
}
