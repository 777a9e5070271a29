package identity

import (
	"context"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// invited makes an owner and an invited colleague of the seller.
func (w *world) invited() (owner context.Context, u Person, link string) {
	w.Helper()
	owner = w.as(w.founder(seller, "owner@example.com"))
	u, link, err := w.service.Invite(owner, seller, NewUser{Name: "New", Email: "new@example.com", Role: authz.Technician})
	w.must(err)
	return owner, u, link
}

func (w *world) follow(link, password, host string) error {
	_, err := w.service.FollowLink(context.Background(), tokenOf(link), password, at(host, office))
	return err
}

func TestAnInvitationLetsInOnce(t *testing.T) {
	w := newWorld(t)
	_, u, link := w.invited()
	opened, err := w.service.OpenLink(context.Background(), tokenOf(link), sellers)
	if want := (Opened{Invitation, u.Email, u.Name, true}); err != nil || opened != want {
		t.Fatalf("shows %+v, %v", opened, err)
	}
	w.refused(w.follow(link, "short", sellers), problem.InvalidInput) // and stays as it was
	w.refused(w.follow(link, "new@example.com", sellers), problem.InvalidInput)
	w.must(w.follow(link, good, sellers))
	w.refused(w.follow(link, good, sellers), problem.LinkSpent)
	_, err = w.service.OpenLink(context.Background(), tokenOf(link), sellers)
	w.refused(err, problem.LinkSpent)
	now, err := w.service.reader().User(context.Background(), seller, u.ID)
	if err != nil || now.Status != Active {
		t.Fatalf("the person is %s, %v", now.Status, err)
	}
}

func TestOfManyWhoFollowALinkOneComesIn(t *testing.T) {
	w := newWorld(t)
	_, _, link := w.invited()
	won, lost := race(8, func(int) error { return w.follow(link, good, sellers) })
	if won != 1 {
		t.Fatalf("%d came in", won)
	}
	for _, err := range lost {
		w.refused(err, problem.LinkSpent)
	}
}

func TestALinkIsSpent(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world, owner context.Context, u Person, link string) (spent string)
		host string
	}{
		{"when it is none of ours", func(*world, context.Context, Person, string) string { return "#" + newToken() }, sellers},
		{"when it is no token", func(*world, context.Context, Person, string) string { return "#../x" }, sellers},
		{"when it expired", func(w *world, _ context.Context, _ Person, link string) string {
			w.clock.Advance(InvitationLasts)
			return link
		}, sellers},
		{"when another of the purpose was made", func(w *world, owner context.Context, u Person, link string) string {
			_, err := w.service.SendLink(owner, seller, u.ID)
			w.must(err)
			return link
		}, sellers},
		{"when the person was removed", func(w *world, owner context.Context, u Person, link string) string {
			w.must(w.service.Remove(owner, seller, u.ID))
			return link
		}, sellers},
		{"on another realm's host", func(_ *world, _ context.Context, _ Person, link string) string { return link }, platform},
		{"when a newer password was set", func(w *world, owner context.Context, u Person, link string) string {
			other, err := w.service.SignInLink(context.Background(), seller, u.Email)
			w.must(err)
			w.must(w.follow(other, good, sellers))
			return link
		}, sellers},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			owner, u, link := w.invited()
			spent := c.do(w, owner, u, link)
			w.refused(w.follow(spent, better, c.host), problem.LinkSpent)
		})
	}
}

func TestAResetEndsEverySession(t *testing.T) {
	w := newWorld(t)
	owner, _, link := w.invited()
	w.must(w.follow(link, good, sellers))
	u := w.signIn(User{Email: "new@example.com", Home: seller})
	reset, err := w.service.SendLink(owner, seller, u.User.ID)
	w.must(err)
	w.must(w.follow(reset, better, sellers))
	_, err = w.service.AuthenticateSession(context.Background(), u.Token, sellers)
	w.refused(err, problem.Unauthenticated)
	_, err = w.service.SignIn(context.Background(), u.User.Email, good, at(sellers, office))
	w.refused(err, problem.SignInFailed)
	_, err = w.service.SignIn(context.Background(), u.User.Email, better, at(sellers, office))
	w.must(err)
}

func TestASignInLinkAsksForAPasswordOnlyWhereThereIsNone(t *testing.T) {
	w := newWorld(t)
	rows, first, err := w.service.InviteOwner(context.Background(), tenancy.Tenant{ID: supplier, Level: tenant.Supplier}, "Owner", "owner@example.com")
	w.must(err)
	w.must(w.rows.AtomicWrite(context.Background(), rows))
	opened, err := w.service.OpenLink(context.Background(), tokenOf(first), platform)
	if err != nil || opened.Purpose != ToSignIn || !opened.NeedsPassword {
		t.Fatalf("the first link is %+v, %v", opened, err)
	}
	w.must(w.follow(first, good, platform))

	second, err := w.service.SignInLink(context.Background(), supplier, "")
	w.must(err)
	w.must(w.follow(second, "", platform))
	_, err = w.service.SignIn(context.Background(), "owner@example.com", good, at(platform, office))
	w.must(err) // the password stays

	third, err := w.service.SignInLink(context.Background(), supplier, "Owner@example.com")
	w.must(err)
	w.clock.Advance(SignInLasts - time.Second)
	w.must(w.follow(third, "", platform))
	_, err = w.service.SignInLink(context.Background(), supplier, "nobody@example.com")
	w.refused(err, problem.NotFound)
}
