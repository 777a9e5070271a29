package tenancy

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of the tree.
type Service struct {
	Guard     authz.Guard
	Reader    Reader
	Changes   change.Log
	Clock     clock.Clock
	Directory *Directory
	Owners    Owners
}

// Owners makes the first person of a new tenant. Identity implements it.
type Owners interface {
	// InviteOwner returns the rows of an invited owner of the tenant, and the one-time link by which the owner comes in.
	InviteOwner(ctx context.Context, t Tenant, name, email string) (store.Write, string, error)
}

// View is a tenant as one principal may see it.
type View struct {
	Tenant
	Trail       []authz.Node // from the principal's home, above which nobody looks, down to the tenant
	Permissions []authz.Permission
	Actions     []string
}

// Get returns the tenant acted for.
func (s *Service) Get(ctx context.Context, t tenant.ID) (View, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsRead, t)
	if err != nil {
		return View{}, err
	}
	found, err := s.Reader.Get(ctx, t)
	if err != nil {
		return View{}, err
	}
	return s.view(d, found), nil
}

func (s *Service) view(d authz.Decision, t Tenant) View {
	v := View{Tenant: t, Trail: d.FromHome(), Permissions: d.Permissions()}
	if d.Can(authz.TenantsManage) {
		v.Actions = append(v.Actions, "edit")
	}
	if d.Can(authz.TenantsCreateBelow) {
		for _, level := range t.Level.Below() {
			if level.Sells() {
				v.Actions = append(v.Actions, "create_"+string(level))
			}
		}
	}
	if d.Can(authz.CustomersManage) {
		switch t.Level {
		case tenant.Reseller:
			v.Actions = append(v.Actions, "create_customer")
		case tenant.Customer:
			v.Actions = append(v.Actions, "create_site")
		case tenant.Supplier, tenant.Distributor, tenant.SubDistributor, tenant.Site:
		}
	}
	if d.Can(authz.AnonymousCustomers) {
		v.Actions = append(v.Actions, "create_anonymous_customer")
	}
	if d.Can(authz.HideIdentities) {
		v.Actions = append(v.Actions, "hide_identities")
	}
	if d.Can(authz.WithdrawActing) {
		v.Actions = append(v.Actions, "withdraw_acting")
	}
	return v
}

// Edit says what to change of the tenant acted for; nil leaves a thing as it is.
type Edit struct {
	Version         int64 // that the caller read
	Name            *string
	Country         *string
	TimeZone        *string
	Language        *string
	ActingWithdrawn *bool
	HidesIdentities *bool
}

// Edit changes the tenant acted for.
func (s *Service) Edit(ctx context.Context, t tenant.ID, e Edit) (View, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsManage, t)
	if err != nil {
		return View{}, err
	}
	if e.ActingWithdrawn != nil && (d.ActsBelow || !d.Can(authz.WithdrawActing)) {
		return View{}, problem.New(problem.Forbidden, "acting below is withdrawn by the tenant itself, with the premium edition")
	}
	if e.HidesIdentities != nil && !d.Can(authz.HideIdentities) {
		return View{}, problem.New(problem.Forbidden, "only graylabel and whitelabel resellers hide identities")
	}
	before, err := s.Reader.Get(ctx, t)
	if err != nil {
		return View{}, err
	}
	after := before
	set(&after.Name, e.Name)
	set(&after.Country, e.Country)
	set(&after.TimeZone, e.TimeZone)
	set(&after.Language, e.Language)
	set(&after.ActingWithdrawn, e.ActingWithdrawn)
	set(&after.HidesIdentities, e.HidesIdentities)
	var fields problem.Fields
	Profile{Name: after.Name, Country: after.Country, TimeZone: after.TimeZone, Language: after.Language}.validate(&fields, "", false)
	if err := fields.Err(); err != nil {
		return View{}, err
	}
	saved, err := s.replace(ctx, d, "tenant.edit", before, after, e.Version)
	if err != nil {
		return View{}, err
	}
	return s.view(d, saved), nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// replace writes a changed tenant over the version that the caller read.
func (s *Service) replace(ctx context.Context, d authz.Decision, action string, before, after Tenant, read int64) (Tenant, error) {
	if before.Version != read {
		return Tenant{}, problem.New(problem.VersionConflict, "")
	}
	rows, err := after.replacement()
	if err != nil {
		return Tenant{}, err
	}
	err = s.Changes.Commit(ctx, rows, change.Change{
		Tenant: d.Target.ID, Action: action, Subject: string(after.ID), Name: after.Name,
		Before: before.audit(), After: after.audit(), Owner: after.ID, Version: after.Version + 1,
		Events: []events.Payload{events.TenantChanged{Tenant: string(after.ID), Changed: changed(before, after)}},
	})
	if store.FailedAt(err, tenantKey(after.ID)) {
		return Tenant{}, problem.Wrap(err, problem.VersionConflict, "")
	}
	if err != nil {
		return Tenant{}, fmt.Errorf("%s %s: %w", action, after.ID, err)
	}
	s.Directory.forget(after.ID)
	after.Version++
	return after, nil
}

// plant draws segments until one is free, and commits the new tenant with the rows that belong to the same decision.
func (s *Service) plant(ctx context.Context, parent, t Tenant, action string, more func(Tenant) (store.Write, error)) (Tenant, error) {
	if parent.Path.Layers() >= MaxLayers {
		return Tenant{}, problem.New(problem.TreeTooDeep, "at most 64 layers")
	}
	for {
		t.Path = parent.Path.Child(newSegment())
		rows, err := t.creation()
		if err != nil {
			return Tenant{}, err
		}
		if more != nil {
			others, err := more(t)
			if err != nil {
				return Tenant{}, err
			}
			rows = rows.Add(others)
		}
		// The parent is only checked, so that many children can be created at the same time.
		rows.Checks = append(rows.Checks, store.Check{Key: tenantKey(parent.ID), If: store.Present})
		err = s.Changes.Commit(ctx, rows, change.Change{
			Tenant: parent.ID, Action: action, Subject: string(t.ID), Name: t.Name, After: t.audit(), Owner: t.ID, Version: t.Version,
			Events: []events.Payload{events.TenantCreated{
				Tenant: string(t.ID), Parent: string(t.Parent), Level: string(t.Level), Variant: string(t.Variant),
			}},
		})
		switch {
		case err == nil:
			return t, nil
		case store.FailedAt(err, lookup.Key(lookup.Segment, segmentValue(t.Root, t.Number()))):
			continue // taken: one in a thousand million
		case store.FailedAt(err, tenantKey(parent.ID)):
			return Tenant{}, problem.Wrap(err, problem.NotFound, "")
		default:
			return Tenant{}, fmt.Errorf("%s below %s: %w", action, parent.ID, err)
		}
	}
}

func (s *Service) draft(parent Tenant, level tenant.Level, profile Profile) Tenant {
	now := s.Clock.Now()
	t := Tenant{
		ID: tenant.ID(id.New(id.Tenant, now)), Parent: parent.ID, Root: parent.Root, Level: level, Status: tenant.Active,
		CreatedAt: now, Version: 1,
	}
	profile.apply(&t, parent)
	return t
}
