package notifications

import (
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// deliveryKey is where it stands what became of one event for one person, below the tenant whose event it is.
func deliveryKey(t tenant.ID, event, user string) store.Key {
	return store.Key{PK: "T#" + string(t) + "#delivery", SK: event + "#" + user}
}

// askedKey is where it stands who asked for an approval.
func askedKey(t tenant.ID, approval string) store.Key {
	return store.Key{PK: "T#" + string(t) + "#asked", SK: approval}
}
