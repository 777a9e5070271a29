package serversapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// Enrolment is a token that was just made, shown once.
type Enrolment struct {
	ID        string    `json:"id"`
	Token     string    `json:"token"`
	Command   string    `json:"command" doc:"What to run beside the backup server"`
	ExpiresAt time.Time `json:"expires_at"`
}

func registerAgents(api huma.API, s *servers.Service) {
	rest.Register(api, rest.Operation{
		ID: "start-enrolment", Method: http.MethodPost, Path: all + "/{server}/enrolments", Summary: "Make a one-time token for a server's agent",
		Permission: authz.AgentsEnrol, Status: http.StatusCreated, Secret: true, Resource: all + "/{server}",
	}, func(ctx context.Context, in *ServerPath) (*struct{ Body Enrolment }, error) {
		e, err := s.StartEnrolment(ctx, in.Tenant, in.Server)
		return &struct{ Body Enrolment }{Enrolment{e.ID, e.Token, command(ctx, e.Token), e.ExpiresAt}}, err
	})

	rest.Register(api, rest.Operation{
		ID: "enrol-agent", Method: http.MethodPost, Path: "/agent/v1/enrol", Summary: "Trade a one-time token for an agent's identity",
		Auth: route.Public, Status: http.StatusCreated,
	}, func(ctx context.Context, in *struct {
		Body struct {
			Token        string `json:"token" minLength:"1" maxLength:"100"`
			SignKey      []byte `json:"sign_key" doc:"Ed25519 public key"`
			SealKey      []byte `json:"seal_key" doc:"X25519 public key"`
			AgentVersion string `json:"agent_version" maxLength:"100"`
		}
	}) (*struct{ Body Admission }, error) {
		call := rest.CallFrom(ctx)
		a, err := s.Enrol(ctx, servers.Newcomer{
			Token: in.Body.Token, SignKey: in.Body.SignKey, SealKey: in.Body.SealKey, Software: in.Body.AgentVersion, Host: call.Host, Secure: call.Secure,
		})
		return &struct{ Body Admission }{Admission(a)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "agent-hello", Method: http.MethodPost, Path: "/agent/v1/hello", Summary: "Say what stands here", Auth: route.Agent,
		Status: http.StatusOK,
	}, func(ctx context.Context, in *struct {
		Body struct {
			Protocol      []int         `json:"protocol" minItems:"1" maxItems:"10"`
			AgentVersion  string        `json:"agent_version" maxLength:"100"`
			ClockOffsetMS int64         `json:"clock_offset_ms"`
			Quarantined   int           `json:"quarantined" minimum:"0"`
			Servers       []ServerHello `json:"servers" maxItems:"50"`
		}
	}) (*struct{ Body Welcome }, error) {
		work := false
		for _, said := range in.Body.Servers {
			waits, err := s.TakeHello(ctx, servers.Hello{
				Software: in.Body.AgentVersion, ClockOffset: time.Duration(in.Body.ClockOffsetMS) * time.Millisecond,
				Quarantined: in.Body.Quarantined, Server: said.Server, Info: said.Info,
			})
			if err != nil {
				return nil, err
			}
			work = work || waits
		}
		call := rest.CallFrom(ctx)
		return &struct{ Body Welcome }{Welcome{s.Clock.Now(), work, servers.PollSeconds, s.WakeURL(call.Host, call.Secure)}}, nil
	})
}

// ServerHello is what an agent found at one server.
type ServerHello struct {
	Server string      `json:"server"`
	Info   driver.Info `json:"info"`
}

// Admission is what an agent gets that enrolled.
type Admission struct {
	Agent       string    `json:"agent"`
	Server      string    `json:"server"`
	WakeURL     string    `json:"wake_url"`
	PlatformKey []byte    `json:"platform_key" doc:"Ed25519 public key: signs operations"`
	ServerTime  time.Time `json:"server_time"`
}

// Welcome answers a hello.
type Welcome struct {
	ServerTime  time.Time `json:"server_time"`
	Work        bool      `json:"work" doc:"Something waits: claim now"`
	PollSeconds int       `json:"poll_seconds" doc:"How often to claim unasked"`
	WakeURL     string    `json:"wake_url"`
}

func command(ctx context.Context, token string) string {
	call := rest.CallFrom(ctx)
	scheme := "http"
	if call.Secure {
		scheme = "https"
	}
	return "tierkeep-agent enrol --platform " + scheme + "://" + call.Host + " --token " + token
}
