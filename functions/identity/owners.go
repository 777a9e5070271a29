package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// ownersRecord says who the owners of a tenant are and who of them has come in. One row holds them all, so that its version
// orders everything that adds or takes an owner. Who was made below does not count.
type ownersRecord struct {
	Active map[string]bool `json:"active"` // by user; false: invited
}

type owners struct {
	ownersRecord
	home    tenant.ID
	version int64
}

func (s *Service) owners(ctx context.Context, home tenant.ID) (owners, error) {
	kept, version, err := get[ownersRecord](ctx, s.Rows, ownersKey(home))
	if errors.Is(err, store.ErrNotFound) {
		return owners{ownersRecord{map[string]bool{}}, home, 0}, nil
	}
	return owners{kept, home, version}, err
}

func (o owners) write() (store.Write, error) {
	item, err := row(ownersKey(o.home), o.ownersRecord, o.version+1, time.Time{})
	if err != nil {
		return store.Write{}, err
	}
	is := store.Absent
	if o.version > 0 {
		is = store.VersionIs(o.version)
	}
	return store.Write{Puts: []store.Put{{Item: item, If: is}}}, nil
}

// with returns the row with one owner more, or with the same one in another state.
func (o owners) with(u User) (store.Write, error) {
	o.Active[u.ID] = u.Status == Active
	return o.write()
}

// without returns the row with one owner less, or last_owner.
func (o owners) without(u User) (store.Write, error) {
	wasActive := o.Active[u.ID]
	delete(o.Active, u.ID)
	anyActive := false
	for _, active := range o.Active {
		anyActive = anyActive || active
	}
	if len(o.Active) == 0 || wasActive && !anyActive {
		return store.Write{}, problem.New(problem.LastOwner, "make somebody else an owner first")
	}
	return o.write()
}

// counts tells whether a person is one of the owners that a tenant keeps.
func counts(level tenant.Level, u User) bool {
	return u.Role == authz.OwnerRole(level) && !u.MadeBelow()
}

// ownerBecomesActive returns the row of owners in which an invited one has come in, and nothing for other people.
func (s *Service) ownerBecomesActive(ctx context.Context, u User) (store.Write, error) {
	node, err := s.node(ctx, u.Home)
	if err != nil || !counts(node.Level, u) {
		return store.Write{}, err
	}
	all, err := s.owners(ctx, u.Home)
	if err != nil {
		return store.Write{}, err
	}
	u.Status = Active
	return all.with(u)
}

// InviteOwner returns the rows of the first owner of a tenant that is being created in the same write, and the link by which
// the owner comes in: for the root's, on whose platform nobody is signed in yet, of one hour, for others an invitation. The
// caller asked for the right to create the tenant. It implements tenancy.Owners.
func (s *Service) InviteOwner(ctx context.Context, t tenancy.Tenant, name, email string) (store.Write, string, error) {
	realms, purpose := []tenant.ID{t.ID}, ToSignIn
	if t.Parent != "" {
		purpose = Invitation
		var err error
		if realms, err = s.Realms.Above(ctx, t.Parent); err != nil {
			return store.Write{}, "", fmt.Errorf("find the realms above %s: %w", t.Parent, err)
		}
	}
	var fields problem.Fields
	checkName(&fields, "/owner/name", name)
	checkEmail(&fields, "/owner/email", email)
	if err := fields.Err(); err != nil {
		return store.Write{}, "", err
	}
	u := s.draft(ctx, t.ID, NewUser{Name: name, Email: email, Role: authz.OwnerRole(t.Level), Locale: t.Language})
	rows, err := s.creation(ctx, &u, realms, "/owner/email")
	if err != nil {
		return store.Write{}, "", err
	}
	first, err := owners{ownersRecord{map[string]bool{}}, t.ID, 0}.with(u)
	if err != nil {
		return store.Write{}, "", err
	}
	link, url, err := s.newLink(ctx, realms[0], u, purpose, 0)
	return rows.Add(first, link), url, err
}
