package identity

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	w.founder(supplier, "owner@example.com")
	w.founder(seller, "acme@example.com")
	_, _, err := w.service.Invite(w.as(w.founder(rival, "rival@example.com")), rival, NewUser{Name: "New", Email: "new@example.com", Role: authz.Sales})
	w.must(err)
	for i, c := range []struct {
		name, email, password, host string
		want                        problem.Code
	}{
		{"the right password", "owner@example.com", good, platform, ""},
		{"another spelling of the address", " Owner@EXAMPLE.com ", good, platform, ""},
		{"a host that nobody has is the root's", "owner@example.com", good, "unknown.example.com:8443", ""},
		{"a tenant without a hostname signs in at the root's", "rival@example.com", good, platform, ""},
		{"a tenant with a hostname signs in there", "acme@example.com", good, sellers, ""},
		{"and nowhere else", "acme@example.com", good, platform, problem.SignInFailed},
		{"the root's people do not sign in at a tenant's hostname", "owner@example.com", good, sellers, problem.SignInFailed},
		{"a wrong password", "owner@example.com", better, platform, problem.SignInFailed},
		{"an empty password", "owner@example.com", "", platform, problem.SignInFailed},
		{"an unknown address", "nobody@example.com", good, platform, problem.SignInFailed},
		{"somebody who has not come in yet", "new@example.com", good, platform, problem.SignInFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			started, err := w.service.SignIn(context.Background(), c.email, c.password, at(c.host, "192.0.2."+string(rune('0'+i%10))))
			if c.want != "" {
				w.refused(err, c.want)
				var p *problem.Error
				if asProblem(err, &p); p.Detail != "" || len(p.Fields) != 0 {
					t.Fatalf("the refusal says more than the others: %v", p)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p, err := w.service.AuthenticateSession(context.Background(), started.Token, c.host); err != nil || p.User != started.User.ID {
				t.Fatalf("the session is %+v, %v", p, err)
			}
		})
	}
}

// When a tenant gets its own hostname, its people sign in there with what they have, and their addresses stay theirs.
func TestATenantGetsItsOwnHostname(t *testing.T) {
	w := newWorld(t)
	u := w.founder(rival, "owner@rival.example.com")
	root := w.founder(supplier, "owner@example.com")
	w.hosts.names["rival.example.com"] = rival

	_, err := w.service.SignIn(context.Background(), u.Email, good, at(platform, office))
	w.refused(err, problem.SignInFailed)
	started, err := w.service.SignIn(context.Background(), u.Email, good, at("rival.example.com", office))
	w.must(err)
	ctx := w.asSession(started)
	_, _, err = w.service.Invite(ctx, rival, NewUser{Name: "Double", Email: u.Email, Role: authz.Sales})
	w.refused(err, problem.NameTaken)
	_, _, err = w.service.Invite(ctx, rival, NewUser{Name: "Namesake", Email: root.Email, Role: authz.Sales})
	w.must(err) // the root's owner signs in elsewhere
}

func TestASession(t *testing.T) {
	authenticate := func(w *world, s Started, host string) error {
		_, err := w.service.AuthenticateSession(context.Background(), s.Token, host)
		return err
	}
	for _, c := range []struct {
		name string
		do   func(w *world, s Started)
		host string
		want problem.Code
	}{
		{"works on its host", func(*world, Started) {}, sellers, ""},
		{"works with a port and capitals", func(*world, Started) {}, strings.ToUpper(sellers) + ":8443", ""},
		{"works nowhere else", func(*world, Started) {}, platform, problem.Unauthenticated},
		{"ends when nothing is asked for", func(w *world, _ Started) { w.clock.Advance(SessionIdle) }, sellers, problem.Unauthenticated},
		{"lives while it is used", func(w *world, s Started) {
			for range 3 {
				w.clock.Advance(SessionIdle - time.Minute)
				w.must(authenticate(w, s, sellers))
			}
		}, sellers, ""},
		{"ends after its longest time however much it is used", func(w *world, s Started) {
			for w.clock.Now().Before(s.Session.CreatedAt.Add(SessionLongest)) {
				w.must(authenticate(w, s, sellers))
				w.clock.Advance(SessionIdle / 2)
			}
		}, sellers, problem.Unauthenticated},
		{"ends by signing out", func(w *world, s Started) { w.must(w.service.SignOut(w.asSession(s))) }, sellers, problem.Unauthenticated},
		{"is not another token", func(_ *world, s Started) {}, "", problem.Unauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			s := w.signIn(w.founder(seller, "owner@example.com"))
			c.do(w, s)
			if c.host == "" {
				s.Token, c.host = newToken(), sellers
			}
			err := authenticate(w, s, c.host)
			if c.want == "" {
				w.must(err)
			} else {
				w.refused(err, c.want)
			}
		})
	}
}

