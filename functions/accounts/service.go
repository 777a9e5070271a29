package accounts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of accounts.
type Service struct {
	Guard      authz.Guard
	Reader     Reader
	Changes    change.Log
	Clock      clock.Clock
	Operations Operations
	Servers    Servers
	Slugs      Slugs
	Usage      Usage
	Approvals  Approvals
	Timers     schedule.Schedule // the consumer's
	Kept       time.Duration     // how long a deleted account can be restored; 0: 30 days
}

// Operations makes operations whose rows go into the decision's own write. The operations feature answers.
type Operations interface {
	Enqueue(ctx context.Context, r operations.Request) (operations.Enqueued, error)
}

// Servers tells where accounts may stand. The servers feature answers.
type Servers interface {
	Placement(ctx context.Context, chain []authz.Node, server string, kind driver.AccountType) (servers.Placement, error)
	Server(ctx context.Context, owner tenant.ID, server string) (servers.Server, error)
	AgentOf(ctx context.Context, s servers.Server) (servers.Agent, error)
}

// Slugs tells what a seller's logins begin with: the slug of its brand, else something short that is always there.
type Slugs interface {
	LoginPrefix(ctx context.Context, seller tenant.ID) (string, error)
}

// Usage tells what an account keeps. The reports feature answers.
type Usage interface {
	// Used is how much, by the latest measurement, in bytes; 0 where nothing was measured yet.
	Used(ctx context.Context, seller tenant.ID, account string) (int64, error)
	// LastGood is the end of the latest backup without a fault; zero where none is known.
	LastGood(ctx context.Context, seller tenant.ID, account string) (time.Time, error)
}

// tries is how often a lost race is run again before the caller hears of it.
const tries = 8

// View is an account as one principal may see it.
type View struct {
	Account
	CustomerName string // a number where the seller hides its customers from the principal
	ServerName   string
	Host         string // what clients dial
	Actions      []string
}

// access is an account found along a path: a seller's own, or a customer's.
func (s *Service) access(ctx context.Context, d authz.Decision, account string) (Account, error) {
	a, err := s.Reader.Get(ctx, d.Seller.ID, account)
	if err != nil {
		return Account{}, err
	}
	if !d.Target.Level.Sells() && a.Customer != d.Target.ID {
		return Account{}, problem.New(problem.NotFound, "")
	}
	return a, nil
}

// SeenBy is the account as the principal of a decision may call it. Accounts and devices are named after people and
// machines: where the seller hides its customers they go by their logins, whose beginning is the seller's.
func (a Account) SeenBy(d authz.Decision) Account {
	if !d.CustomersMasked() {
		return a
	}
	a.Name, a.Devices = "", slices.Clone(a.Devices)
	for i, device := range a.Devices {
		a.Devices[i].Name = device.Login
		if i == 0 {
			a.Name = device.Login
		}
	}
	return a
}

// place is where an account stands.
type place struct {
	server servers.Server
	agent  servers.Agent // zero where none has enrolled
}

func (s *Service) place(ctx context.Context, a Account) (place, error) {
	server, err := s.Servers.Server(ctx, a.ServerOwner, a.Server)
	if err != nil {
		return place{}, fmt.Errorf("the server of account %s: %w", a.ID, err)
	}
	agent, err := s.Servers.AgentOf(ctx, server)
	if err != nil {
		return place{}, fmt.Errorf("the agent of account %s: %w", a.ID, err)
	}
	return place{server, agent}, nil
}

// can tells whether the server has a capability. What its agent has not told yet is not held against it.
func (p place) can(has func(driver.Capabilities) bool) bool {
	return p.agent.Info.Driver == "" || has(p.agent.Info.Capabilities)
}

func suspends(c driver.Capabilities) bool { return c.Suspend }

func limits(c driver.Capabilities) bool { return c.Quota }

// needs refuses what the account's server cannot do.
func (s *Service) needs(ctx context.Context, a Account, has func(driver.Capabilities) bool) error {
	p, err := s.place(ctx, a)
	if err == nil && !p.can(has) {
		err = problem.New(problem.CapabilityMissing, "the account's server cannot do this")
	}
	return err
}

func (s *Service) view(ctx context.Context, d authz.Decision, a Account) (View, error) {
	return s.viewAt(ctx, d, a, map[string]place{})
}

// viewAt is view for many accounts, most of which stand on the same few servers.
func (s *Service) viewAt(ctx context.Context, d authz.Decision, a Account, known map[string]place) (View, error) {
	at, ok := known[a.Server]
	if !ok {
		var err error
		if at, err = s.place(ctx, a); err != nil {
			return View{}, err
		}
		known[a.Server] = at
	}
	customer, err := s.Guard.CustomerName(ctx, d, a.Customer)
	if err != nil {
		return View{}, fmt.Errorf("the customer of account %s: %w", a.ID, err)
	}
	return View{a.SeenBy(d), customer, at.server.Name, at.server.Host, s.actions(d, a, at)}, nil
}

