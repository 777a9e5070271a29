package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

type record struct {
	Seller      tenant.ID           `json:"seller"`
	Customer    tenant.ID           `json:"customer"`
	Name        string              `json:"name"`
	Server      string              `json:"server"`
	ServerOwner tenant.ID           `json:"server_owner"`
	Type        driver.AccountType  `json:"type"`
	Wanted      driver.AccountState `json:"wanted"`
	QuotaBytes  int64               `json:"quota_bytes"`
	Modules     []string            `json:"modules,omitempty"`
	Devices     []deviceRecord      `json:"devices"`
	Generation  int64               `json:"generation"`
	Observed    int64               `json:"observed"`
	Operation   string              `json:"operation"`
	Failed      troubleRecord       `json:"failed,omitzero"`
	UsedBytes   int64               `json:"used_bytes,omitempty"`
	Removal     removalRecord       `json:"removal,omitzero"`
	Cut         cutRecord           `json:"cut,omitzero"`
	CreatedAt   time.Time           `json:"created_at"`
}

type removalRecord struct {
	Stage     Stage     `json:"stage"`
	Asker     string    `json:"asker,omitempty"`
	Approval  string    `json:"approval,omitempty"`
	Expires   time.Time `json:"expires,omitzero"`
	Early     string    `json:"early,omitempty"`
	EarlyEnds time.Time `json:"early_ends,omitzero"`
	TrashedAt time.Time `json:"trashed_at,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	PurgedAt  time.Time `json:"purged_at,omitzero"`
	PurgedBy  string    `json:"purged_by,omitempty"`
}

type cutRecord struct {
	Approval   string `json:"approval"`
	QuotaBytes int64  `json:"quota_bytes"`
}

type deviceRecord struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Login    string        `json:"login"`
	Sets     []setRecord   `json:"sets"`
	Password int64         `json:"password_generation,omitempty"`
	Lost     troubleRecord `json:"password_lost,omitzero"`
}

type troubleRecord struct {
	Operation string `json:"operation"`
	Code      string `json:"code"`
}

type setRecord struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	Plan events.Schedule `json:"plan"`
}

func (a Account) item() (store.Item, error) {
	r := record{
		a.Seller, a.Customer, a.Name, a.Server, a.ServerOwner, a.Type, a.Wanted, a.QuotaBytes, a.Modules, nil, a.Generation, a.Observed,
		a.Operation, troubleRecord(a.Failed), a.UsedBytes, removalRecord(a.Removal), cutRecord(a.Cut), a.CreatedAt,
	}
	for _, d := range a.Devices {
		device := deviceRecord{ID: d.ID, Name: d.Name, Login: d.Login, Password: d.Password, Lost: troubleRecord(d.Lost)}
		for _, s := range d.Sets {
			device.Sets = append(device.Sets, setRecord(s))
		}
		r.Devices = append(r.Devices, device)
	}
	value, err := json.Marshal(r)
	if err != nil {
		return store.Item{}, fmt.Errorf("encode account %s: %w", a.ID, err)
	}
	i := store.Item{
		Key: accountKey(a.Seller, a.ID), Value: value, Version: a.Version,
		I1: store.IndexKey{PK: customerPartition(a.Seller, a.Customer), SK: a.ID},
		I2: store.IndexKey{PK: serverPartition(a.Seller, a.Server), SK: a.ID},
	}
	if a.Removal.Stage == Purged {
		i.ExpiresAt = a.Removal.PurgedAt.Add(keepGone)
	}
	return i, nil
}

// replacement returns the put of a changed account over the version it was read with.
func (a Account) replacement() (store.Put, error) {
	was := a.Version
	a.Version++
	i, err := a.item()
	return store.Put{Item: i, If: store.VersionIs(was)}, err
}

func read(i store.Item) (Account, error) {
	var r record
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Account{}, fmt.Errorf("decode account %s: %w", i.SK, err)
	}
	a := Account{
		i.SK, r.Seller, r.Customer, r.Name, r.Server, r.ServerOwner, r.Type, r.Wanted, r.QuotaBytes, r.Modules, nil, r.Generation, r.Observed,
		r.Operation, Trouble(r.Failed), r.UsedBytes, Removal(r.Removal), Cut(r.Cut), r.CreatedAt, i.Version,
	}
	for _, d := range r.Devices {
		device := Device{ID: d.ID, Name: d.Name, Login: d.Login, Password: d.Password, Lost: Trouble(d.Lost)}
		for _, s := range d.Sets {
			device.Sets = append(device.Sets, Set(s))
		}
		a.Devices = append(a.Devices, device)
	}
	return a, nil
}

// Reader reads accounts for other features. It asks for no rights, so nothing of it reaches a caller unchecked.
type Reader struct{ Rows store.Store }

// Get returns an account of a seller, or a not_found problem.
func (r Reader) Get(ctx context.Context, seller tenant.ID, account string) (Account, error) {
	i, err := r.Rows.Get(ctx, accountKey(seller, account))
	if errors.Is(err, store.ErrNotFound) {
		return Account{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Account{}, fmt.Errorf("read account %s: %w", account, err)
	}
	return read(i)
}

// OnServer returns the account that an agent names, whoever sells it, or a not_found problem where no such account stands
// on the server.
func (r Reader) OnServer(ctx context.Context, server, account string) (Account, error) {
	ref, err := lookup.Get(ctx, r.Rows, lookup.Account, accountValue(server, account))
	if errors.Is(err, store.ErrNotFound) {
		return Account{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Account{}, fmt.Errorf("find account %s: %w", account, err)
	}
	return r.Get(ctx, ref.Tenant, ref.ID)
}

// Scope selects the accounts that a list reads: all of a seller's, a customer's, or those on one server.
type Scope struct {
	Seller   tenant.ID
	Customer tenant.ID
	Server   string
}

// List returns one page of accounts, by the time at which they were created.
func (r Reader) List(ctx context.Context, s Scope, limit int, cursor string) ([]Account, string, error) {
	page, err := r.Rows.Query(ctx, s.query(limit, cursor))
	if err != nil {
		return nil, "", unlisted(err)
	}
	all := make([]Account, 0, len(page.Items))
	for _, i := range page.Items {
		a, err := read(i)
		if err != nil {
			return nil, "", err
		}
		all = append(all, a)
	}
	return all, page.Next, nil
}

// find is List of those that are taken: at most limit of them, and maybe fewer before the end, since it looks at a bounded
// number of others.
func (r Reader) find(ctx context.Context, s Scope, limit int, cursor string, takes func(Account) bool) ([]Account, string, error) {
	all := make([]Account, 0, limit)
	page, err := store.Filtered(ctx, r.Rows, s.query(limit, cursor), limit, func(i store.Item) (bool, error) {
		a, err := read(i)
		if err != nil || !takes(a) {
			return false, err
		}
		all = append(all, a)
		return true, nil
	})
	if err != nil {
		return nil, "", unlisted(err)
	}
	return all, page.Next, nil
}

func (s Scope) query(limit int, cursor string) store.Query {
	q := store.Query{PK: partition(s.Seller), Limit: limit, Cursor: cursor}
	switch {
	case s.Customer != "":
		q.Index, q.PK = store.First, customerPartition(s.Seller, s.Customer)
	case s.Server != "":
		q.Index, q.PK = store.Second, serverPartition(s.Seller, s.Server)
	}
	return q
}

func unlisted(err error) error {
	if errors.Is(err, store.ErrBadCursor) {
		return problem.Wrap(err, problem.InvalidInput, "the cursor belongs to another list")
	}
	return fmt.Errorf("list accounts: %w", err)
}
