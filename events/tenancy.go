package events

// TenantCreated says that a tenant came to stand below another: a seller, a customer or a site.
type TenantCreated struct {
	Tenant  string `json:"tenant"`
	Parent  string `json:"parent"`
	Level   string `json:"level"`
	Variant string `json:"variant,omitempty"`
}

func (TenantCreated) EventType() Type   { return "tenant.created" }
func (TenantCreated) EventVersion() int { return 1 }

// TenantChanged says that a tenant's own data, rights or status changed.
type TenantChanged struct {
	Tenant  string   `json:"tenant"`
	Changed []string `json:"changed"`
}

func (TenantChanged) EventType() Type   { return "tenant.changed" }
func (TenantChanged) EventVersion() int { return 1 }
