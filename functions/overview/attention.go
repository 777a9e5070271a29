package overview

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Kind says what a group of things that wait has in common.
type Kind string

// The kinds, the most urgent first.
const (
	SilentAgent Kind = "agent"
	FailedJobs  Kind = "failed"
	MissedJobs  Kind = "missed"
	Stuck       Kind = "operation"
	NearQuota   Kind = "quota"
)

// shown is how many of a group are listed.
const shown = 5

// softLimit is the share of a quota from which on somebody should look, in percent.
const softLimit = 80

// The reasons of NearQuota.
const (
	nearQuota = "near"
	fullQuota = "full"
)

// Group is things of one kind that wait for a person.
type Group struct {
	Kind  Kind
	Count int
	Items []Item
}

// Item is one of them.
type Item struct {
	ID      string
	Account string
	Server  string
	Title   string
	Detail  string
	Since   time.Time
	Reason  string
}

func (g *Group) add(i Item) {
	g.Count++
	g.Items = append(g.Items, i)
}

// newest keeps the first few, the latest news first; of quotas the full ones first.
func (g *Group) newest() {
	slices.SortFunc(g.Items, func(a, b Item) int {
		if g.Kind == NearQuota && a.Reason != b.Reason {
			return strings.Compare(a.Reason, b.Reason) // full before near
		}
		return cmp.Or(b.Since.Compare(a.Since), strings.Compare(a.ID, b.ID))
	})
	g.Items = g.Items[:min(len(g.Items), shown)]
}

// Figures count what is there.
type Figures struct {
	Due        int // accounts with at least one set that is due at all
	ByHealth   map[reports.Word]int
	Accounts   int
	Customers  int
	UsedBytes  int64
	QuotaBytes int64
}

// Step is one of the things that a new seller does first.
type Step struct {
	Name string
	Done bool
}

// Attention is the first page.
type Attention struct {
	Groups    []Group
	Figures   Figures
	Setup     []Step
	Approvals int // that wait for the tenant's decision, up to approvals.MostCounted; 0 for those who decide nothing
}

// Attention tells what needs a hand today for the tenant acted for.
func (s *Service) Attention(ctx context.Context, t tenant.ID) (Attention, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsRead, t)
	if err != nil {
		return Attention{}, err
	}
	b, err := s.read(ctx, d)
	if err != nil {
		return Attention{}, err
	}
	a := Attention{Figures: Figures{ByHealth: map[reports.Word]int{}, Customers: len(b.customers)}}
	failed, missed, near := Group{Kind: FailedJobs}, Group{Kind: MissedJobs}, Group{Kind: NearQuota}
	for _, acc := range b.accounts {
		if acc.Removal.Away() {
			continue // nothing is expected of it, and it keeps nothing that its customer could use
		}
		v := b.verdict(acc)
		a.Figures.count(b, acc, v)
		item := Item{ID: acc.ID, Account: acc.ID, Title: acc.Name, Detail: b.customers[acc.Customer], Since: v.Since, Reason: v.Reason}
		switch v.Word {
		case reports.FailedWord:
			failed.add(item)
		case reports.MissedWord:
			missed.add(item)
		case reports.OK, reports.Warnings, reports.CancelledBy, reports.RunningNow, reports.UnknownWord, reports.None:
		}
		if used := b.used(acc); used*100 >= acc.QuotaBytes*softLimit && acc.QuotaBytes > 0 {
			item.Since, item.Reason = b.health[acc.ID].LastSeen, nearQuota
			if used >= acc.QuotaBytes {
				item.Reason = fullQuota
			}
			near.add(item)
		}
	}
	stuck, err := s.stuck(ctx, b)
	if err != nil {
		return Attention{}, err
	}
	for _, g := range []Group{silent(b), failed, missed, stuck, near} {
		if g.Count > 0 {
			g.newest()
			a.Groups = append(a.Groups, g)
		}
	}
	if d.Can(authz.ApprovalsDecide) {
		if a.Approvals, err = s.Approvals.Waits(ctx, t, s.Clock.Now()); err != nil {
			return Attention{}, err
		}
	}
	a.Setup, err = s.setup(ctx, b)
	return a, err
}

// silent gathers the servers whose agent fell silent. Only an owner's lead on to the server's page, and customers know no
// servers: their accounts show that nothing is known of them.
func silent(b board) Group {
	g := Group{Kind: SilentAgent}
	for _, state := range b.servers {
		if state.status != servers.Silent || !b.decision.Can(authz.ServersRead) {
			continue
		}
		i := Item{ID: state.server.ID, Title: state.server.Name, Since: state.agent.LastSeen}
		if state.server.Owner == b.decision.Target.ID {
			i.Server = state.server.ID
		}
		g.add(i)
	}
	return g
}

func (f *Figures) count(b board, a accounts.Account, v reports.Verdict) {
	f.Accounts++
	if b.seesJobs {
		f.ByHealth[v.Word]++
	}
	if dueAtAll(a) {
		f.Due++
	}
	f.UsedBytes += b.used(a)
	f.QuotaBytes += a.QuotaBytes
}

func dueAtAll(a accounts.Account) bool {
	return slices.ContainsFunc(a.Devices, func(d accounts.Device) bool {
		return slices.ContainsFunc(d.Sets, func(s accounts.Set) bool { return s.Plan.Every != "none" })
	})
}

// stuck gathers the accounts whose latest operation, or a device's newest password, needs a person.
func (s *Service) stuck(ctx context.Context, b board) (Group, error) {
	g := Group{Kind: Stuck}
	for _, a := range b.accounts {
		trouble := a.Attention()
		if trouble == (accounts.Trouble{}) {
			continue
		}
		o, err := s.Operations.Get(ctx, a.Seller, trouble.Operation)
		if problem.Has(err, problem.NotFound) {
			continue // past its time
		}
		if err != nil {
			return g, err
		}
		if o.State == operations.NeedsAttention || o.State == operations.Cancelled { // else it is being tried again
			g.add(Item{ID: o.ID, Account: a.ID, Title: a.Name, Detail: b.customers[a.Customer], Since: o.EndedAt, Reason: trouble.Code})
		}
	}
	return g, nil
}

// setup tells a seller what comes first; customers have nothing to set up. A server of somebody above on which the seller may
// create accounts is as good as an own one.
func (s *Service) setup(ctx context.Context, b board) ([]Step, error) {
	if !b.decision.Target.Level.Sells() {
		return nil, nil
	}
	var steps []Step
	if b.decision.Can(authz.ServersManage) {
		reached, online := len(b.servers) > 0, false
		for _, state := range b.servers {
			online = online || state.status == servers.Online
		}
		placements, err := s.Servers.Placements(ctx, b.decision.Chain)
		if err != nil {
			return nil, err
		}
		for _, p := range placements {
			reached, online = true, online || p.Agent.StatusAt(s.Clock.Now()) == servers.Online
		}
		steps = append(steps, Step{"server", reached}, Step{"agent", online})
	}
	if b.decision.Can(authz.CustomersManage) {
		steps = append(steps, Step{"customer", len(b.customers) > 0}, Step{"account", len(b.accounts) > 0})
		if b.seesJobs {
			steps = append(steps, Step{"backup", backedUp(b)})
		}
	}
	return steps, nil
}

func backedUp(b board) bool {
	for _, h := range b.health {
		if !h.LastGood.IsZero() {
			return true
		}
	}
	return false
}
