package platform

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/frontend"
	"github.com/tierkeep/tierkeep/functions/accounts"
	accountsapi "github.com/tierkeep/tierkeep/functions/accounts/api"
	"github.com/tierkeep/tierkeep/functions/branding"
	brandingapi "github.com/tierkeep/tierkeep/functions/branding/api"
	"github.com/tierkeep/tierkeep/functions/identity"
	identityapi "github.com/tierkeep/tierkeep/functions/identity/api"
	"github.com/tierkeep/tierkeep/functions/operations"
	operationsapi "github.com/tierkeep/tierkeep/functions/operations/api"
	"github.com/tierkeep/tierkeep/functions/overview"
	overviewapi "github.com/tierkeep/tierkeep/functions/overview/api"
	"github.com/tierkeep/tierkeep/functions/reports"
	reportsapi "github.com/tierkeep/tierkeep/functions/reports/api"
	"github.com/tierkeep/tierkeep/functions/servers"
	serversapi "github.com/tierkeep/tierkeep/functions/servers/api"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	tenancyapi "github.com/tierkeep/tierkeep/functions/tenancy/api"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/wake"
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
	Ports  Ports
	Log    *slog.Logger

	Tenancy    *tenancy.Service
	Identity   *identity.Service
	Branding   *branding.Service
	Servers    *servers.Service
	Operations *operations.Service
	Accounts   *accounts.Service
	Reports    *reports.Service
	Overview   *overview.Service

	Hub *wakehub.Hub
}

// hashesAtOnce bounds the memory that signing in takes: each hash needs some of it for a while.
const hashesAtOnce = 4

// New puts the features together. Nothing runs yet.
func New(c Config, ports Ports, log *slog.Logger) (*Platform, error) {
	p := &Platform{Config: c, Ports: ports, Log: log}
	tenants := tenancy.Reader{Rows: ports.Store}
	directory := tenancy.NewDirectory(tenants, ports.Clock)
	guard := authz.Guard{Directory: directory}
	changes := change.Log{Store: ports.Store, Clock: ports.Clock}
	hosts, err := branding.NewHosts(ports.Store, directory, tenants, c.PortalAddress(), "")
	if err != nil {
		return nil, err
	}
	p.Branding = &branding.Service{Guard: guard, Rows: ports.Store, Changes: changes, Clock: ports.Clock, Hosts: hosts}
	p.Identity = &identity.Service{
		Guard: guard, Rows: ports.Store, Changes: changes, Clock: ports.Clock, Realms: hosts,
		Passwords: identity.NewPasswords(identity.DefaultCost, hashesAtOnce),
		Settings:  identity.Settings{SessionIdle: c.SessionIdle, SessionLongest: c.SessionLongest},
	}
	p.Tenancy = &tenancy.Service{
		Guard: guard, Reader: tenants, Changes: changes, Clock: ports.Clock, Directory: directory, Owners: p.Identity,
	}
	serverRows := servers.Reader{Rows: ports.Store}
	p.Servers = &servers.Service{
		Guard: guard, Reader: serverRows, Changes: changes, Clock: ports.Clock, PlatformKey: p.publicKey, WakeURL: wakeURL,
	}
	p.Operations = &operations.Service{
		Guard: guard, Reader: operations.Reader{Rows: ports.Store}, Changes: changes, Clock: ports.Clock, Sign: p.sign,
	}
	p.Accounts = &accounts.Service{
		Guard: guard, Reader: accounts.Reader{Rows: ports.Store}, Changes: changes, Clock: ports.Clock,
		Operations: operations.Queue{Rows: ports.Store, Clock: ports.Clock}, Servers: serverRows, Slugs: slugs{hosts, tenants},
		Usage: usage{reports.Reader{Rows: ports.Store}},
	}
	p.Reports = &reports.Service{
		Guard: guard, Reader: reports.Reader{Rows: ports.Store}, Clock: ports.Clock, Accounts: p.Accounts.Reader,
		Servers: servers.Listener{Reader: serverRows, Clock: ports.Clock}, Timers: ports.Schedule,
	}
	p.Overview = &overview.Service{
		Guard: guard, Store: ports.Store, Clock: ports.Clock, Tenants: tenants, Accounts: p.Accounts.Reader, Reports: p.Reports.Reader,
		Servers: serverRows, Operations: p.Operations.Reader,
	}
	p.Hub = wakehub.New(agentauth.Verifier{Keys: serversapi.Keys{Reader: serverRows}, Clock: ports.Clock}, log)
	return p, nil
}

// Features makes the handler of every feature. With the zero value of rest.Deps they are good for the document alone.
func (p *Platform) Features(d rest.Deps) map[string]*rest.Feature {
	features := map[string]*rest.Feature{}
	for name, register := range map[string]func(huma.API){
		"tenancy":    func(api huma.API) { tenancyapi.Register(api, p.Tenancy) },
		"identity":   func(api huma.API) { identityapi.Register(api, p.Identity) },
		"branding":   func(api huma.API) { brandingapi.Register(api, p.Branding) },
		"servers":    func(api huma.API) { serversapi.Register(api, p.Servers) },
		"operations": func(api huma.API) { operationsapi.Register(api, p.Operations) },
		"accounts":   func(api huma.API) { accountsapi.Register(api, p.Accounts) },
		"reports":    func(api huma.API) { reportsapi.Register(api, p.Reports) },
		"overview":   func(api huma.API) { overviewapi.Register(api, p.Overview) },
	} {
		features[name] = rest.Handler(name, register, d)
	}
	return features
}

// Handler is everything that comes to the platform's address.
func (p *Platform) Handler() (http.Handler, error) {
	functions := map[string]lambdahttp.Func{}
	for name, feature := range p.Features(p.deps()) {
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

// Consumers is who takes in which events.
func (p *Platform) Consumers() map[events.Consumer]publish.Handler {
	var waker wake.Waker = p.Hub
	if p.Ports.Waker != nil {
		waker = p.Ports.Waker
	}
	dispatcher := operations.Consumer{Service: p.Operations, Agents: p.Servers.Reader, Waker: waker, Log: p.Log}
	return map[events.Consumer]publish.Handler{
		events.Operations: dispatcher.Consume,
		events.Accounts:   p.Accounts.Consume,
		events.Reports:    p.Reports.Consume,
	}
}

// signingKey is the platform's own key, made at the first use.
func (p *Platform) signingKey(ctx context.Context) (ed25519.PrivateKey, error) {
	seed, err := p.Ports.Secrets.GetOrCreate(ctx, "platform/signing-key", func() ([]byte, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return key.Seed(), nil
	})
	if err != nil {
		return nil, err
	}
	if len(seed.Reveal()) != ed25519.SeedSize {
		return nil, fmt.Errorf("the platform's signing key is damaged")
	}
	return ed25519.NewKeyFromSeed(seed.Reveal()), nil
}

func (p *Platform) sign(ctx context.Context, message []byte) ([]byte, error) {
	key, err := p.signingKey(ctx)
	if err != nil {
		return nil, err
	}
	return ed25519.Sign(key, message), nil
}

func (p *Platform) publicKey(ctx context.Context) ([]byte, error) {
	key, err := p.signingKey(ctx)
	if err != nil {
		return nil, err
	}
	return key.Public().(ed25519.PublicKey), nil
}

// wakeURL is the gateway's own WebSocket, by the host under which the agent knows the platform.
func wakeURL(host string, secure bool) string {
	if secure {
		return "wss://" + host + "/agent/v1/wake"
	}
	return "ws://" + host + "/agent/v1/wake"
}
