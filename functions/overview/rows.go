package overview

import (
	"cmp"
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
	UsedBytes    int64
	Health       reports.Health
}

// Filter selects rows; zero fields select all but the accounts that are gone.
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
		f.State == "" && a.State() == accounts.Gone || len(f.Health) > 0 && !slices.Contains(f.Health, r.Verdict.Word) {
		return false
	}
	text := strings.ToLower(f.Text)
	if contains(a.Name, text) || contains(r.CustomerName, text) {
		return true
	}
	return slices.ContainsFunc(a.Devices, func(d accounts.Device) bool {
		return contains(d.Name, text) || contains(d.Login, text)
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
		r := Row{a, b.customers[a.Customer], b.servers[a.Server].server.Name, b.verdict(a), h.DayLetters(today.In(reports.Zone(a))), b.used(a), h}
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

// Search finds customers, accounts, sellers below and servers by a few letters: at most 20, those that begin with them
// first, and of each kind some before one kind fills the list.
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
	kinds := [][]Found{b.findCustomers(text), b.findAccounts(text), nil, b.findServers(text)}
	if d.Target.Level.Sells() && d.Can(authz.TenantsRead) {
		if kinds[2], err = s.findSellers(ctx, t, text); err != nil {
			return nil, err
		}
	}
	return fair(kinds, text), nil
}

func (b board) findCustomers(text string) (found []Found) {
	if !b.decision.Target.Level.Sells() || b.decision.CustomersMasked() {
		return nil
	}
	for id, name := range b.customers {
		if contains(name, text) {
			found = append(found, Found{"customer", string(id), name, ""})
		}
	}
	return found
}

func (b board) findAccounts(text string) (found []Found) {
	for _, a := range b.accounts {
		if a.State() == accounts.Gone {
			continue
		}
		if contains(a.Name, text) {
			found = append(found, Found{"account", a.ID, a.Name, b.customers[a.Customer]})
			continue
		}
		for _, d := range a.Devices {
			if contains(d.Name, text) || contains(d.Login, text) {
				found = append(found, Found{"account", a.ID, a.Name, d.Name})
				break
			}
		}
	}
	return found
}

func (b board) findServers(text string) (found []Found) {
	for id, state := range b.servers {
		mine := state.server.Owner == b.decision.Target.ID && b.decision.Can(authz.ServersRead)
		if mine && (contains(state.server.Name, text) || contains(state.server.Host, text)) {
			found = append(found, Found{"server", id, state.server.Name, state.server.Host})
		}
	}
	return found
}

func (s *Service) findSellers(ctx context.Context, t tenant.ID, text string) (found []Found, err error) {
	below, _, err := s.Tenants.Sellers(ctx, t)
	for _, seller := range below {
		if contains(seller.Name, text) || contains(seller.Number(), text) {
			found = append(found, Found{"tenant", string(seller.ID), seller.Name, string(seller.Level)})
		}
	}
	return found, err
}

func contains(name, text string) bool { return strings.Contains(strings.ToLower(name), text) }

// fair takes from each kind in turn until the list is full, and keeps the kinds together.
func fair(kinds [][]Found, text string) []Found {
	left := maxFound
	taken := make([]int, len(kinds))
	for before := -1; left > 0 && left != before; {
		before = left
		for k := range kinds {
			if left > 0 && taken[k] < len(kinds[k]) {
				taken[k]++
				left--
			}
		}
	}
	var found []Found
	for k, all := range kinds {
		slices.SortFunc(all, func(a, b Found) int {
			first := func(f Found) int {
				if strings.HasPrefix(strings.ToLower(f.Title), text) {
					return 0
				}
				return 1
			}
			return cmp.Or(first(a)-first(b), strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), strings.Compare(a.ID, b.ID))
		})
		found = append(found, all[:taken[k]]...)
	}
	return found
}
