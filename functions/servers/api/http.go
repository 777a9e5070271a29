// Package serversapi speaks HTTP for functions/servers. It holds no rules.
package serversapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Register adds the operations of servers to an API.
func Register(api huma.API, s *servers.Service) {
	registerServers(api, s)
	registerAccess(api, s)
	registerAgents(api, s)
}

// Server is a backup server that the tenant acted for owns or may sell on.
type Server struct {
	ID           string               `json:"id"`
	Name         string               `json:"name"`
	Host         string               `json:"host" doc:"What clients dial"`
	Owner        Owner                `json:"owner"`
	PrivateTo    tenant.ID            `json:"private_to,omitempty" doc:"The one seller that may use it"`
	Types        []driver.AccountType `json:"types"`
	Status       servers.Status       `json:"status" enum:"new,online,silent"`
	Product      string               `json:"product,omitempty"`
	Software     string               `json:"software,omitempty" doc:"Version of the product"`
	Driver       string               `json:"driver,omitempty"`
	Capabilities driver.Capabilities  `json:"capabilities"`
	TotalBytes   int64                `json:"total_bytes"`
	FreeBytes    int64                `json:"free_bytes"`
	Agent        *Agent               `json:"agent,omitempty"`
	CreatedAt    time.Time            `json:"created_at"`
	Version      int64                `json:"version"`
	Actions      []string             `json:"actions"`
}

// Owner is whose server it is. The name of an owner above the caller's home stays empty.
type Owner struct {
	ID   tenant.ID `json:"id"`
	Name string    `json:"name"`
}

// Agent is the program beside a server.
type Agent struct {
	ID            string    `json:"id"`
	Version       string    `json:"version"`
	EnrolledAt    time.Time `json:"enrolled_at"`
	LastSeenAt    time.Time `json:"last_seen_at"`
	ClockOffsetMS int64     `json:"clock_offset_ms" doc:"How far the platform's clock is ahead of the agent's"`
	Quarantined   int       `json:"quarantined" doc:"Entries that the platform refused and the agent keeps aside"`
}

func serverOf(v servers.View) Server {
	i := v.AgentState.Info
	s := Server{
		ID: v.ID, Name: v.Name, Host: v.Host, Owner: Owner{v.Owner, v.OwnerName}, PrivateTo: v.PrivateTo, Types: v.Types, Status: v.Status,
		Product: i.Product, Software: i.Version, Driver: i.Driver, Capabilities: i.Capabilities, TotalBytes: i.TotalBytes,
		FreeBytes: i.FreeBytes, CreatedAt: v.CreatedAt, Version: v.Version, Actions: v.Actions,
	}
	if a := v.AgentState; a.ID != "" {
		s.Agent = &Agent{a.ID, a.Software, a.EnrolledAt, a.LastSeen, a.ClockOffset.Milliseconds(), a.Quarantined}
	}
	return s
}

// TenantPath names the tenant acted for.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
}

// ServerPath names a server.
type ServerPath struct {
	TenantPath
	Server string `path:"server"`
}

type serverOutput struct {
	rest.Versioned
	Body Server
}

// Draft is what people say of a server.
type Draft struct {
	Name      string               `json:"name" minLength:"1" maxLength:"120"`
	Host      string               `json:"host" minLength:"1" maxLength:"260" doc:"What clients dial: host or host:port"`
	Types     []driver.AccountType `json:"types" minItems:"1"`
	PrivateTo tenant.ID            `json:"private_to,omitempty"`
}

func (d Draft) domain() servers.Draft {
	return servers.Draft{Name: d.Name, Host: d.Host, Types: d.Types, PrivateTo: d.PrivateTo}
}

const all = "/v1/tenants/{tenant}/servers"

