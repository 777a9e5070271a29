package tenancy

import (
	"strings"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature:
//
//	T#<tenant>#tenant            tenant                     the tenant itself
//	i1  below#<root>             <path>                     everything below a tenant, in path order
//	i2  T#<parent>#child         <kind>#<name>#<tenant>     direct children, by name; kind: seller, customer, site
//	lookup segment               <root>/<segment>           segments are drawn once per tree
//	lookup root                  platform                   the one root

func tenantKey(t tenant.ID) store.Key {
	return store.Key{PK: "T#" + string(t) + "#tenant", SK: "tenant"}
}

func belowKey(root tenant.ID, path Path) store.IndexKey {
	return store.IndexKey{PK: "below#" + string(root), SK: string(path)}
}

func childPartition(parent tenant.ID) string { return "T#" + string(parent) + "#child" }

func childKey(t Tenant) store.IndexKey {
	if t.Parent == "" {
		return store.IndexKey{}
	}
	return store.IndexKey{
		PK: childPartition(t.Parent), SK: childPrefix(childKind(t.Level)) + sortName(t.Name) + "#" + string(t.ID),
	}
}

// kind groups children that are listed together.
type kind string

const (
	sellers   kind = "seller"
	customers kind = "customer"
	sites     kind = "site"
)

func childKind(level tenant.Level) kind {
	switch level {
	case tenant.Customer:
		return customers
	case tenant.Site:
		return sites
	case tenant.Supplier, tenant.Distributor, tenant.SubDistributor, tenant.Reseller:
	}
	return sellers
}

func childPrefix(k kind) string { return string(k) + "#" }

// sortName is a name as lists order it, short enough for a sort key.
func sortName(name string) string {
	name = strings.ToLower(name)
	if len(name) > 200 {
		name = name[:200]
	}
	return strings.ReplaceAll(name, "#", " ")
}
