package identity

import (
	"context"
	"errors"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// phone is what shows a person codes: an authenticator app of its own, on the world's clock.
type phone struct {
	*world
	user    User
	secret  string
	codes   []string // for recovery
	session Started  // that the confirmation began
}

// setUp gives the person of a session a second factor.
func (w *world) setUp(s Started) *phone {
	w.Helper()
	ctx := w.asSession(s)
	setup, err := w.service.BeginFactor(ctx, w.passwordOf(s))
	w.must(err)
	p := &phone{world: w, user: s.User, secret: setup.Secret}
	stepped, err := w.service.ConfirmFactor(ctx, p.now(), at(s.Session.Host, office))
	w.must(err)
	p.codes, p.session = stepped.RecoveryCodes, stepped.Started
	return p
}

// passwordOf is which of the two passwords of these tests is a person's.
func (w *world) passwordOf(s Started) string {
	w.Helper()
	c, _, err := get[credentialRecord](context.Background(), w.rows, credentialKey(s.User.Home, s.User.ID))
	w.must(err)
	if right, _, err := w.service.Passwords.Verify(context.Background(), c.Hash, better); err == nil && right {
		return better
	}
	return good
}

// now is the code of this moment, next the code of a moment at which none was used yet.
func (p *phone) now() string { return p.at(p.clock.Now()) }

func (p *phone) next() string {
	p.clock.Advance(stepSeconds * time.Second)
	return p.now()
}

func (p *phone) at(t time.Time) string {
	p.Helper()
	code, err := totp.GenerateCode(p.secret, t)
	p.must(err)
	return code
}

func (w *world) signInWith(u User, password string) Started {
	w.Helper()
	started, err := w.service.SignIn(context.Background(), u.Email, password, at(hostOf(u.Home), office))
	w.must(err)
	return started
}

// asked signs in and is asked for a code.
func (w *world) asked(u User, password string) *SecondStep {
	w.Helper()
	_, err := w.service.SignIn(context.Background(), u.Email, password, at(hostOf(u.Home), office))
	return w.step(err)
}

func (w *world) step(err error) *SecondStep {
	w.Helper()
	w.refused(err, problem.SecondFactorNeeded)
	var step *SecondStep
	if !errors.As(err, &step) || !isToken(step.Token) {
		w.Fatalf("asks for a code without a token: %v", err)
	}
	return step
}

// answer shows a code from an address.
func (w *world) answer(s *SecondStep, code, address string) (Started, error) {
	w.Helper()
	return w.service.SignInWithCode(context.Background(), s.Token, code, at(sellers, address))
}