func (s *Service) actions(d authz.Decision, a Account, at place) []string {
	var all []string
	add := func(ok bool, names ...string) {
		if ok {
			all = append(all, names...)
		}
	}
	if !a.Removal.Away() {
		add(d.Can(authz.AccountsChange) && at.can(limits), "change_quota")
		add(d.Can(authz.AccountsChange) && !d.CustomersMasked(), "rename")
		add(d.Can(authz.AccountsChange), "change_modules", "edit_sets")
		add(d.Can(authz.AccountsChange) && at.agent.ID != "" && len(a.Devices) < maxDevices, "add_device")
		add(d.Can(authz.AccountsSuspend) && at.can(suspends) && a.Wanted == driver.Active, "suspend")
		add(d.Can(authz.AccountsSuspend) && a.Wanted == driver.Suspended, "resume")
		add(d.Can(authz.AccountsPassword) && at.agent.ID != "", "new_password")
	}
	add(d.Can(authz.NotesWrite) && d.Principal.Via == authz.ViaPortal && !d.ActsBelow, "note")
	return append(all, a.removalActions(d, at, s.Clock.Now())...)
}

// Get returns an account of the tenant acted for: a seller's, or a customer's own.
func (s *Service) Get(ctx context.Context, t tenant.ID, account string) (View, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsRead, t)
	if err != nil {
		return View{}, err
	}
	a, err := s.access(ctx, d, account)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, d, a)
}

// Filter selects accounts; zero fields select all but those that are gone.
type Filter struct {
	Customer tenant.ID
	Server   string
	State    State
	Text     string // part of the account's, a device's or a login's name
}

func (f Filter) takes(a Account) bool {
	if f.State == "" && a.State() == Gone || f.State != "" && a.State() != f.State || f.Server != "" && a.Server != f.Server {
		return false
	}
	text := strings.ToLower(f.Text)
	if strings.Contains(strings.ToLower(a.Name), text) {
		return true
	}
	for _, d := range a.Devices {
		if strings.Contains(strings.ToLower(d.Name), text) || strings.Contains(d.Login, text) {
			return true
		}
	}
	return false
}

// List lists accounts of the tenant acted for, by the time at which they were created.
func (s *Service) List(ctx context.Context, t tenant.ID, f Filter, limit int, cursor string) ([]View, string, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsRead, t)
	if err != nil {
		return nil, "", err
	}
	scope := Scope{Seller: d.Seller.ID, Customer: f.Customer, Server: f.Server}
	if !d.Target.Level.Sells() {
		scope.Customer = d.Target.ID
	}
	found, next, err := s.Reader.find(ctx, scope, limit, cursor, func(a Account) bool { return f.takes(a.SeenBy(d)) })
	if err != nil {
		return nil, "", err
	}
	views, known := make([]View, 0, len(found)), map[string]place{}
	for _, a := range found {
		v, err := s.viewAt(ctx, d, a, known)
		if err != nil {
			return nil, "", err
		}
		views = append(views, v)
	}
	return views, next, nil
}

// change is save of what may be changed only while the account is not on its way out.
func (s *Service) change(ctx context.Context, d authz.Decision, account, action string, read int64, rule func(*Account) (decision, error)) (Account, error) {
	return s.save(ctx, d, account, action, read, func(a *Account) (decision, error) {
		if err := a.staying(); err != nil {
			return decision{}, err
		}
		return rule(a)
	})
}

// save commits a changed account: with an operation when the server has to be told. Rule changes the account it is given,
// and is called again with what is there when a race was lost; read is the version that the caller insists on, 0: any.
func (s *Service) save(ctx context.Context, d authz.Decision, account, action string, read int64, rule func(*Account) (decision, error)) (Account, error) {
	for try := 0; ; try++ {
		before, err := s.access(ctx, d, account)
		if err != nil {
			return Account{}, err
		}
		if read != 0 && before.Version != read {
			return Account{}, problem.New(problem.VersionConflict, "")
		}
		after := before.clone()
		made, err := rule(&after)
		if err != nil || made.nothing {
			return before, err
		}
		err = s.commit(ctx, d, action, &before, &after, made)
		if lost(err, after, made) {
			if try < tries {
				continue
			}
			err = problem.Wrap(err, problem.Conflict, "others are changing the account at this moment: try again")
		}
		if err != nil {
			return Account{}, fmt.Errorf("%s %s: %w", action, account, err)
		}
		after.Version++
		return after, nil
	}
}

