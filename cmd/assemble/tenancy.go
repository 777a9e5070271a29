package assemble

import "github.com/tierkeep/tierkeep/functions/tenancy"

// Tenancy makes the service of the tree of tenants.
func (a *Assembly) Tenancy() *tenancy.Service {
	return &tenancy.Service{
		Guard: a.guard, Reader: a.tenants, Changes: a.changes, Clock: a.Ports.Clock, Directory: a.directory, Owners: a.Identity(),
	}
}
