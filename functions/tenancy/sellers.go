package tenancy

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// NewSeller describes a distributor or reseller to be created directly below the tenant acted for.
type NewSeller struct {
	Profile
	Level   tenant.Level
	Variant tenant.Variant
	Edition tenant.Edition // empty: basic
	Grants  map[tenant.Grant]bool
	Owner   *NewOwner // nil: somebody is invited another time
}

// NewOwner is the first person of a new tenant.
type NewOwner struct{ Name, Email string }

func (n NewSeller) validate(parent tenant.Level) error {
	var fields problem.Fields
	n.Profile.validate(&fields, "", false)
	if !n.Level.Sells() || !parent.MayHave(n.Level) {
		fields.Add("/level", string(problem.LevelNotAllowed), "such a tenant may not stand directly below a "+string(parent))
	} else {
		checkRights(&fields, n.Level, n.Variant, n.Edition, n.Grants)
	}
	if n.Owner != nil {
		checkName(&fields, "/owner/name", n.Owner.Name)
		if !IsEmail(n.Owner.Email) {
			fields.Add("/owner/email", "email", "an e-mail address, such as name@example.com")
		}
	}
	return fields.Err()
}

// CreateSeller creates a distributor or reseller below the tenant acted for, a distributor with its direct sales and each
// with its first owner, in one write. The link is the owner's way in, and is shown once.
func (s *Service) CreateSeller(ctx context.Context, parentID tenant.ID, n NewSeller) (created Tenant, link string, err error) {
	d, err := s.Guard.Require(ctx, authz.TenantsCreateBelow, parentID)
	if err != nil {
		return Tenant{}, "", err
	}
	if n.Edition == "" {
		n.Edition = tenant.Basic
	}
	if err := n.validate(d.Target.Level); err != nil {
		return Tenant{}, "", err
	}
	if err := mayGive(d.Target, n.Grants); err != nil {
		return Tenant{}, "", err
	}
	parent, err := s.Reader.Get(ctx, parentID)
	if err != nil {
		return Tenant{}, "", err
	}
	t := s.draft(parent, n.Level, n.Profile)
	t.Variant, t.Edition, t.Grants = n.Variant, n.Edition, n.Grants
	created, err = s.plant(ctx, parent, t, "tenant.create", func(t Tenant) (store.Write, error) {
		rows := store.Write{}
		if t.Level != tenant.Reseller {
			direct, err := s.directSales(t).creation()
			if err != nil {
				return store.Write{}, err
			}
			rows = rows.Add(direct)
		}
		if n.Owner == nil {
			return rows, nil
		}
		owner, ownersLink, err := s.Owners.InviteOwner(ctx, t, n.Owner.Name, n.Owner.Email)
		link = ownersLink
		return rows.Add(owner), err
	})
	if err != nil {
		return Tenant{}, "", err
	}
	return created, link, nil
}

// directSales is the built-in reseller through which a supplier or distributor has customers of its own.
func (s *Service) directSales(of Tenant) Tenant {
	t := s.draft(of, tenant.Reseller, Profile{Name: of.Name + " (direct)", Contact: of.Contact})
	t.Variant, t.Edition, t.DirectSales = tenant.ValueAdded, tenant.Basic, true
	t.Path = of.Path.Child(newSegment())
	return t
}

// mayGive refuses grants that the parent lacks itself.
func mayGive(parent authz.Node, grants map[tenant.Grant]bool) error {
	for _, g := range slices.Sorted(maps.Keys(grants)) {
		if grants[g] && !authz.MayGrant(parent, g) {
			return problem.Invalid("/grants/"+string(g), "grant", "nobody grants a right that he lacks")
		}
	}
	return nil
}

// Seller is a seller directly below, with what may be done with it.
type Seller struct {
	Tenant
	Actions []string
}

// Sellers lists the sellers directly below the tenant acted for, by name, those whose name or number contains the text.
func (s *Service) Sellers(ctx context.Context, parent tenant.ID, text string, limit int, cursor string) ([]Seller, string, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsRead, parent)
	if err != nil {
		return nil, "", err
	}
	page, next, err := s.search(ctx, parent, sellers, limit, cursor, text, false)
	if err != nil {
		return nil, "", err
	}
	all := make([]Seller, 0, len(page))
	for _, t := range page {
		all = append(all, seller(d, t))
	}
	return all, next, nil
}

// Seller returns one seller directly below the tenant acted for.
func (s *Service) Seller(ctx context.Context, parent, child tenant.ID) (Seller, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsRead, parent)
	if err != nil {
		return Seller{}, err
	}
	t, err := s.child(ctx, parent, child, sellers)
	if err != nil {
		return Seller{}, err
	}
	return seller(d, t), nil
}

func seller(d authz.Decision, t Tenant) Seller {
	var actions []string
	if t.Status == tenant.Active && d.Can(authz.ActBelow) && !t.ActingWithdrawn {
		actions = append(actions, "act")
	}
	if d.Can(authz.TenantsSuspend) && !t.DirectSales {
		switch t.Status {
		case tenant.Active:
			actions = append(actions, "suspend")
		case tenant.Suspended:
			actions = append(actions, "resume")
		case tenant.Closed:
		}
	}
	if d.Can(authz.GrantsChange) && !t.DirectSales {
		actions = append(actions, "change_rights")
	}
	return Seller{t, actions}
}

