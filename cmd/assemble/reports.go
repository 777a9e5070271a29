package assemble

import (
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/publish"
)

func (a *Assembly) reportRows() reports.Reader { return reports.Reader{Rows: a.Ports.Store} }

// Reports makes the service of jobs, usage and health.
func (a *Assembly) Reports() *reports.Service {
	return &reports.Service{
		Guard: a.guard, Reader: a.reportRows(), Clock: a.Ports.Clock, Accounts: a.accountRows(),
		Servers: servers.Listener{Reader: a.ServerRows(), Clock: a.Ports.Clock}, Timers: a.Ports.Schedule,
	}
}

// ReportsConsumer arms the timers of what is expected, and takes them in.
func (a *Assembly) ReportsConsumer() publish.Handler { return a.Reports().Consume }
