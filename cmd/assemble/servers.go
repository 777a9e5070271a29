package assemble

import (
	"context"

	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/clock"
)

// ServerRows reads backup servers and agents.
func (a *Assembly) ServerRows() servers.Reader { return servers.Reader{Rows: a.Ports.Store} }

// Servers makes the service of backup servers and their agents.
func (a *Assembly) Servers() *servers.Service {
	return &servers.Service{
		Guard: a.guard, Reader: a.ServerRows(), Changes: a.changes, Clock: a.Ports.Clock, PlatformKey: a.key.public,
		Work: work{a.operationRows(), a.Ports.Clock}, WakeURL: a.Settings.WakeURL,
	}
}

// work tells what waits for an agent.
type work struct {
	operations operations.Reader
	clock      clock.Clock
}

// Waits implements servers.Work.
func (w work) Waits(ctx context.Context, server string) (bool, error) {
	return w.operations.Waits(ctx, server, w.clock.Now())
}
