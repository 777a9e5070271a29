// Package overviewapi speaks HTTP for functions/overview. It holds no rules.
package overviewapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/overview"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

const prefix = "/v1/tenants/{tenant}/overview"

// TenantPath names the tenant acted for.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
}

// Register adds the operations of overview to an API.
func Register(api huma.API, s *overview.Service) {
	rest.Register(api, rest.Operation{
		ID: "get-attention", Method: http.MethodGet, Path: prefix + "/attention", Summary: "What needs a hand today",
		Permission: authz.AccountsRead,
	}, func(ctx context.Context, in *TenantPath) (*struct{ Body Attention }, error) {
		a, err := s.Attention(ctx, in.Tenant)
		return &struct{ Body Attention }{attentionOf(a)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "list-account-rows", Method: http.MethodGet, Path: prefix + "/accounts", Summary: "The grid of accounts, by name",
		Permission: authz.AccountsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Text     string         `query:"q" maxLength:"120" doc:"Part of a name or login"`
		Health   []reports.Word `query:"health" enum:"ok,warning,failed,missed,running,unknown,cancelled,none"`
		Customer tenant.ID      `query:"customer"`
		Server   string         `query:"server"`
		State    accounts.State `query:"state" enum:"pending,active,suspended,attention,deletion_requested,deleting,in_trash,restoring,gone"`
	}) (*struct{ Body AccountRows }, error) {
		page, next, total, err := s.Rows(ctx, in.Tenant, overview.Filter{
			Text: in.Text, Health: in.Health, Customer: in.Customer, Server: in.Server, State: in.State,
		}, in.Limit, in.Cursor)
		out := AccountRows{Items: make([]AccountRow, 0, len(page)), Next: next, Total: total}
		for _, r := range page {
			out.Items = append(out.Items, rowOf(r))
		}
		return &struct{ Body AccountRows }{out}, err
	})

	rest.Register(api, rest.Operation{
		ID: "list-activity", Method: http.MethodGet, Path: prefix + "/activity", Summary: "The audit log, the newest first",
		Permission: authz.AuditRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Subject string `query:"subject" doc:"Of one object"`
	}) (*struct{ Body rest.List[Activity] }, error) {
		page, next, err := s.Activity(ctx, in.Tenant, in.Subject, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Activity] }{rest.ListOf(page, next, activityOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "search", Method: http.MethodGet, Path: prefix + "/search", Summary: "Customers, accounts, sellers and servers by a few letters",
		Permission: authz.AccountsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Text string `query:"q" required:"true" minLength:"1" maxLength:"120"`
	}) (*struct{ Body rest.List[Found] }, error) {
		found, err := s.Search(ctx, in.Tenant, in.Text)
		return &struct{ Body rest.List[Found] }{rest.ListOf(found, "", foundOf)}, err
	})
}

// Attention is what needs a hand.
type Attention struct {
	Groups  []Group     `json:"groups" doc:"The most urgent first"`
	Figures Figures     `json:"figures"`
	Setup   []SetupStep `json:"setup" doc:"What a new seller does first"`

	ApprovalsWaiting int `json:"approvals_waiting,omitempty" doc:"That wait for the tenant's decision, up to 100; absent for those who decide nothing"`
}

// Group is things of one kind that wait for a person.
type Group struct {
	Kind  overview.Kind `json:"kind" enum:"agent,failed,missed,operation,quota"`
	Count int           `json:"count"`
	Items []Item        `json:"items" doc:"The first five"`
}

// Item is one of them.
type Item struct {
	ID      string    `json:"id"`
	Account string    `json:"account,omitempty"`
	Server  string    `json:"server,omitempty"`
	Title   string    `json:"title"`
	Detail  string    `json:"detail"`
	Since   time.Time `json:"since"`
	Reason  string    `json:"reason,omitempty"`
}

// Figures count what is there.
type Figures struct {
	Due        int                  `json:"due"`
	ByHealth   map[reports.Word]int `json:"by_health"`
	UsedBytes  int64                `json:"used_bytes"`
	QuotaBytes int64                `json:"quota_bytes"`
	Accounts   int                  `json:"accounts"`
	Customers  int                  `json:"customers"`
}

// SetupStep is one of the first things to do.
type SetupStep struct {
	Step string `json:"step" enum:"server,agent,customer,account,backup"`
	Done bool   `json:"done"`
}

