package assemble

import "github.com/tierkeep/tierkeep/functions/servers"

// ServerRows reads backup servers and agents.
func (a *Assembly) ServerRows() servers.Reader { return servers.Reader{Rows: a.Ports.Store} }

// Servers makes the service of backup servers and their agents.
func (a *Assembly) Servers() *servers.Service {
	return &servers.Service{
		Guard: a.guard, Reader: a.ServerRows(), Changes: a.changes, Clock: a.Ports.Clock, PlatformKey: a.key.public,
		WakeURL: a.Settings.WakeURL,
	}
}
