package assemble

import "github.com/tierkeep/tierkeep/functions/branding"

// Branding makes the service of brands.
func (a *Assembly) Branding() *branding.Service {
	return &branding.Service{Guard: a.guard, Rows: a.Ports.Store, Changes: a.changes, Clock: a.Ports.Clock, Hosts: a.knownHosts()}
}