// decision is what a rule decided beside the account itself.
type decision struct {
	nothing  bool              // it is as wanted already
	tell     bool              // the server has to be told
	kind     operations.Kind   // what it is told; empty: all that is wanted
	sealed   map[string][]byte // passwords by device
	login    string            // drawn for a new device; another is drawn where it is taken
	approval string            // an approval that the rows end
	rows     store.Write       // more rows
	events   []events.Payload
	changed  []string
}

func (s *Service) commit(ctx context.Context, d authz.Decision, action string, before, after *Account, made decision) error {
	rows, happened := made.rows, made.events
	if made.login != "" {
		taken := lookup.Item(lookup.Login, loginValue(after.Server, made.login), after.Seller, after.ID)
		rows = rows.Add(store.Write{Puts: []store.Put{{Item: taken, If: store.Absent}}})
	}
	if made.tell {
		enqueued, err := s.enqueue(ctx, after, made)
		if err != nil {
			return err
		}
		rows, happened = rows.Add(enqueued.Rows), append(happened, enqueued.Events...)
	}
	c := change.Change{
		Tenant: d.Target.ID, Owner: after.Seller, Action: action, Subject: after.ID, Name: after.Name, After: after.audit(), Version: after.Version + 1,
	}
	if before == nil {
		row, err := after.item()
		if err != nil {
			return err
		}
		rows.Puts = append(rows.Puts, store.Put{Item: row, If: store.Absent})
	} else {
		put, err := after.replacement()
		if err != nil {
			return err
		}
		rows.Puts = append(rows.Puts, put)
		c.Before = before.audit()
		happened = append(happened, events.AccountChanged{Account: after.ID, Generation: after.Generation, Changed: made.changed})
	}
	c.Events = happened
	return s.Changes.Commit(ctx, rows, c)
}

// enqueue counts the generation up and asks the server for all of what is wanted, or to move the account on its way out.
func (s *Service) enqueue(ctx context.Context, a *Account, made decision) (operations.Enqueued, error) {
	a.wantMore(made.sealed)
	server, err := s.Servers.Server(ctx, a.ServerOwner, a.Server)
	if err != nil {
		return operations.Enqueued{}, fmt.Errorf("the server of account %s: %w", a.ID, err)
	}
	kind, content := made.kind, any(a.spec(made.sealed))
	switch kind {
	case "":
		kind = operations.Ensure
	case operations.Trash:
		content = a.trashSpec(kind, a.Removal.Approval)
	case operations.Restore, operations.Purge:
		content = a.trashSpec(kind, a.Removal.PurgedBy)
	case operations.Ensure:
	}
	spec, err := json.Marshal(content)
	if err != nil {
		return operations.Enqueued{}, fmt.Errorf("encode the spec: %w", err)
	}
	enqueued, err := s.Operations.Enqueue(ctx, operations.Request{
		Tenant: a.Seller, Customer: a.Customer, Account: a.ID, AccountName: a.Name, Server: a.Server, ServerName: server.Name,
		ServerOwner: a.ServerOwner, Kind: kind,
		Generation: a.Generation, Spec: spec, Sealed: len(made.sealed) > 0,
	})
	a.Operation = enqueued.Operation
	return enqueued, err
}

// lost tells whether a write failed for something that another try may not meet: the account or its lane moved at the same
// time, or the login that was drawn is taken.
func lost(err error, a Account, made decision) bool {
	return store.FailedAt(err, accountKey(a.Seller, a.ID)) || operations.LostLane(err, a.Seller, a.ID) ||
		made.login != "" && store.FailedAt(err, lookup.Key(lookup.Login, loginValue(a.Server, made.login))) ||
		made.approval != "" && approvals.Lost(err, a.Seller, made.approval)
}

func (a Account) clone() Account {
	a.Modules = append([]string(nil), a.Modules...)
	devices := make([]Device, len(a.Devices))
	for i, d := range a.Devices {
		d.Sets = append([]Set(nil), d.Sets...)
		devices[i] = d
	}
	a.Devices = devices
	return a
}

type audited struct {
	Name       string              `json:"name"`
	Wanted     driver.AccountState `json:"wanted"`
	QuotaBytes int64               `json:"quota_bytes"`
	Modules    []string            `json:"modules,omitempty"`
	Devices    []string            `json:"devices"`
	Generation int64               `json:"generation"`
	Removal    Stage               `json:"removal,omitempty"`
	Approval   string              `json:"approval,omitempty"` // that the stage stands on
}

func (a Account) audit() audited {
	names := make([]string, 0, len(a.Devices))
	for _, d := range a.Devices {
		names = append(names, d.Name)
	}
	approval := a.Removal.Approval
	if a.Removal.PurgedBy != "" {
		approval = a.Removal.PurgedBy
	}
	return audited{a.Name, a.Wanted, a.QuotaBytes, a.Modules, names, a.Generation, a.Removal.Stage, approval}
}