func attentionOf(a overview.Attention) Attention {
	f := a.Figures
	out := Attention{ApprovalsWaiting: a.Approvals, Figures: Figures{f.Due, f.ByHealth, f.UsedBytes, f.QuotaBytes, f.Accounts, f.Customers}}
	if out.Figures.ByHealth == nil {
		out.Figures.ByHealth = map[reports.Word]int{}
	}
	for _, g := range a.Groups {
		group := Group{Kind: g.Kind, Count: g.Count}
		for _, i := range g.Items {
			group.Items = append(group.Items, Item(i))
		}
		out.Groups = append(out.Groups, group)
	}
	for _, s := range a.Setup {
		out.Setup = append(out.Setup, SetupStep{s.Name, s.Done})
	}
	return out
}

// AccountRows is one page of the grid.
type AccountRows struct {
	Items []AccountRow `json:"items"`
	Next  string       `json:"next,omitempty" doc:"Give it as cursor to read on; absent at the end"`
	Total int          `json:"total" doc:"How many match in all"`
}

// AccountRow is one account of the grid.
type AccountRow struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Customer    Named              `json:"customer"`
	Server      Named              `json:"server"`
	DeviceNames []string           `json:"device_names"`
	Type        driver.AccountType `json:"type" enum:"online,basic"`
	State       accounts.State     `json:"state" enum:"pending,active,suspended,attention,deletion_requested,deleting,in_trash,restoring,gone"`
	Health      reports.Word       `json:"health" enum:"ok,warning,failed,missed,running,unknown,cancelled,none"`
	Reason      string             `json:"reason,omitempty"`
	Days        string             `json:"days" doc:"28 letters, the oldest day first: s w f m r c u -"`
	LastGoodAt  *time.Time         `json:"last_good_at,omitempty"`
	LastSeenAt  *time.Time         `json:"last_seen_at,omitempty"`
	UsedBytes   int64              `json:"used_bytes"`
	QuotaBytes  int64              `json:"quota_bytes"`
	Operation   string             `json:"operation,omitempty" doc:"Set while the server has not got everything that is wanted"`
}

// Named is something else by identifier and name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func rowOf(r overview.Row) AccountRow {
	a := r.Account
	out := AccountRow{
		ID: a.ID, Name: a.Name, Customer: Named{string(a.Customer), r.CustomerName}, Server: Named{a.Server, r.ServerName}, Type: a.Type,
		State: a.State(), Health: r.Verdict.Word, Reason: r.Verdict.Reason, Days: r.Days, LastGoodAt: rest.Moment(r.Health.LastGood),
		LastSeenAt: rest.Moment(r.Health.LastSeen), UsedBytes: r.UsedBytes, QuotaBytes: a.QuotaBytes,
	}
	for _, d := range a.Devices {
		out.DeviceNames = append(out.DeviceNames, d.Name)
	}
	if a.Observed < a.Generation {
		out.Operation = a.Operation
	}
	return out
}

// Activity is one line of the audit log.
type Activity struct {
	ID      string          `json:"id"`
	At      time.Time       `json:"at"`
	Action  string          `json:"action"`
	Subject string          `json:"subject"`
	Name    string          `json:"name"`
	Actor   Actor           `json:"actor"`
	Before  json.RawMessage `json:"before,omitempty"`
	After   json.RawMessage `json:"after,omitempty"`
}

func activityOf(e overview.Activity) Activity {
	return Activity{
		e.ID, e.At, e.Action, e.Subject, e.Name,
		Actor{e.Actor.Name, e.HomeName, e.Actor.OnBehalfOf, e.Actor.Via, e.Actor.Address}, e.Before, e.After,
	}
}

// Actor is who did it.
type Actor struct {
	Name       string    `json:"name"`
	HomeName   string    `json:"home_name,omitempty"`
	OnBehalfOf tenant.ID `json:"on_behalf_of,omitempty"`
	Via        string    `json:"via" enum:"portal,api,agent,system"`
	Address    string    `json:"address,omitempty"`
}

// Found is something that matches a search.
type Found struct {
	Kind   string `json:"kind" enum:"customer,account,tenant,server"`
	ID     string `json:"id"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

func foundOf(f overview.Found) Found { return Found(f) }
