package branding

import (
	"context"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of brands. Showing them by host needs no right, and is done by Hosts.
type Service struct {
	Guard   authz.Guard
	Rows    store.Store
	Changes change.Log
	Clock   clock.Clock
	Hosts   *Hosts
}

// View is the brand of a tenant as its people see it.
type View struct {
	Brand
	Inherited bool // from somebody above, or from the platform
	Address   string
	Own       []Image // images that the brand has of its own; the others are drawn
	Actions   []string
}

// Get returns the brand under which a tenant's people work. An inherited one has version 0, which a first edit names.
func (s *Service) Get(ctx context.Context, t tenant.ID) (View, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsRead, t)
	if err != nil {
		return View{}, err
	}
	b, err := s.Hosts.Effective(ctx, t)
	if err != nil {
		return View{}, err
	}
	pictures := Pictures{}
	if b.Version > 0 {
		if pictures, err = s.repository().pictures(ctx, b.Tenant); err != nil {
			return View{}, err
		}
	}
	return s.view(ctx, d, b, pictures)
}

func (s *Service) view(ctx context.Context, d authz.Decision, b Brand, pictures Pictures) (View, error) {
	realms, err := s.Hosts.Above(ctx, d.Target.ID)
	if err != nil {
		return View{}, err
	}
	v := View{Brand: b, Inherited: b.Tenant != d.Target.ID}
	if v.Address, err = s.Hosts.Address(ctx, realms[0]); err != nil {
		return View{}, err
	}
	for _, i := range images {
		if pictures[i] != nil {
			v.Own = append(v.Own, i)
		}
	}
	if v.Inherited {
		v.Version, v.Slug = 0, ""
	}
	if d.Can(authz.BrandManage) {
		v.Actions = append(v.Actions, "edit")
	}
	return v, nil
}

func (s *Service) repository() repository { return repository{s.Rows} }

// Put gives a tenant a brand of its own, or changes it as a whole. People of the tenant sign in under its slug from then on.
func (s *Service) Put(ctx context.Context, t tenant.ID, e Edit) (View, error) {
	d, err := s.Guard.Require(ctx, authz.BrandManage, t)
	if err != nil {
		return View{}, err
	}
	b, given, err := e.brand(d.Target.Parent == "")
	if err != nil {
		return View{}, err
	}
	before, had, err := s.repository().get(ctx, t)
	if err != nil {
		return View{}, err
	}
	if before.Version != e.Version {
		return View{}, problem.New(problem.VersionConflict, "")
	}
	if before.Slug != "" && b.Slug == "" {
		return View{}, problem.Invalid("/slug", "slug", "can be changed, not removed: people sign in there")
	}
	was, err := s.repository().pictures(ctx, t)
	if err != nil {
		return View{}, err
	}
	pictures := e.merge(was, given)
	b.Tenant, b.ChangedAt = t, s.Clock.Now()
	if err := s.save(ctx, before, b, had, was, pictures); err != nil {
		return View{}, err
	}
	b.Version = before.Version + 1
	return s.view(ctx, d, b, pictures)
}

// merge returns the pictures after an edit.
func (e Edit) merge(was, given Pictures) Pictures {
	after := Pictures{}
	for _, i := range images {
		switch wanted := e.Pictures[i]; {
		case wanted == nil:
			after[i] = was[i]
		case *wanted != "":
			after[i] = given[i]
		}
	}
	return after
}

func (s *Service) save(ctx context.Context, before, after Brand, had bool, was, pictures Pictures) error {
	rows, err := after.put(before.Version, pictures)
	if err != nil {
		return err
	}
	if after.Slug != before.Slug {
		rows.Puts = append(rows.Puts, store.Put{
			Item: lookup.Item(lookup.Hostname, slugValue(after.Slug), after.Tenant, string(after.Tenant)), If: store.Absent,
		})
		if before.Slug != "" {
			rows.Deletes = append(rows.Deletes, store.Delete{Key: slugKey(before.Slug)})
		}
	}
	c := change.Change{
		Tenant: after.Tenant, Action: "brand.change", Subject: string(after.Tenant), Name: after.Product, After: after.audit(pictures),
		Version: before.Version + 1,
	}
	if had {
		c.Before = before.audit(was)
	}
	err = s.Changes.Commit(ctx, rows, c)
	switch {
	case after.Slug != before.Slug && store.FailedAt(err, slugKey(after.Slug)):
		taken := problem.Wrap(err, problem.NameTaken, "")
		taken.Fields = []problem.Field{{Name: "/slug", Code: string(problem.NameTaken), Detail: "is in use"}}
		return taken
	case store.FailedAt(err, brandKey(after.Tenant)):
		return problem.Wrap(err, problem.VersionConflict, "")
	case err != nil:
		return fmt.Errorf("change the brand of %s: %w", after.Tenant, err)
	}
	return nil
}
