package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Person is a user as others see him, with what they may do.
type Person struct {
	User
	LastSeenAt time.Time // zero: never
	Actions    []string
}

// People lists everybody of a tenant, in the order in which they came.
func (s *Service) People(ctx context.Context, t tenant.ID) ([]Person, error) {
	d, err := s.Guard.Require(ctx, authz.UsersRead, t)
	if err != nil {
		return nil, err
	}
	users, err := s.reader().Users(ctx, t)
	if err != nil {
		return nil, err
	}
	seen := map[string]time.Time{}
	err = each(ctx, s.Rows, lastSeenPartition(t), func(user string, r lastSeenRecord, _ int64) { seen[user] = r.At })
	if err != nil {
		return nil, err
	}
	all := make([]Person, 0, len(users))
	for _, u := range users {
		p, err := s.see(ctx, d, u, seen[u.ID])
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// Person returns one of a tenant's people.
func (s *Service) Person(ctx context.Context, t tenant.ID, user string) (Person, error) {
	d, err := s.Guard.Require(ctx, authz.UsersRead, t)
	if err != nil {
		return Person{}, err
	}
	u, err := s.reader().User(ctx, t, user)
	if err != nil {
		return Person{}, err
	}
	return s.look(ctx, d, u)
}

func (s *Service) look(ctx context.Context, d authz.Decision, u User) (Person, error) {
	seen, _, err := get[lastSeenRecord](ctx, s.Rows, lastSeenKey(u.Home, u.ID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Person{}, err
	}
	return s.see(ctx, d, u, seen.At)
}

func (s *Service) see(ctx context.Context, d authz.Decision, u User, seen time.Time) (Person, error) {
	kept := u
	status, err := s.status(ctx, u)
	if err != nil {
		return Person{}, err
	}
	u.Status = status
	p := Person{User: u, LastSeenAt: seen}
	if !d.Can(authz.UsersManage) {
		return p, nil
	}
	p.Actions = append(p.Actions, "edit")
	if mayGive(d.Principal.Role, u.Role) {
		p.Actions = append(p.Actions, "change_role")
	}
	if refuseRemoval(d, kept) == nil {
		p.Actions = append(p.Actions, "remove")
	}
	if status != Disabled && refuseLink(d, kept) == nil {
		p.Actions = append(p.Actions, "send_link")
	}
	if refuseFactorReset(d, kept) == nil {
		p.Actions = append(p.Actions, "reset_second_factor")
	}
	return p, nil
}

// NewUser describes a person to be invited.
type NewUser struct {
	Name   string
	Email  string
	Role   authz.Role
	Locale string // empty: en
}

func (s *Service) draft(ctx context.Context, home tenant.ID, n NewUser) User {
	now, maker := s.Clock.Now(), actor(ctx)
	if n.Locale == "" {
		n.Locale = "en"
	}
	return User{
		ID: id.New(id.User, now), Home: home, Name: n.Name, Email: n.Email, Role: n.Role, Locale: n.Locale, Status: Invited,
		CreatedAt: now, History: History{MadeBy: maker, RoleSetBy: maker, RoleSetAt: now},
	}
}

// actor names whoever acts, and nobody where the root's first owner is made.
func actor(ctx context.Context) string {
	p, signedIn := authz.From(ctx)
	if !signedIn {
		return ""
	}
	return p.Actor()
}

// creation returns the rows of a new person, whose address nobody has in the nearest realm. Somebody who signs in there may
// also stand in a realm above, from before the nearest one existed; those are looked at, and checked to stay as they are.
func (s *Service) creation(ctx context.Context, u *User, realms []tenant.ID, at string) (store.Write, error) {
	u.Realm = realms[0]
	user, err := u.put()
	if err != nil {
		return store.Write{}, err
	}
	u.Version = 1
	rows := store.Write{Puts: []store.Put{
		user, {Item: lookup.Item(lookup.Email, emailValue(u.Realm, u.Email), u.Home, u.ID), If: store.Absent},
	}}
	for i, realm := range realms {
		ref, err := lookup.Get(ctx, s.Rows, lookup.Email, emailValue(realm, u.Email))
		if errors.Is(err, store.ErrNotFound) {
			if i > 0 {
				rows.Checks = append(rows.Checks, store.Check{Key: emailKey(realm, u.Email), If: store.Absent})
			}
			continue
		}
		if err != nil {
			return store.Write{}, fmt.Errorf("look up an e-mail address in %s: %w", realm, err)
		}
		nearest, err := s.Realms.Above(ctx, ref.Tenant)
		if err != nil {
			return store.Write{}, fmt.Errorf("find the realms above %s: %w", ref.Tenant, err)
		}
		if nearest[0] == u.Realm {
			return store.Write{}, addressTaken(at, nil)
		}
	}
	return rows, nil
}

func addressTaken(at string, cause error) error {
	taken := problem.Wrap(cause, problem.NameTaken, "somebody signs in with this address already")
	taken.Fields = []problem.Field{{Name: at, Code: string(problem.NameTaken), Detail: "is in use"}}
	return taken
}

// Invite creates a person, who comes in by the returned link. The link is shown once; SendLink makes another.
func (s *Service) Invite(ctx context.Context, t tenant.ID, n NewUser) (Person, string, error) {
	d, err := s.Guard.Require(ctx, authz.UsersManage, t)
	if err != nil {
		return Person{}, "", err
	}
	if err := n.validate(d); err != nil {
		return Person{}, "", err
	}
	var u User
	var link string
	err = again(func() error {
		u, link, err = s.invite(ctx, d, n)
		return err
	})
	if err != nil {
		return Person{}, "", err
	}
	p, err := s.see(ctx, d, u, time.Time{})
	return p, link, err
}

func (n NewUser) validate(d authz.Decision) error {
	var fields problem.Fields
	checkName(&fields, "/name", n.Name)
	checkEmail(&fields, "/email", n.Email)
	checkRole(&fields, "/role", d.Target.Level, n.Role)
	if n.Locale != "" {
		checkLocale(&fields, "/locale", n.Locale)
	}
	if err := fields.Err(); err != nil {
		return err
	}
	if d.Target.Variant == tenant.Anonymous {
		return problem.New(problem.Conflict, "an anonymous customer has no sign-in")
	}
	if !mayGive(d.Principal.Role, n.Role) {
		return refuseRole()
	}
	return nil
}

func (s *Service) invite(ctx context.Context, d authz.Decision, n NewUser) (User, string, error) {
	t := d.Target.ID
	realms, err := s.Realms.Above(ctx, t)
	if err != nil {
		return User{}, "", fmt.Errorf("find the realms above %s: %w", t, err)
	}
	u := s.draft(ctx, t, n)
	var rows store.Write
	all, err := s.owners(ctx, t)
	if err != nil {
		return User{}, "", err
	}
	isFirst := n.Role == authz.OwnerRole(d.Target.Level) && len(all.Active) == 0
	if d.ActsBelow && !isFirst {
		u.MadeFrom = d.Principal.HomeTenant
	}
	if counts(d.Target.Level, u) {
		if rows, err = all.with(u); err != nil {
			return User{}, "", err
		}
	}
	created, err := s.creation(ctx, &u, realms, "/email")
	if err != nil {
		return User{}, "", err
	}
	linked, link, err := s.newLink(ctx, realms[0], u, Invitation, 0)
	if err != nil {
		return User{}, "", err
	}
	err = s.Changes.Commit(ctx, rows.Add(created, linked), change.Change{
		Tenant: t, Action: "user.invite", Subject: u.ID, Name: u.Name, After: u.audit(), Version: u.Version,
	})
	if store.FailedAt(err, emailKey(u.Realm, u.Email)) {
		return User{}, "", addressTaken("/email", err)
	}
	if err != nil {
		return User{}, "", fmt.Errorf("invite to %s: %w", t, err)
	}
	return u, link, nil
}

// EditUser says what to change of a person; nil leaves a thing as it is.
type EditUser struct {
	Version int64 // that the caller read
	Name    *string
	Role    *authz.Role
}

// EditPerson changes a person's name or role. The e-mail address and the password are the person's own.
func (s *Service) EditPerson(ctx context.Context, t tenant.ID, user string, e EditUser) (Person, error) {
	d, err := s.Guard.Require(ctx, authz.UsersManage, t)
	if err != nil {
		return Person{}, err
	}
	before, err := s.reader().User(ctx, t, user)
	if err != nil {
		return Person{}, err
	}
	if before.Version != e.Version {
		return Person{}, problem.New(problem.VersionConflict, "")
	}
	after := before
	var fields problem.Fields
	if e.Name != nil {
		after.Name = *e.Name
		checkName(&fields, "/name", after.Name)
	}
	if e.Role != nil {
		after.Role = *e.Role
		checkRole(&fields, "/role", d.Target.Level, after.Role)
	}
	if err := fields.Err(); err != nil {
		return Person{}, err
	}
	mayChange := mayGive(d.Principal.Role, before.Role) && mayGive(d.Principal.Role, after.Role)
	if after.Role != before.Role && !mayChange {
		return Person{}, refuseRole()
	}
	if after.Role != before.Role {
		after.History.RoleSetBy, after.History.RoleSetAt = d.Principal.Actor(), s.Clock.Now()
	}
	if err := s.replaceUser(ctx, d, before, after); err != nil {
		return Person{}, err
	}
	after.Version++
	return s.look(ctx, d, after)
}

func (s *Service) replaceUser(ctx context.Context, d authz.Decision, before, after User) error {
	err := again(func() error {
		rows, err := s.ownersAfter(ctx, d, before, &after)
		if err != nil {
			return err
		}
		put, err := after.put()
		if err != nil {
			return err
		}
		rows.Puts = append(rows.Puts, put)
		err = s.Changes.Commit(ctx, rows, change.Change{
			Tenant: d.Target.ID, Action: "user.edit", Subject: after.ID, Name: after.Name, Before: before.audit(), After: after.audit(),
			Version: after.Version + 1,
		})
		if store.FailedAt(err, userKey(after.Home, after.ID)) {
			return problem.Wrap(errors.New("another edit was faster"), problem.VersionConflict, "")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("edit %s: %w", after.ID, err)
	}
	return nil
}

// ownersAfter returns the row of owners where an edit makes somebody an owner, or one less.
func (s *Service) ownersAfter(ctx context.Context, d authz.Decision, before User, after *User) (store.Write, error) {
	was, is := counts(d.Target.Level, before), counts(d.Target.Level, *after)
	if was == is {
		return store.Write{}, nil
	}
	all, err := s.owners(ctx, d.Target.ID)
	if err != nil {
		return store.Write{}, err
	}
	if is {
		return all.with(*after)
	}
	return all.without(*after)
}

// SendLink makes a link by which a person comes in again: another invitation for somebody who has no password yet, a reset
// for everybody else. While acting below only an owner gets a reset. The link is shown once.
func (s *Service) SendLink(ctx context.Context, t tenant.ID, user string) (string, error) {
	d, err := s.Guard.Require(ctx, authz.UsersManage, t)
	if err != nil {
		return "", err
	}
	link := ""
	err = again(func() error {
		u, err := s.reader().User(ctx, t, user)
		if err != nil {
			return err
		}
		if err := refuseLink(d, u); err != nil {
			return err
		}
		purpose := Reset
		if u.Status == Invited {
			purpose = Invitation
		}
		rows, fresh, err := s.nextLink(ctx, u, purpose)
		if err != nil {
			return err
		}
		link = fresh
		rows.Checks = append(rows.Checks, store.Check{Key: userKey(t, u.ID), If: store.VersionIs(u.Version)})
		return s.Changes.Commit(ctx, rows, change.Change{
			Tenant: t, Action: "user." + string(purpose) + "_link", Subject: u.ID, Name: u.Name,
		})
	})
	return link, err
}

func refuseLink(d authz.Decision, u User) error {
	switch {
	case u.ID == d.Principal.User:
		return problem.New(problem.Conflict, "change your password instead")
	case !mayGive(d.Principal.Role, u.Role):
		return refuseRole()
	case d.ActsBelow && u.Status != Invited && u.Role != authz.OwnerRole(d.Target.Level):
		return problem.New(problem.Forbidden, "while acting below only an owner gets a reset; the owner sends the others theirs")
	}
	return nil
}

// Remove takes a person away for good, with password, links, sessions and the API keys that stand in the tenant.
func (s *Service) Remove(ctx context.Context, t tenant.ID, user string) error {
	d, err := s.Guard.Require(ctx, authz.UsersManage, t)
	if err != nil {
		return err
	}
	return again(func() error {
		u, err := s.reader().User(ctx, t, user)
		if err != nil {
			return err
		}
		if err := refuseRemoval(d, u); err != nil {
			return err
		}
		rows, err := s.removal(ctx, d, u)
		if err != nil {
			return err
		}
		return s.Changes.Commit(ctx, rows, change.Change{
			Tenant: t, Action: "user.remove", Subject: u.ID, Name: u.Name, Before: u.audit(), Version: u.Version + 1,
		})
	})
}

func refuseRemoval(d authz.Decision, u User) error {
	if u.ID == d.Principal.User {
		return problem.New(problem.Conflict, "somebody else removes you")
	}
	if !mayGive(d.Principal.Role, u.Role) {
		return refuseRole()
	}
	return nil
}

// removal returns the deletes of a person. Sessions open nothing without their person, and expire.
func (s *Service) removal(ctx context.Context, d authz.Decision, u User) (store.Write, error) {
	var rows store.Write
	if counts(d.Target.Level, u) {
		all, err := s.owners(ctx, u.Home)
		if err != nil {
			return store.Write{}, err
		}
		if rows, err = all.without(u); err != nil {
			return store.Write{}, err
		}
	}
	rows.Deletes = append(rows.Deletes,
		store.Delete{Key: userKey(u.Home, u.ID), If: store.VersionIs(u.Version)},
		store.Delete{Key: emailKey(u.Realm, u.Email)},
		store.Delete{Key: credentialKey(u.Home, u.ID)},
		store.Delete{Key: factorKey(u.Home, u.ID)},
		store.Delete{Key: setupKey(u.Home, u.ID)},
		store.Delete{Key: lastSeenKey(u.Home, u.ID)},
	)
	for _, p := range []Purpose{ToSignIn, Invitation, Reset} {
		rows.Deletes = append(rows.Deletes, store.Delete{Key: linkKey(u.Home, u.ID, p)})
	}
	keys, err := s.keysIn(ctx, u.Home)
	if err != nil {
		return store.Write{}, err
	}
	for _, k := range keys {
		if k.User == u.ID {
			rows.Deletes = append(rows.Deletes, k.deletes()...)
		}
	}
	return rows, nil
}