func TestTheRoleOfASessionIsThePresentOne(t *testing.T) {
	w := newWorld(t)
	owner := w.as(w.founder(seller, "owner@example.com"))
	u := w.colleague(owner, seller, "second@example.com", authz.Administrator)
	s := w.signIn(u)
	role := authz.Support
	_, err := w.service.EditPerson(owner, seller, u.ID, EditUser{Version: u.Version, Role: &role})
	w.must(err)
	p, err := w.service.AuthenticateSession(context.Background(), s.Token, sellers)
	if err != nil || p.Role != authz.Support {
		t.Fatalf("got %s, %v", p.Role, err)
	}
	w.must(w.service.Remove(owner, seller, u.ID))
	_, err = w.service.AuthenticateSession(context.Background(), s.Token, sellers)
	w.refused(err, problem.Unauthenticated)
}

func TestLastSeenIsWrittenAtMostOnceInFiveMinutes(t *testing.T) {
	w := newWorld(t)
	s := w.signIn(w.founder(seller, "owner@example.com"))
	before := w.rows.written.Len()
	for range 4 {
		w.clock.Advance(time.Minute)
		_, err := w.service.AuthenticateSession(context.Background(), s.Token, sellers)
		w.must(err)
	}
	if w.rows.written.Len() != before {
		t.Fatal("written within five minutes")
	}
	w.clock.Advance(time.Minute)
	people, err := w.service.People(w.asSession(s), seller)
	w.must(err)
	if !people[0].LastSeenAt.Equal(w.clock.Now()) {
		t.Fatalf("last seen at %v, and it is %v", people[0].LastSeenAt, w.clock.Now())
	}
}

func TestPeopleOfASuspendedTenantLearnWhoTheyAreAndNothingElse(t *testing.T) {
	w := newWorld(t)
	u := w.founder(seller, "owner@example.com")
	w.tree.change(seller, func(n *authz.Node) { n.Status = tenant.Suspended })
	ctx := w.as(u)
	own, err := w.service.Who(ctx)
	if err != nil || own.User.ID != u.ID || own.Brand.Product != "Portal of "+sellers {
		t.Fatalf("got %+v, %v", own, err)
	}
	_, err = w.service.People(ctx, seller)
	w.refused(err, problem.Forbidden)
	w.refused(w.service.ChangePassword(ctx, good, better), problem.Forbidden)
	w.must(w.service.SignOut(ctx))
}

func TestAHashIsRenewedWhenTheCostChanged(t *testing.T) {
	w := newWorld(t)
	u := w.founder(seller, "owner@example.com")
	w.service.Passwords = NewPasswords(Cost{MemoryKiB: 16, Passes: 1, Lanes: 1}, 2)
	for range 2 {
		w.signIn(u)
	}
	c, _, err := get[credentialRecord](context.Background(), w.rows, credentialKey(seller, u.ID))
	w.must(err)
	if !strings.Contains(c.Hash, "m=16,") {
		t.Fatalf("still %s", c.Hash)
	}
}

// Whatever opens something is kept as a hash, and stands in no audit entry.
func TestNothingThatOpensAnythingIsKept(t *testing.T) {
	w := newWorld(t)
	rows, link, err := w.service.InviteOwner(context.Background(), tenancy.Tenant{ID: seller, Parent: supplier, Level: tenant.Reseller}, "Owner", "owner@example.com")
	w.must(err)
	w.must(w.rows.AtomicWrite(context.Background(), rows))
	u := w.comeIn(link, seller)
	started := w.signIn(u)
	ctx := w.asSession(started)
	_, invitation, err := w.service.Invite(ctx, seller, NewUser{Name: "New", Email: "new@example.com", Role: authz.Sales})
	w.must(err)
	_, secret, err := w.service.CreateKey(ctx, seller, NewKey{Name: "Key", Scopes: []authz.Permission{authz.AccountsRead}})
	w.must(err)
	w.must(w.service.ChangePassword(ctx, good, better))
	_, err = w.service.AuthenticateKey(context.Background(), secret)
	w.must(err)
	phone := w.setUp(w.signInWith(u, better))
	ctx = w.asSession(phone.session)
	renewed, err := w.service.RenewRecoveryCodes(ctx, phone.next())
	w.must(err)
	step := w.asked(u, better)
	written := w.rows.written.String()
	for name, token := range map[string]string{
		"second factor": phone.secret, "session of the second factor": phone.session.Token, "second step": step.Token,
		"recovery code": phone.codes[0], "recovery code as it is typed": strings.ReplaceAll(phone.codes[0], "-", ""),
		"new recovery code": strings.ReplaceAll(renewed[9], "-", ""), "second factor in base64": base64.StdEncoding.EncodeToString([]byte(phone.secret)),
		"link": tokenOf(link), "invitation": tokenOf(invitation), "session": started.Token, "key": secret, "password": good, "new password": better,
	} {
		if strings.Contains(written, token) {
			t.Errorf("the %s is kept", name)
		}
	}
	for _, action := range []string{
		"session.start", "session.start_first_step", "second_factor.begin", "second_factor.confirm", "second_factor.recovery_codes",
	} {
		if !strings.Contains(written, `"action":"`+action+`"`) {
			t.Errorf("%s leaves no audit entry", action)
		}
	}
}