// Rights says what to change of a child's rights; nil leaves a thing as it is, a grant set to nil is taken back to what
// variant and edition give.
type Rights struct {
	Version int64
	Variant *tenant.Variant
	Edition *tenant.Edition
	Grants  map[tenant.Grant]*bool
}

// ChangeRights changes variant, edition and grants of a seller directly below the tenant acted for.
func (s *Service) ChangeRights(ctx context.Context, parent, child tenant.ID, r Rights) (Seller, error) {
	d, err := s.Guard.Require(ctx, authz.GrantsChange, parent)
	if err != nil {
		return Seller{}, err
	}
	before, err := s.child(ctx, parent, child, sellers)
	if err != nil {
		return Seller{}, err
	}
	after := before
	set(&after.Variant, r.Variant)
	set(&after.Edition, r.Edition)
	after.Grants = maps.Clone(before.Grants)
	given := map[tenant.Grant]bool{}
	for g, on := range r.Grants {
		if on == nil {
			delete(after.Grants, g)
			continue
		}
		if after.Grants == nil {
			after.Grants = map[tenant.Grant]bool{}
		}
		after.Grants[g], given[g] = *on, *on
	}
	var fields problem.Fields
	checkRights(&fields, after.Level, after.Variant, after.Edition, given)
	if err := fields.Err(); err != nil {
		return Seller{}, err
	}
	if err := mayGive(d.Target, given); err != nil {
		return Seller{}, err
	}
	saved, err := s.replace(ctx, d, "tenant.change_rights", before, after, r.Version)
	if err != nil {
		return Seller{}, err
	}
	return seller(d, saved), nil
}

// SuspendSeller stops a seller directly below the tenant acted for, and with it everybody below that seller.
func (s *Service) SuspendSeller(ctx context.Context, parent, child tenant.ID, reason string) (Seller, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsSuspend, parent)
	if err != nil {
		return Seller{}, err
	}
	t, err := s.changeStatus(ctx, d, child, sellers, tenant.Suspended, reason)
	return seller(d, t), err
}

// ResumeSeller lets a suspended seller work again.
func (s *Service) ResumeSeller(ctx context.Context, parent, child tenant.ID) (Seller, error) {
	d, err := s.Guard.Require(ctx, authz.TenantsSuspend, parent)
	if err != nil {
		return Seller{}, err
	}
	t, err := s.changeStatus(ctx, d, child, sellers, tenant.Active, "")
	return seller(d, t), err
}

// changeStatus moves a child between active and suspended; moving it to where it is changes nothing and succeeds.
func (s *Service) changeStatus(ctx context.Context, d authz.Decision, child tenant.ID, k kind, to tenant.Status, reason string) (Tenant, error) {
	before, err := s.child(ctx, d.Target.ID, child, k)
	if err != nil {
		return Tenant{}, err
	}
	if before.Status == to {
		return before, nil
	}
	if before.Status == tenant.Closed || before.DirectSales {
		return Tenant{}, problem.New(problem.Conflict, "a closed tenant and built-in direct sales stay as they are")
	}
	if len(reason) > 500 {
		return Tenant{}, problem.Invalid("/reason", "text", "at most 500 characters")
	}
	after := before
	after.Status, after.SuspendedFor = to, strings.TrimSpace(reason)
	action := "tenant.resume"
	if to == tenant.Suspended {
		action = "tenant.suspend"
	}
	return s.replace(ctx, d, action, before, after, before.Version)
}

// child returns a tenant of one kind that stands directly below the parent; anything else does not exist there.
func (s *Service) child(ctx context.Context, parent, child tenant.ID, k kind) (Tenant, error) {
	t, err := s.Reader.Get(ctx, child)
	if err != nil {
		return Tenant{}, err
	}
	if t.Parent != parent || childKind(t.Level) != k {
		return Tenant{}, problem.New(problem.NotFound, "")
	}
	return t, nil
}

// search pages through children until the limit is reached, keeping those that contain the text. Names are masked before
// they are compared, so that nobody finds by search what he may not see.
func (s *Service) search(ctx context.Context, parent tenant.ID, k kind, limit int, cursor, text string, masked bool) ([]Tenant, string, error) {
	text = strings.ToLower(text)
	var found []Tenant
	for {
		page, next, err := s.Reader.children(ctx, parent, k, limit-len(found), cursor)
		if err != nil {
			return nil, "", err
		}
		for _, t := range page {
			if masked {
				t = t.Masked()
			}
			if strings.Contains(strings.ToLower(t.Name), text) || strings.Contains(strings.ToLower(t.Number()), text) {
				found = append(found, t)
			}
		}
		if next == "" || len(found) >= limit {
			return found, next, nil
		}
		cursor = next
	}
}
