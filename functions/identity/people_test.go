package identity

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// staff is the seller's people and those around it.
type staff struct {
	*world
	root, owner, administrator, technician, rival User
}

func newStaff(t testing.TB) staff {
	w := newWorld(t)
	s := staff{world: w, root: w.founder(supplier, "root@example.com"), owner: w.founder(seller, "owner@example.com"), rival: w.founder(rival, "rival@example.com")}
	s.administrator = w.colleague(w.as(s.owner), seller, "administrator@example.com", authz.Administrator)
	s.technician = w.colleague(w.as(s.owner), seller, "technician@example.com", authz.Technician)
	return s
}

func TestWhoMayManagePeople(t *testing.T) {
	s := newStaff(t)
	rootAdministrator := s.colleague(s.as(s.root), supplier, "second@example.com", authz.Administrator)
	buyer := s.colleague(s.as(s.owner), customer, "buyer@example.com", authz.CustomerOwner)
	invite := func(role authz.Role) func(context.Context, tenant.ID) error {
		return func(ctx context.Context, t tenant.ID) error {
			email := fmt.Sprintf("fresh%d@example.com", s.clock.Advance(1).UnixNano())
			_, _, err := s.service.Invite(ctx, t, NewUser{Name: "Fresh", Email: email, Role: role})
			return err
		}
	}
	link := func(u User) func(context.Context, tenant.ID) error {
		return func(ctx context.Context, t tenant.ID) error {
			_, err := s.service.SendLink(ctx, t, u.ID)
			return err
		}
	}
	remove := func(u User) func(context.Context, tenant.ID) error {
		return func(ctx context.Context, t tenant.ID) error { return s.service.Remove(ctx, t, u.ID) }
	}
	role := func(u User, r authz.Role) func(context.Context, tenant.ID) error {
		return func(ctx context.Context, t tenant.ID) error {
			now, err := s.service.reader().User(ctx, u.Home, u.ID)
			s.must(err)
			_, err = s.service.EditPerson(ctx, t, u.ID, EditUser{Version: now.Version, Role: &r})
			return err
		}
	}
	for _, c := range []struct {
		name string
		who  User
		at   tenant.ID
		do   func(context.Context, tenant.ID) error
		want problem.Code
	}{
		{"an owner invites an owner", s.owner, seller, invite(authz.Owner), ""},
		{"an administrator invites an administrator", s.administrator, seller, invite(authz.Administrator), ""},
		{"only an owner makes owners", s.administrator, seller, invite(authz.Owner), problem.RoleNotAllowed},
		{"a technician invites nobody", s.technician, seller, invite(authz.Support), problem.Forbidden},
		{"a seller has no customer's roles", s.owner, seller, invite(authz.CustomerUser), problem.InvalidInput},
		{"a customer has no seller's roles", s.owner, customer, invite(authz.Owner), problem.InvalidInput},
		{"a seller's administrator invites a customer's owner", s.administrator, customer, invite(authz.CustomerOwner), ""},
		{"a customer's owner invites another", buyer, customer, invite(authz.CustomerOwner), ""},
		{"an anonymous customer has no people", s.owner, nameless, invite(authz.CustomerUser), problem.Conflict},
		{"another tenant does not exist", s.rival, seller, invite(authz.Support), problem.NotFound},
		{"the tenant above does not exist", s.owner, supplier, invite(authz.Support), problem.NotFound},
		{"an upline invites below", s.root, seller, invite(authz.Support), ""},

		{"an owner resets an administrator", s.owner, seller, link(s.administrator), ""},
		{"an administrator does not reset an owner", s.administrator, seller, link(s.owner), problem.RoleNotAllowed},
		{"nobody resets himself", s.administrator, seller, link(s.administrator), problem.Conflict},
		{"an upline resets an owner", s.root, seller, link(s.owner), ""},
		{"an upline resets nobody else", s.root, seller, link(s.technician), problem.Forbidden},
		{"an upline's administrator does not reset an owner", rootAdministrator, seller, link(s.owner), problem.RoleNotAllowed},
		{"another's person does not exist", s.owner, seller, link(s.rival), problem.NotFound},
		{"another tenant's person does not exist", s.rival, seller, link(s.technician), problem.NotFound},

		{"an administrator does not make himself an owner", s.administrator, seller, role(s.administrator, authz.Owner), problem.RoleNotAllowed},
		{"an administrator does not take an owner's role", s.administrator, seller, role(s.owner, authz.Support), problem.RoleNotAllowed},
		{"the last owner stays an owner", s.owner, seller, role(s.owner, authz.Support), problem.LastOwner},
		{"a technician changes nobody", s.technician, seller, role(s.technician, authz.Administrator), problem.Forbidden},
		{"an owner changes a role", s.owner, seller, role(s.technician, authz.Sales), ""},

		{"an administrator does not remove an owner", s.administrator, seller, remove(s.owner), problem.RoleNotAllowed},
		{"nobody removes himself", s.owner, seller, remove(s.owner), problem.Conflict},
		{"an upline does not remove the last owner", s.root, seller, remove(s.owner), problem.LastOwner},
		{"another tenant removes nobody", s.rival, seller, remove(s.technician), problem.NotFound},
		{"an owner removes somebody", s.owner, seller, remove(s.technician), ""},
		{"who was removed does not exist", s.owner, seller, remove(s.technician), problem.NotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.do(s.as(c.who), c.at)
			if got := codeOf(err); got != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
	t.Run("a masked customer's people do not exist for an upline", func(t *testing.T) {
		s.tree.change(seller, func(n *authz.Node) { n.Hides = true })
		_, err := s.service.People(s.as(s.root), customer)
		s.refused(err, problem.NotFound)
		if people, err := s.service.People(s.as(s.owner), customer); err != nil || len(people) == 0 {
			t.Fatalf("the seller sees %d, %v", len(people), err)
		}
	})
}

func codeOf(err error) problem.Code {
	var p *problem.Error
	switch {
	case err == nil:
		return ""
	case asProblem(err, &p):
		return p.Code
	}
	return problem.Internal
}

func TestActionsAreWhatWillBeAccepted(t *testing.T) {
	s := newStaff(t)
	_, _, err := s.service.Invite(s.as(s.owner), seller, NewUser{Name: "New", Email: "new@example.com", Role: authz.Sales})
	s.must(err)
	for name, c := range map[string]struct {
		who  User
		want map[string][]string
	}{
		"owner": {s.owner, map[string][]string{
			"owner@example.com": {"edit", "change_role"}, "administrator@example.com": {"edit", "change_role", "remove", "send_link"},
			"technician@example.com": {"edit", "change_role", "remove", "send_link"}, "new@example.com": {"edit", "change_role", "remove", "send_link"},
		}},
		"administrator": {s.administrator, map[string][]string{
			"owner@example.com": {"edit"}, "administrator@example.com": {"edit", "change_role"},
			"technician@example.com": {"edit", "change_role", "remove", "send_link"}, "new@example.com": {"edit", "change_role", "remove", "send_link"},
		}},
		"technician": {s.technician, map[string][]string{
			"owner@example.com": nil, "administrator@example.com": nil, "technician@example.com": nil, "new@example.com": nil,
		}},
		"upline": {s.root, map[string][]string{
			"owner@example.com": {"edit", "change_role", "remove", "send_link"}, "administrator@example.com": {"edit", "change_role", "remove"},
			"technician@example.com": {"edit", "change_role", "remove"}, "new@example.com": {"edit", "change_role", "remove", "send_link"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			people, err := s.service.People(s.as(c.who), seller)
			s.must(err)
			got := map[string][]string{}
			for _, p := range people {
				got[p.Email] = p.Actions
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	s := newStaff(t)
	roles, err := s.service.Roles(s.as(s.administrator), seller)
	s.must(err)
	var may []authz.Role
	for _, r := range roles {
		if r.MayGive {
			may = append(may, r.Role)
		}
	}
	if want := []authz.Role{authz.Administrator, authz.Technician, authz.Sales, authz.Finance, authz.Support}; !slices.Equal(may, want) {
		t.Fatalf("an administrator may give %v", may)
	}
	roles, err = s.service.Roles(s.as(s.technician), seller)
	if err != nil || slices.ContainsFunc(roles, func(r RoleChoice) bool { return r.MayGive }) {
		t.Fatalf("a technician may give %v, %v", roles, err)
	}
}

func TestWhoWasMadeFromAboveEndsWithAWithdrawal(t *testing.T) {
	s := newStaff(t)
	made := s.colleague(s.as(s.root), seller, "planted@example.com", authz.Owner)
	session := s.signIn(made)
	person, err := s.service.Person(s.as(s.owner), seller, made.ID)
	if err != nil || !person.MadeBelow() || person.Status != Active {
		t.Fatalf("is %+v, %v", person, err)
	}
	reset, err := s.service.SendLink(s.as(s.owner), seller, made.ID)
	s.must(err)

	s.tree.change(seller, func(n *authz.Node) { n.ActingWithdrawn = true })
	_, err = s.service.AuthenticateSession(context.Background(), session.Token, sellers)
	s.refused(err, problem.Unauthenticated)
	_, err = s.service.SignIn(context.Background(), made.Email, good, at(sellers, office))
	s.refused(err, problem.SignInFailed)
	s.refused(s.follow(reset, better, sellers), problem.LinkSpent)
	person, err = s.service.Person(s.as(s.owner), seller, made.ID)
	if err != nil || person.Status != Disabled || slices.Contains(person.Actions, "send_link") {
		t.Fatalf("is %+v, %v", person, err)
	}
	s.signIn(s.owner) // the tenant's own go on
}

func TestAnOwnerMadeFromAboveDoesNotCount(t *testing.T) {
	s := newStaff(t)
	s.colleague(s.as(s.root), seller, "planted@example.com", authz.Owner)
	s.refused(s.service.Remove(s.as(s.root), seller, s.owner.ID), problem.LastOwner)
}

func TestTheFirstOwnerIsTheTenantsOwnWhoeverInvitesHim(t *testing.T) {
	s := newStaff(t)
	first := s.colleague(s.as(s.owner), customer, "first@example.com", authz.CustomerOwner)
	second := s.colleague(s.as(s.owner), customer, "second@example.com", authz.CustomerOwner)
	if first.MadeBelow() || !second.MadeBelow() {
		t.Fatalf("made below: first %v, second %v", first.MadeBelow(), second.MadeBelow())
	}
}

func TestAnAddressIsUniqueInItsRealm(t *testing.T) {
	s := newStaff(t)
	invite := func(by User, at tenant.ID, email string) error {
		_, _, err := s.service.Invite(s.as(by), at, NewUser{Name: "Double", Email: email, Role: authz.RolesOf(s.tree.nodes[at].Level)[1]})
		return err
	}
	s.refused(invite(s.root, rival, "ROOT@example.com"), problem.NameTaken)      // both sign in at the root's
	s.refused(invite(s.owner, customer, "owner@Example.com"), problem.NameTaken) // both sign in at the seller's
	s.must(invite(s.owner, seller, "root@example.com"))                          // each signs in elsewhere
	s.must(s.service.Remove(s.as(s.owner), seller, s.technician.ID))
	s.must(invite(s.owner, seller, "technician@example.com")) // free again
	ctx := s.as(s.owner)
	won, lost := race(6, func(int) error {
		_, _, err := s.service.Invite(ctx, seller, NewUser{Name: "Double", Email: "race@example.com", Role: authz.Sales})
		return err
	})
	if won != 1 {
		t.Fatalf("%d invited the same address", won)
	}
	for _, err := range lost {
		s.refused(err, problem.NameTaken)
	}
}

func TestOfTwoEditsOneWins(t *testing.T) {
	s := newStaff(t)
	ctx := s.as(s.owner)
	won, lost := race(4, func(i int) error {
		name := fmt.Sprint("Name ", i)
		_, err := s.service.EditPerson(ctx, seller, s.technician.ID, EditUser{Version: s.technician.Version, Name: &name})
		return err
	})
	if won != 1 {
		t.Fatalf("%d edits of one version won", won)
	}
	for _, err := range lost {
		s.refused(err, problem.VersionConflict)
	}
}

func TestTwoOwnersDoNotRemoveEachOther(t *testing.T) {
	for range 5 {
		s := newStaff(t)
		second := s.colleague(s.as(s.owner), seller, "second@example.com", authz.Owner)
		contexts := []context.Context{s.as(s.owner), s.as(second)}
		targets := []User{second, s.owner}
		won, lost := race(2, func(i int) error { return s.service.Remove(contexts[i], seller, targets[i].ID) })
		if won != 1 {
			t.Fatalf("%d removals won: %v", won, lost)
		}
		s.refused(lost[0], problem.LastOwner)
	}
}

// However people come, go and change, a tenant that has had an active owner of its own keeps one.
func TestOwnersRemain(t *testing.T) {
	w := newWorld(t)
	above := authz.With(context.Background(), User{ID: "usr_above", Home: supplier, Role: authz.Owner}.principal(Session{ID: "ses_y"}))
	rapid.Check(t, func(rt *rapid.T) {
		seller := tenant.ID(id.New(id.Tenant, w.clock.Now())) // a fresh one each time, in the same store
		w.tree.change(seller, func(n *authz.Node) {
			*n = authz.Node{ID: seller, Parent: supplier, Name: "Fresh", Level: tenant.Reseller, Variant: tenant.Whitelabel, Status: tenant.Active}
		})
		w.hosts.names[sellers] = seller
		s := staff{world: w, owner: w.founder(seller, string(seller)+"@example.com")}
		boss := authz.With(context.Background(), s.owner.principal(Session{ID: "ses_x"}))
		people := []string{s.owner.ID}
		for step := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			u := rapid.SampledFrom(people).Draw(rt, "who")
			ctx := boss
			if rapid.Bool().Draw(rt, "from above") {
				ctx = above
			}
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				p, link, err := s.service.Invite(ctx, seller, NewUser{Name: "N", Email: fmt.Sprintf("n%d@example.com", step), Role: authz.Owner})
				if err == nil {
					people = append(people, p.ID)
					if rapid.Bool().Draw(rt, "comes in") {
						s.comeIn(link, seller)
					}
				}
			case 1:
				s.expected(rt, s.service.Remove(ctx, seller, u))
			case 2, 3:
				now, err := s.service.reader().User(ctx, seller, u)
				if err != nil {
					continue
				}
				role := rapid.SampledFrom([]authz.Role{authz.Owner, authz.Support}).Draw(rt, "role")
				_, err = s.service.EditPerson(ctx, seller, u, EditUser{Version: now.Version, Role: &role})
				s.expected(rt, err)
			}
			all, err := s.service.reader().Users(context.Background(), seller)
			s.must(err)
			if !slices.ContainsFunc(all, func(u User) bool { return u.Status == Active && counts(tenant.Reseller, u) }) {
				rt.Fatalf("after step %d nobody owns the tenant: %+v", step, all)
			}
		}
	})
}

// expected accepts what a rule refuses, and nothing unknown.
func (s staff) expected(rt *rapid.T, err error) {
	switch code := codeOf(err); code {
	case "", problem.NotFound, problem.LastOwner, problem.Conflict, problem.RoleNotAllowed, problem.Forbidden, problem.Unauthenticated:
	default:
		rt.Fatalf("got %v", err)
	}
}
