package overview

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Row is one account of the grid.
type Row struct {
	Account      accounts.Account
	CustomerName string
	ServerName   string
	Verdict      reports.Verdict
	Days         string
	Health       reports.Health
}

// Filter selects rows; zero fields select all.
type Filter struct {
	Text     string // part of an account's, customer's or device's name, or a login
	Health   []reports.Word
	Customer tenant.ID
	Server   string
	State    accounts.State
}

func (f Filter) takes(r Row) bool {
	a := r.Account
	if f.Customer != "" && a.Customer != f.Customer || f.Server != "" && a.Server != f.Server || f.State != "" && a.State() != f.State ||
		len(f.Health) > 0 && !slices.Contains(f.Health, r.Verdict.Word) {
		return false
	}
	text := strings.ToLower(f.Text)
	if strings.Contains(strings.ToLower(a.Name), text) || strings.Contains(strings.ToLower(r.CustomerName), text) {
		return true
	}
	return slices.ContainsFunc(a.Devices, func(d accounts.Device) bool {
		return strings.Contains(strings.ToLower(d.Name), text) || strings.Contains(d.Login, text)
	})
}

// Rows returns one page of the accounts of the tenant acted for, by name, and how many match in all.
func (s *Service) Rows(ctx context.Context, t tenant.ID, f Filter, limit int, cursor string) (page []Row, next string, total int, err error) {
	d, err := s.Guard.Require(ctx, authz.AccountsRead, t)
	if err != nil {
		return nil, "", 0, err
	}
	after, err := openCursor(cursor)
	if err != nil {
		return nil, "", 0, err
	}
	b, err := s.read(ctx, d)
	if err != nil {
		return nil, "", 0, err
	}
	today := s.Clock.Now()
	var all []Row
	for _, a := range b.accounts {
		h := b.health[a.ID]
		r := Row{a, b.customers[a.Customer], b.servers[a.Server].server.Name, b.verdict(a), h.DayLetters(today), h}
		if f.takes(r) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Row) int { return strings.Compare(a.sort(), b.sort()) })
	total = len(all)
	from, _ := slices.BinarySearchFunc(all, after, func(r Row, after string) int {
		if after == "" || r.sort() > after {
			return 1
		}
		return -1
	})
	page = all[from:min(from+limit, total)]
	if from+limit < total {
		next = base64.RawURLEncoding.EncodeToString([]byte(page[len(page)-1].sort()))
	}
	return page, next, total, nil
}

// sort orders rows by name; a cursor is the last one's, so that rows that come and go shift nothing.
func (r Row) sort() string { return strings.ToLower(r.Account.Name) + "\x00" + r.Account.ID }

func openCursor(cursor string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", problem.Invalid("cursor", "cursor", "the next of a previous reply")
	}
	return string(b), nil
}

// Found is something that matches a search.
type Found struct {
	Kind   string // customer, account, tenant, server
	ID     string
	Title  string
	Detail string
}

const maxFound = 20

// Search finds customers, accounts, sellers below and servers by a few letters.
func (s *Service) Search(ctx context.Context, t tenant.ID, text string) ([]Found, error) {
	d, err := s.Guard.Require(ctx, authz.AccountsRead, t)
	if err != nil {
		return nil, err
	}
	b, err := s.read(ctx, d)
	if err != nil {
		return nil, err
	}
	text = strings.ToLower(text)
	var found []Found
	add := func(kind, id, title, detail string) {
		if len(found) < maxFound && strings.Contains(strings.ToLower(title), text) {
			found = append(found, Found{kind, id, title, detail})
		}
	}
	for id, name := range b.customers {
		if d.Target.Level.Sells() && !d.CustomersMasked() {
			add("customer", string(id), name, "")
		}
	}
	slices.SortFunc(found, func(a, b Found) int { return strings.Compare(a.Title, b.Title) })
	for _, a := range b.accounts {
		add("account", a.ID, a.Name, b.customers[a.Customer])
	}
	for id, state := range b.servers {
		if state.server.Owner == t {
			add("server", id, state.server.Name, state.server.Host)
		}
	}
	if !d.Target.Level.Sells() || !d.Can(authz.TenantsRead) {
		return found, nil
	}
	below, _, err := s.Tenants.Sellers(ctx, t)
	for _, b := range below {
		add("tenant", string(b.ID), b.Name, string(b.Level))
	}
	return found, err
}
