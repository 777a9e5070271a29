package servers

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/pattern"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of backup servers.
type Service struct {
	Guard   authz.Guard
	Reader  Reader
	Changes change.Log
	Clock   clock.Clock
	// PlatformKey returns the public half of the key that signs operations.
	PlatformKey func(context.Context) ([]byte, error)
	// Work tells an agent's server that something waits for it.
	Work Work
	// WakeURL returns where an agent that knows the platform by this host is woken.
	WakeURL func(host string, secure bool) string
}

// Work tells whether something waits to be done on a server. The operations feature answers.
type Work interface {
	Waits(ctx context.Context, server string) (bool, error)
}

// View is a server as one principal may see it.
type View struct {
	Server
	AgentState Agent
	Status     Status
	OwnerName  string
	Actions    []string
}

func (s *Service) view(ctx context.Context, d authz.Decision, server Server) (View, error) {
	agent, err := s.Reader.AgentOf(ctx, server)
	if err != nil {
		return View{}, err
	}
	v := View{Server: server, AgentState: agent, Status: agent.StatusAt(s.Clock.Now()), OwnerName: ownerName(d, server.Owner)}
	if server.Owner != d.Target.ID {
		return v, nil
	}
	if d.Can(authz.AgentsEnrol) {
		v.Actions = append(v.Actions, "enrol")
	}
	if d.Can(authz.ServersManage) {
		v.Actions = append(v.Actions, "edit", "set_access")
	}
	return v, nil
}

// ownerName is what the principal may call a server's owner: nobody sees the names of tenants above the own home.
func ownerName(d authz.Decision, owner tenant.ID) string {
	for _, n := range d.FromHome() {
		if n.ID == owner {
			return n.Name
		}
	}
	return ""
}

