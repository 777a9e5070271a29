package branding

import (
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature:
//
//	T#<tenant>#brand     brand              the tenant's brand
//	T#<tenant>#brand     image#<image>      a picture of its own: logo, logo-dark, icon
//	lookup hostname      <slug>.localhost   the tenant; whatever the platform's domain is, so that it can be moved

func brandKey(t tenant.ID) store.Key {
	return store.Key{PK: "T#" + string(t) + "#brand", SK: "brand"}
}

func imageKey(t tenant.ID, i Image) store.Key {
	return store.Key{PK: "T#" + string(t) + "#brand", SK: "image#" + string(i)}
}

func slugValue(slug string) string { return slug + "." + localDomain }

func slugKey(slug string) store.Key { return lookup.Key(lookup.Hostname, slugValue(slug)) }
