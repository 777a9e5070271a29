package tenancy

import (
	"maps"
	"slices"

	"github.com/tierkeep/tierkeep/shared/tenant"
)

// audited is what a change row tells of a tenant: rights and status, and of the contact data only what a list shows.
type audited struct {
	Name            string                `json:"name"`
	Level           tenant.Level          `json:"level"`
	Variant         tenant.Variant        `json:"variant,omitempty"`
	Edition         tenant.Edition        `json:"edition,omitempty"`
	Grants          map[tenant.Grant]bool `json:"grants,omitempty"`
	Status          tenant.Status         `json:"status"`
	SuspendedFor    string                `json:"suspended_for,omitempty"`
	ActingWithdrawn bool                  `json:"acting_withdrawn,omitempty"`
	HidesIdentities bool                  `json:"hides_identities,omitempty"`
	Country         string                `json:"country,omitempty"`
	Email           string                `json:"email,omitempty"`
}

func (t Tenant) audit() audited {
	return audited{
		t.Name, t.Level, t.Variant, t.Edition, t.Grants, t.Status, t.SuspendedFor, t.ActingWithdrawn, t.HidesIdentities, t.Country,
		t.Contact.Email,
	}
}

// changed names the fields that differ.
func changed(a, b Tenant) []string {
	differs := map[string]bool{
		"name": a.Name != b.Name, "variant": a.Variant != b.Variant, "edition": a.Edition != b.Edition,
		"grants": !maps.Equal(a.Grants, b.Grants), "status": a.Status != b.Status, "country": a.Country != b.Country,
		"time_zone": a.TimeZone != b.TimeZone, "language": a.Language != b.Language, "contact": a.Contact != b.Contact,
		"acting_withdrawn": a.ActingWithdrawn != b.ActingWithdrawn, "hides_identities": a.HidesIdentities != b.HidesIdentities,
	}
	maps.DeleteFunc(differs, func(_ string, yes bool) bool { return !yes })
	return slices.Sorted(maps.Keys(differs))
}