// List lists the servers that the tenant acted for owns or may sell on.
func (s *Service) List(ctx context.Context, t tenant.ID) ([]View, error) {
	d, err := s.Guard.Require(ctx, authz.ServersRead, t)
	if err != nil {
		return nil, err
	}
	owned, err := s.Reader.Owned(ctx, t)
	if err != nil {
		return nil, err
	}
	placements, err := s.Reader.Placements(ctx, d.Chain)
	if err != nil {
		return nil, err
	}
	for _, p := range placements {
		if !slices.ContainsFunc(owned, func(o Server) bool { return o.ID == p.Server.ID }) {
			owned = append(owned, p.Server)
		}
	}
	views := make([]View, 0, len(owned))
	for _, server := range owned {
		v, err := s.view(ctx, d, server)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

// Get returns a server that the tenant acted for owns or may sell on.
func (s *Service) Get(ctx context.Context, t tenant.ID, server string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.ServersRead, t)
	if err != nil {
		return View{}, err
	}
	found, err := s.Reader.Server(ctx, t, server)
	if problem.Has(err, problem.NotFound) {
		placements, err := s.Reader.Placements(ctx, d.Chain)
		if err != nil {
			return View{}, err
		}
		for _, p := range placements {
			if p.Server.ID == server {
				return s.view(ctx, d, p.Server)
			}
		}
		return View{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, found)
}

// Placements lists where the seller acted for may create accounts.
func (s *Service) Placements(ctx context.Context, t tenant.ID) ([]Placement, error) {
	d, err := s.Guard.Require(ctx, authz.ServersRead, t)
	if err != nil {
		return nil, err
	}
	return s.Reader.Placements(ctx, d.Chain)
}

// Draft is what people say of a server.
type Draft struct {
	Name      string
	Host      string
	Types     []driver.AccountType
	PrivateTo tenant.ID
}

var hostname = pattern.New(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

func (d Draft) validate() error {
	var fields problem.Fields
	if strings.TrimSpace(d.Name) != d.Name || d.Name == "" || utf8.RuneCountInString(d.Name) > 120 {
		fields.Add("/name", "name", "1 to 120 characters, without spaces at either end")
	}
	if !validHost(d.Host) {
		fields.Add("/host", "host", "a hostname or address, with a port where it is not 443")
	}
	if len(d.Types) == 0 || slices.ContainsFunc(d.Types, func(k driver.AccountType) bool { return k != driver.Online && k != driver.Basic }) {
		fields.Add("/types", "enum", "online, basic, or both")
	}
	if d.PrivateTo != "" && !d.PrivateTo.Valid() {
		fields.Add("/private_to", "id", "a seller's identifier")
	}
	return fields.Err()
}

func validHost(s string) bool {
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		if n, err := net.LookupPort("tcp", port); err != nil || n < 1 {
			return false
		}
		host = h
	}
	return len(host) <= 253 && (net.ParseIP(host) != nil || hostname.MatchString(host))
}

// Create adds a backup server of the tenant acted for.
func (s *Service) Create(ctx context.Context, t tenant.ID, draft Draft) (View, error) {
	d, err := s.Guard.Require(ctx, authz.ServersManage, t)
	if err != nil {
		return View{}, err
	}
	if err := draft.validate(); err != nil {
		return View{}, err
	}
	if err := s.mayBePrivate(ctx, t, draft.PrivateTo); err != nil {
		return View{}, err
	}
	now := s.Clock.Now()
	server := Server{
		ID: id.New(id.Server, now), Owner: t, Name: draft.Name, Host: draft.Host, Types: slices.Compact(slices.Sorted(slices.Values(draft.Types))),
		PrivateTo: draft.PrivateTo, CreatedAt: now, Version: 1,
	}
	row, err := server.item()
	if err != nil {
		return View{}, err
	}
	err = s.Changes.Commit(ctx, store.Write{Puts: []store.Put{{Item: row, If: store.Absent}}}, change.Change{
		Tenant: t, Action: "server.create", Subject: server.ID, Name: server.Name, After: server.audit(), Version: 1,
	})
	if err != nil {
		return View{}, fmt.Errorf("create a server: %w", err)
	}
	return s.view(ctx, d, server)
}

// Edit says what to change of a server; nil leaves a thing as it is.
type Edit struct {
	Version   int64 // that the caller read
	Name      *string
	Host      *string
	Types     *[]driver.AccountType
	PrivateTo *tenant.ID
}

func (e Edit) draft(s Server) Draft {
	d := Draft{s.Name, s.Host, s.Types, s.PrivateTo}
	if e.Name != nil {
		d.Name = *e.Name
	}
	if e.Host != nil {
		d.Host = *e.Host
	}
	if e.Types != nil {
		d.Types = *e.Types
	}
	if e.PrivateTo != nil {
		d.PrivateTo = *e.PrivateTo
	}
	return d
}

// Edit changes a server of the tenant acted for.
func (s *Service) Edit(ctx context.Context, t tenant.ID, server string, e Edit) (View, error) {
	d, err := s.Guard.Require(ctx, authz.ServersManage, t)
	if err != nil {
		return View{}, err
	}
	before, err := s.Reader.Server(ctx, t, server)
	if err != nil {
		return View{}, err
	}
	if before.Version != e.Version {
		return View{}, problem.New(problem.VersionConflict, "")
	}
	draft := e.draft(before)
	if err := draft.validate(); err != nil {
		return View{}, err
	}
	if err := s.mayBePrivate(ctx, t, draft.PrivateTo); err != nil {
		return View{}, err
	}
	after := before
	after.Name, after.Host, after.PrivateTo = draft.Name, draft.Host, draft.PrivateTo
	after.Types = slices.Compact(slices.Sorted(slices.Values(draft.Types)))
	after.Version++
	row, err := after.item()
	if err != nil {
		return View{}, err
	}
	err = s.Changes.Commit(ctx, store.Write{Puts: []store.Put{{Item: row, If: store.VersionIs(e.Version)}}}, change.Change{
		Tenant: t, Action: "server.edit", Subject: server, Name: after.Name, Before: before.audit(), After: after.audit(), Version: after.Version,
	})
	if store.FailedAt(err, row.Key) {
		return View{}, problem.Wrap(err, problem.VersionConflict, "")
	}
	if err != nil {
		return View{}, fmt.Errorf("edit server %s: %w", server, err)
	}
	return s.view(ctx, d, after)
}

// mayBePrivate checks that the one seller of a private server stands below its owner.
func (s *Service) mayBePrivate(ctx context.Context, owner, seller tenant.ID) error {
	if seller == "" {
		return nil
	}
	chain, err := s.Guard.Directory.Chain(ctx, seller)
	if problem.Has(err, problem.NotFound) || err == nil && !below(chain, owner) {
		return problem.Invalid("/private_to", "id", "a seller below the owner")
	}
	return err
}

func below(chain []authz.Node, owner tenant.ID) bool {
	return chain[len(chain)-1].Level.Sells() && slices.ContainsFunc(chain, func(n authz.Node) bool { return n.ID == owner })
}

// Accesses lists what single sellers may sell on a server of the tenant acted for; everybody else may sell all of it.
func (s *Service) Accesses(ctx context.Context, t tenant.ID, server string) ([]Access, error) {
	if _, err := s.Guard.Require(ctx, authz.ServersRead, t); err != nil {
		return nil, err
	}
	found, err := s.Reader.Server(ctx, t, server)
	if err != nil {
		return nil, err
	}
	return s.Reader.accesses(ctx, found)
}

// maxAccess is how many sellers can have access of their own on one server.
const maxAccess = 90

// SetAccess replaces what single sellers below may sell on a server of the tenant acted for.
func (s *Service) SetAccess(ctx context.Context, t tenant.ID, server string, wanted []Access) error {
	if _, err := s.Guard.Require(ctx, authz.ServersManage, t); err != nil {
		return err
	}
	found, err := s.Reader.Server(ctx, t, server)
	if err != nil {
		return err
	}
	if err := s.checkAccess(ctx, found, wanted); err != nil {
		return err
	}
	before, err := s.Reader.accesses(ctx, found)
	if err != nil {
		return err
	}
	var rows store.Write
	for _, a := range wanted {
		row, err := item(accessKey(t, server, a.Seller), 1, accessRecord{a.Types})
		if err != nil {
			return err
		}
		rows.Puts = append(rows.Puts, store.Put{Item: row})
	}
	for _, a := range before {
		if !slices.ContainsFunc(wanted, func(w Access) bool { return w.Seller == a.Seller }) && len(rows.Deletes) < maxAccess {
			rows.Deletes = append(rows.Deletes, store.Delete{Key: accessKey(t, server, a.Seller)})
		}
	}
	return s.Changes.Commit(ctx, rows, change.Change{
		Tenant: t, Action: "server.set_access", Subject: server, Name: found.Name, Before: before, After: wanted,
	})
}

func (s *Service) checkAccess(ctx context.Context, server Server, wanted []Access) error {
	var fields problem.Fields
	if len(wanted) > maxAccess {
		fields.Add("/items", "range", "at most 90 sellers")
	}
	seen := map[tenant.ID]bool{}
	for i, a := range wanted {
		at := fmt.Sprintf("/items/%d", i)
		if slices.ContainsFunc(a.Types, func(k driver.AccountType) bool { return !slices.Contains(server.Types, k) }) {
			fields.Add(at+"/types", "enum", "only types that the server takes")
		}
		chain, err := s.Guard.Directory.Chain(ctx, a.Seller)
		if err != nil && !problem.Has(err, problem.NotFound) {
			return err
		}
		if err != nil || !below(chain, server.Owner) || seen[a.Seller] {
			fields.Add(at+"/tenant", "not_found", "a seller below the owner, once")
		}
		seen[a.Seller] = true
	}
	return fields.Err()
}

type audited struct {
	Name      string               `json:"name"`
	Host      string               `json:"host"`
	Types     []driver.AccountType `json:"types"`
	PrivateTo tenant.ID            `json:"private_to,omitempty"`
	Agent     string               `json:"agent,omitempty"`
}

func (s Server) audit() audited { return audited{s.Name, s.Host, s.Types, s.PrivateTo, s.Agent} }
