package platform

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/web"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/frontend"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/overview"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/servers/api/agentkeys"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/gateway"
	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/wakehub"
)

// Platform is every feature over one set of ports.
type Platform struct {
	Config Config
	Ports  assemble.Ports
	Log    *slog.Logger

	Tenancy    *tenancy.Service
	Identity   *identity.Service
	Branding   *branding.Service
	Servers    *servers.Service
	Operations *operations.Service
	Accounts   *accounts.Service
	Approvals  *approvals.Service
	Reports    *reports.Service
	Overview   *overview.Service

	Hub *wakehub.Hub

	assembly *assemble.Assembly
}

// New puts the features together. Nothing runs yet. Without a waker among the ports, agents are woken by the gateway's own
// WebSocket.
func New(c Config, ports assemble.Ports, log *slog.Logger) (*Platform, error) {
	keys := agentkeys.Keys{Reader: servers.Reader{Rows: ports.Store}}
	hub := wakehub.New(agentauth.Verifier{Keys: keys, Clock: ports.Clock}, log)
	if ports.Waker == nil {
		ports.Waker = hub
	}
	a, err := assemble.New(ports, assemble.Settings{
		Portal: c.PortalAddress(), SessionIdle: c.SessionIdle, SessionLongest: c.SessionLongest, WakeURL: wakeURL,
		MailFrom:  c.MailFrom,
		Approvals: approvals.Settings{RemindAfter: c.RemindAfter, ExpireAfter: c.ExpireAfter, DeciderAge: c.DeciderAge}, TrashKept: c.TrashKept,
	}, log)
	if err != nil {
		return nil, err
	}
	return &Platform{
		Config: c, Ports: ports, Log: log, Hub: hub, assembly: a,
		Tenancy: a.Tenancy(), Identity: a.Identity(), Branding: a.Branding(), Servers: a.Servers(), Operations: a.Operations(),
		Accounts: a.Accounts(), Approvals: a.Approvals(), Reports: a.Reports(), Overview: a.Overview(),
	}, nil
}

// Features makes the handler of every feature. With the zero value of rest.Deps they are good for the document alone.
func (p *Platform) Features(d rest.Deps) map[string]*rest.Feature { return web.All(p.assembly, d) }

// Handler is everything that comes to the platform's address.
func (p *Platform) Handler() (http.Handler, error) {
	functions := map[string]lambdahttp.Func{}
	for name, feature := range p.Features(web.Deps(p.assembly)) {
		functions[name] = lambdahttp.Wrap(feature)
	}
	build, err := frontend.Build()
	if err != nil {
		return nil, fmt.Errorf("open the portal: %w", err)
	}
	return gateway.New(gateway.Gateway{
		Functions: functions, Socket: p.Hub, Site: frontend.Site(build), Clock: p.Ports.Clock, Log: p.Log,
	})
}

// Tasks is what machines call, by the names in their definitions.
func (p *Platform) Tasks() map[string]workflow.Task {
	return map[string]workflow.Task{"ApprovalsTasks": p.assembly.ApprovalsTask()}
}

// Consumers is who takes in which events.
func (p *Platform) Consumers() map[events.Consumer]publish.Handler { return p.assembly.Consumers() }

// wakeURL is the gateway's own WebSocket, by the host under which the agent knows the platform.
func wakeURL(host string, secure bool) string {
	if secure {
		return "wss://" + host + "/agent/v1/wake"
	}
	return "ws://" + host + "/agent/v1/wake"
}
