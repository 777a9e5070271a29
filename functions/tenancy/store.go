package tenancy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// record is a tenant as it is kept.
type record struct {
	Tenant          tenant.ID             `json:"tenant"`
	Parent          tenant.ID             `json:"parent,omitempty"`
	Root            tenant.ID             `json:"root"`
	Path            Path                  `json:"path"`
	Name            string                `json:"name"`
	Level           tenant.Level          `json:"level"`
	Variant         tenant.Variant        `json:"variant,omitempty"`
	Edition         tenant.Edition        `json:"edition,omitempty"`
	Grants          map[tenant.Grant]bool `json:"grants,omitempty"`
	DirectSales     bool                  `json:"direct_sales,omitempty"`
	Status          tenant.Status         `json:"status"`
	SuspendedFor    string                `json:"suspended_for,omitempty"`
	ActingWithdrawn bool                  `json:"acting_withdrawn,omitempty"`
	HidesIdentities bool                  `json:"hides_identities,omitempty"`
	Country         string                `json:"country,omitempty"`
	TimeZone        string                `json:"time_zone,omitempty"`
	Language        string                `json:"language,omitempty"`
	Contact         contactRecord         `json:"contact,omitzero"`
	CreatedAt       time.Time             `json:"created_at"`
}

type contactRecord struct {
	Person        string `json:"person,omitempty"`
	Email         string `json:"email,omitempty"`
	Phone         string `json:"phone,omitempty"`
	Street        string `json:"street,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	City          string `json:"city,omitempty"`
	ChamberNumber string `json:"chamber_number,omitempty"`
	VATNumber     string `json:"vat_number,omitempty"`
}

func (t Tenant) record() record {
	return record{
		t.ID, t.Parent, t.Root, t.Path, t.Name, t.Level, t.Variant, t.Edition, t.Grants, t.DirectSales, t.Status, t.SuspendedFor,
		t.ActingWithdrawn, t.HidesIdentities, t.Country, t.TimeZone, t.Language, contactRecord(t.Contact), t.CreatedAt,
	}
}

func (r record) tenant(version int64) Tenant {
	return Tenant{
		r.Tenant, r.Parent, r.Root, r.Path, r.Name, r.Level, r.Variant, r.Edition, r.Grants, r.DirectSales, r.Status, r.SuspendedFor,
		r.ActingWithdrawn, r.HidesIdentities, r.Country, r.TimeZone, r.Language, Contact(r.Contact), r.CreatedAt, version,
	}
}

func (t Tenant) item() (store.Item, error) {
	value, err := json.Marshal(t.record())
	if err != nil {
		return store.Item{}, fmt.Errorf("encode tenant %s: %w", t.ID, err)
	}
	return store.Item{Key: tenantKey(t.ID), Value: value, Version: t.Version, I1: belowKey(t.Root, t.Path), I2: childKey(t)}, nil
}

// creation returns the rows of a new tenant: itself and its segment, which nobody else may have drawn.
func (t Tenant) creation() (store.Write, error) {
	item, err := t.item()
	if err != nil {
		return store.Write{}, err
	}
	segment := lookup.Item(lookup.Segment, segmentValue(t.Root, t.Number()), t.ID, string(t.ID))
	return store.Write{Puts: []store.Put{{Item: item, If: store.Absent}, {Item: segment, If: store.Absent}}}, nil
}

// replacement returns the put that writes the tenant over the version it was read with.
func (t Tenant) replacement() (store.Write, error) {
	read := t.Version
	t.Version++
	item, err := t.item()
	if err != nil {
		return store.Write{}, err
	}
	return store.Write{Puts: []store.Put{{Item: item, If: store.VersionIs(read)}}}, nil
}

func segmentValue(root tenant.ID, segment string) string { return string(root) + "/" + segment }

func read(item store.Item) (Tenant, error) {
	var r record
	if err := json.Unmarshal(item.Value, &r); err != nil {
		return Tenant{}, fmt.Errorf("decode tenant at %s: %w", item.PK, err)
	}
	return r.tenant(item.Version), nil
}

// Reader reads the tree for other features. It asks for no rights, so nothing of it reaches a caller unchecked.
type Reader struct{ Rows store.Store }

// Get returns a tenant, or a not_found problem.
func (r Reader) Get(ctx context.Context, t tenant.ID) (Tenant, error) {
	item, err := r.Rows.Get(ctx, tenantKey(t))
	if errors.Is(err, store.ErrNotFound) {
		return Tenant{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Tenant{}, fmt.Errorf("read tenant %s: %w", t, err)
	}
	return read(item)
}

// Root returns the supplier at the top, or a not_found problem on a platform that has not been set up.
func (r Reader) Root(ctx context.Context) (Tenant, error) {
	ref, err := lookup.Get(ctx, r.Rows, lookup.Root, "platform")
	if errors.Is(err, store.ErrNotFound) {
		return Tenant{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Tenant{}, fmt.Errorf("find the root: %w", err)
	}
	return r.Get(ctx, ref.Tenant)
}

// Children returns one page of the tenants of one kind directly below, by name.
func (r Reader) children(ctx context.Context, parent tenant.ID, k kind, limit int, cursor string) ([]Tenant, string, error) {
	return r.list(ctx, store.Query{
		Index: store.Second, PK: childPartition(parent), Range: store.Range{Prefix: childPrefix(k)}, Limit: limit, Cursor: cursor,
	})
}

// Customers returns every customer of a seller, for features that show their names beside their own rows.
func (r Reader) Customers(ctx context.Context, seller tenant.ID) ([]Tenant, error) {
	var all []Tenant
	for cursor := ""; ; {
		page, next, err := r.children(ctx, seller, customers, store.MaxPage, cursor)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if next == "" {
			return all, nil
		}
		cursor = next
	}
}

// Below returns one page of everything below a tenant, in path order, the tenant itself excluded.
func (r Reader) Below(ctx context.Context, t Tenant, limit int, cursor string) ([]Tenant, string, error) {
	page, next, err := r.list(ctx, store.Query{
		Index: store.First, PK: belowKey(t.Root, t.Path).PK, Range: store.Range{Prefix: string(t.Path)}, Limit: limit, Cursor: cursor,
	})
	if len(page) > 0 && page[0].ID == t.ID {
		page = page[1:]
	}
	return page, next, err
}

func (r Reader) list(ctx context.Context, q store.Query) ([]Tenant, string, error) {
	page, err := r.Rows.Query(ctx, q)
	if err != nil {
		return nil, "", fmt.Errorf("list tenants: %w", err)
	}
	all := make([]Tenant, 0, len(page.Items))
	for _, item := range page.Items {
		t, err := read(item)
		if err != nil {
			return nil, "", err
		}
		all = append(all, t)
	}
	return all, page.Next, nil
}

// RootID returns the identifier of the supplier at the top, or a not_found problem.
func (r Reader) RootID(ctx context.Context) (tenant.ID, error) {
	root, err := r.Root(ctx)
	return root.ID, err
}

// Sellers returns the first sellers directly below a tenant, by name, and whether there are more.
func (r Reader) Sellers(ctx context.Context, parent tenant.ID) (all []Tenant, more bool, err error) {
	all, next, err := r.children(ctx, parent, sellers, store.MaxPage, "")
	return all, next != "", err
}
