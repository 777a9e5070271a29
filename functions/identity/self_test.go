package identity

import (
	"context"
	"testing"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestAChangedPasswordEndsTheOtherSessions(t *testing.T) {
	w := newWorld(t)
	u := w.founder(seller, "owner@example.com")
	other, own := w.signIn(u), w.signIn(u)
	ctx := w.asSession(own)
	w.refused(w.service.ChangePassword(ctx, better, better), problem.InvalidInput)
	w.refused(w.service.ChangePassword(ctx, good, "short"), problem.InvalidInput)
	w.must(w.service.ChangePassword(ctx, good, better))

	_, err := w.service.AuthenticateSession(context.Background(), other.Token, sellers)
	w.refused(err, problem.Unauthenticated)
	_, err = w.service.AuthenticateSession(context.Background(), own.Token, sellers)
	w.must(err)
	_, err = w.service.SignIn(context.Background(), u.Email, good, at(sellers, office))
	w.refused(err, problem.SignInFailed)
}

func TestOfTwoNewPasswordsOneWins(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(w.founder(seller, "owner@example.com"))
	won, _ := race(2, func(int) error { return w.service.ChangePassword(ctx, good, better) })
	if won != 1 {
		t.Fatalf("%d changes from one password won", won)
	}
}

func TestSessionsAreSeenAndEndedByTheirPersonOnly(t *testing.T) {
	w := newWorld(t)
	u := w.founder(seller, "owner@example.com")
	w.must(w.service.SignOut(w.as(u)))
	first, second := w.signIn(u), w.signIn(u)
	stranger := w.as(w.founder(rival, "rival@example.com"))

	ctx := w.asSession(second)
	sessions, err := w.service.Sessions(ctx)
	w.must(err)
	var ids []string
	for _, s := range sessions {
		ids = append(ids, s.ID)
		if s.Current != (s.ID == second.Session.ID) || s.Address != office || s.Client != "Browser" {
			t.Errorf("lists %+v", s)
		}
	}
	if len(ids) != 3 || ids[0] != second.Session.ID || ids[1] != first.Session.ID { // the invitation's is the third
		t.Fatalf("lists %v", ids)
	}
	w.refused(w.service.EndSession(stranger, first.Session.ID), problem.NotFound)
	w.must(w.service.EndSession(ctx, first.Session.ID))
	_, err = w.service.AuthenticateSession(context.Background(), first.Token, sellers)
	w.refused(err, problem.Unauthenticated)
	w.refused(w.service.EndSession(ctx, first.Session.ID), problem.NotFound)
}

func TestEverybodyHasAProfileOfHisOwn(t *testing.T) {
	w := newWorld(t)
	owner := w.as(w.founder(seller, "owner@example.com"))
	contact := w.colleague(owner, customer, "contact@example.com", authz.ReportContact)
	name, locale, wrong := "New name", "nl", "xx"
	own, err := w.service.EditSelf(w.as(contact), EditSelf{Name: &name, Locale: &locale})
	if err != nil || own.User.Name != name || own.User.Locale != locale || own.User.Role != authz.ReportContact {
		t.Fatalf("is %+v, %v", own.User, err)
	}
	_, err = w.service.EditSelf(w.as(contact), EditSelf{Locale: &wrong})
	w.refused(err, problem.InvalidInput)
	_, err = w.service.EditSelf(context.Background(), EditSelf{Name: &name})
	w.refused(err, problem.Unauthenticated)
}