func registerServers(api huma.API, s *servers.Service) {
	rest.Register(api, rest.Operation{
		ID: "list-servers", Method: http.MethodGet, Path: all, Summary: "Servers that the tenant acted for owns or may sell on",
		Permission: authz.ServersRead,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body rest.List[Server] }, error) {
		views, err := s.List(ctx, in.Tenant)
		return &struct{ Body rest.List[Server] }{rest.ListOf(views, "", serverOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "create-server", Method: http.MethodPost, Path: all, Summary: "Add a backup server", Permission: authz.ServersManage,
		Status: http.StatusCreated,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Body Draft
	}) (*serverOutput, error) {
		v, err := s.Create(ctx, in.Tenant, in.Body.domain())
		return &serverOutput{rest.Version(v.Version), serverOf(v)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-server", Method: http.MethodGet, Path: all + "/{server}", Summary: "A backup server", Permission: authz.ServersRead,
	}, func(ctx context.Context, in *ServerPath) (*serverOutput, error) {
		v, err := s.Get(ctx, in.Tenant, in.Server)
		return &serverOutput{rest.Version(v.Version), serverOf(v)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "edit-server", Method: http.MethodPatch, Path: all + "/{server}", Summary: "Change what people say of a server",
		Permission: authz.ServersManage,
	}, func(ctx context.Context, in *struct {
		ServerPath
		rest.IfMatch
		Body struct {
			Name      *string               `json:"name,omitempty" maxLength:"120"`
			Host      *string               `json:"host,omitempty" maxLength:"260"`
			Types     *[]driver.AccountType `json:"types,omitempty"`
			PrivateTo *tenant.ID            `json:"private_to,omitempty" doc:"Empty opens the server to everybody below"`
		}
	}) (*serverOutput, error) {
		b := in.Body
		v, err := s.Edit(ctx, in.Tenant, in.Server, servers.Edit{
			Version: in.Version(), Name: b.Name, Host: b.Host, Types: b.Types, PrivateTo: b.PrivateTo,
		})
		return &serverOutput{rest.Version(v.Version), serverOf(v)}, err
	})
}

// Placement is a server on which the seller acted for may create accounts.
type Placement struct {
	Server string               `json:"server"`
	Name   string               `json:"name"`
	Host   string               `json:"host"`
	Types  []driver.AccountType `json:"types"`
	Status servers.Status       `json:"status"`
}

// Access says which types one seller may sell on a server.
type Access struct {
	Tenant tenant.ID            `json:"tenant"`
	Types  []driver.AccountType `json:"types" doc:"Empty keeps the seller out"`
}

func accessOf(a servers.Access) Access { return Access{a.Seller, a.Types} }

func registerAccess(api huma.API, s *servers.Service) {
	rest.Register(api, rest.Operation{
		ID: "list-placements", Method: http.MethodGet, Path: all + "/placements", Summary: "Where the seller acted for may create accounts",
		Permission: authz.ServersRead,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body rest.List[Placement] }, error) {
		found, err := s.Placements(ctx, in.Tenant)
		now := s.Clock.Now()
		return &struct{ Body rest.List[Placement] }{rest.ListOf(found, "", func(p servers.Placement) Placement {
			return Placement{p.Server.ID, p.Server.Name, p.Server.Host, p.Types, p.Agent.StatusAt(now)}
		})}, err
	})

	rest.Register(api, rest.Operation{
		ID: "list-access", Method: http.MethodGet, Path: all + "/{server}/access", Summary: "What single sellers may sell on a server",
		Permission: authz.ServersRead,
	}, func(ctx context.Context, in *ServerPath) (*struct{ Body rest.List[Access] }, error) {
		found, err := s.Accesses(ctx, in.Tenant, in.Server)
		return &struct{ Body rest.List[Access] }{rest.ListOf(found, "", accessOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "set-access", Method: http.MethodPut, Path: all + "/{server}/access", Summary: "Say what single sellers may sell on a server",
		Permission: authz.ServersManage,
	}, func(ctx context.Context, in *struct {
		ServerPath
		Body struct {
			Items []Access `json:"items" doc:"Everybody who is not listed may sell all that the server takes"`
		}
	}) (*struct{ Body rest.List[Access] }, error) {
		wanted := make([]servers.Access, 0, len(in.Body.Items))
		for _, a := range in.Body.Items {
			wanted = append(wanted, servers.Access{Seller: a.Tenant, Types: a.Types})
		}
		return &struct{ Body rest.List[Access] }{rest.NewList(in.Body.Items, "")}, s.SetAccess(ctx, in.Tenant, in.Server, wanted)
	})
}
