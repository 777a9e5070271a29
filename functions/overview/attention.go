package overview

import (
	"context"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
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

// newest keeps the first few, the latest news first.
func (g *Group) newest() {
	slices.SortStableFunc(g.Items, func(a, b Item) int { return b.Since.Compare(a.Since) })
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
	Groups  []Group
	Figures Figures
	Setup   []Step
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
	a := Attention{Figures: Figures{ByHealth: map[reports.Word]int{}, Accounts: len(b.accounts), Customers: len(b.customers)}}
	silent, failed, missed, near := Group{Kind: SilentAgent}, Group{Kind: FailedJobs}, Group{Kind: MissedJobs}, Group{Kind: NearQuota}
	for _, state := range b.servers {
		if state.status == servers.Silent {
			silent.add(Item{ID: state.server.ID, Server: state.server.ID, Title: state.server.Name, Since: state.agent.LastSeen})
		}
	}
	for _, acc := range b.accounts {
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
		if used := b.health[acc.ID].Used(); used*100 >= acc.QuotaBytes*softLimit && acc.QuotaBytes > 0 {
			item.Since, item.Reason = b.health[acc.ID].LastSeen, "near"
			if used >= acc.QuotaBytes {
				item.Reason = "full"
			}
			near.add(item)
		}
	}
	stuck, err := s.stuck(ctx, b)
	if err != nil {
		return Attention{}, err
	}
	for _, g := range []Group{silent, failed, missed, stuck, near} {
		if g.Count > 0 {
			g.newest()
			a.Groups = append(a.Groups, g)
		}
	}
	a.Setup = setup(b)
	return a, nil
}

func (f *Figures) count(b board, a accounts.Account, v reports.Verdict) {
	f.ByHealth[v.Word]++
	if v.Word != reports.None {
		f.Due++
	}
	f.UsedBytes += b.health[a.ID].Used()
	f.QuotaBytes += a.QuotaBytes
}

// stuck gathers the accounts whose latest operation needs a person.
func (s *Service) stuck(ctx context.Context, b board) (Group, error) {
	g := Group{Kind: Stuck}
	for _, a := range b.accounts {
		if a.Attention == "" {
			continue
		}
		o, err := s.Operations.Get(ctx, a.Seller, a.Operation)
		if err != nil {
			return g, err
		}
		if o.State == operations.NeedsAttention {
			g.add(Item{ID: o.ID, Account: a.ID, Title: a.Name, Detail: b.customers[a.Customer], Since: o.EndedAt, Reason: o.Code})
		}
	}
	return g, nil
}

// setup tells a seller what comes first; customers have nothing to set up.
func setup(b board) []Step {
	if !b.decision.Target.Level.Sells() {
		return nil
	}
	var steps []Step
	if b.decision.Can(authz.ServersManage) {
		steps = append(steps, Step{"server", len(b.servers) > 0}, Step{"agent", online(b)})
	}
	if b.decision.Can(authz.CustomersManage) {
		backedUp := false
		for _, h := range b.health {
			backedUp = backedUp || !h.LastGood.IsZero()
		}
		steps = append(steps, Step{"customer", len(b.customers) > 0}, Step{"account", len(b.accounts) > 0}, Step{"backup", backedUp})
	}
	return steps
}

func online(b board) bool {
	for _, state := range b.servers {
		if state.status == servers.Online {
			return true
		}
	}
	return false
}
