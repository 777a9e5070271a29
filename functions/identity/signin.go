package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// Started is a session that has just begun.
type Started struct {
	Own
	Token     string    // for the browser's cookie, and nowhere else
	LongestAt time.Time // when the session ends in any case
}

// Own is what a person sees of himself in a session.
type Own struct {
	User    User
	Home    authz.Node
	Session Session
	EndsAt  time.Time // if nothing is asked for any more
	Brand   Brand
}

// Brand is what the portal around a session calls itself.
type Brand struct{ Product, Company, Slug string }

func (s *Service) own(ctx context.Context, u User, session Session) (Own, error) {
	home, err := s.node(ctx, u.Home)
	if err != nil {
		return Own{}, err
	}
	product, company, slug, err := s.Realms.BrandOf(ctx, session.Host)
	if err != nil {
		return Own{}, fmt.Errorf("find the brand of a host: %w", err)
	}
	return Own{u, home, session, s.Settings.endsAt(session), Brand{product, company, slug}}, nil
}

// SignIn begins a session by e-mail address and password. Whatever is wrong, the answer is sign_in_failed and takes as
// long; attempts that come too fast are rate_limited. For somebody with a second factor it fails with a *SecondStep.
func (s *Service) SignIn(ctx context.Context, email, password string, v Visitor) (Started, error) {
	realm, err := s.Realms.ByHost(ctx, v.Host)
	if err != nil {
		return Started{}, fmt.Errorf("find the realm of a host: %w", err)
	}
	counted, err := s.attempt(ctx, realm, email, v.Address)
	if err != nil {
		return Started{}, err
	}
	u, credential, err := s.credentialOf(ctx, func() (User, error) { return s.findByEmail(ctx, realm, email) })
	if err != nil {
		return Started{}, err
	}
	right, outdated, err := s.Passwords.Verify(ctx, credential.Hash, password)
	if err != nil {
		return Started{}, fmt.Errorf("verify a password: %w", err)
	}
	if !right {
		return Started{}, problem.New(problem.SignInFailed, "")
	}
	if err := counted.good(ctx, s.Clock.Now()); err != nil {
		return Started{}, err
	}
	if outdated {
		if err := s.renewHash(ctx, u, credential, password); err != nil {
			return Started{}, err
		}
	}
	var started Started
	err = again(func() error {
		started, err = s.enter(ctx, u, v, "session.start", store.Write{})
		if !store.FailedAt(err, userKey(u.Home, u.ID)) {
			return err
		}
		return s.reread(ctx, &u, err)
	})
	return started, err
}

// reread reads a person anew whose row changed while he signed in. A password that was changed meanwhile is the wrong one;
// otherwise the lost race is returned, to be tried again.
func (s *Service) reread(ctx context.Context, u *User, lost error) error {
	now, err := s.reader().User(ctx, u.Home, u.ID)
	if problem.Has(err, problem.NotFound) || err == nil && now.Epoch != u.Epoch {
		return problem.Wrap(lost, problem.SignInFailed, "")
	}
	if err != nil {
		return err
	}
	*u = now
	return lost
}

type credential struct {
	credentialRecord
	version int64
}

// credentialOf returns a person who can sign in with the hash of his password, and nobody with an empty hash for everybody
// else.
func (s *Service) credentialOf(ctx context.Context, find func() (User, error)) (User, credential, error) {
	u, err := find()
	if errors.Is(err, store.ErrNotFound) {
		return User{}, credential{}, nil
	}
	if err != nil {
		return User{}, credential{}, err
	}
	status, err := s.status(ctx, u)
	if err != nil {
		return User{}, credential{}, err
	}
	kept, version, err := get[credentialRecord](ctx, s.Rows, credentialKey(u.Home, u.ID))
	if errors.Is(err, store.ErrNotFound) || err == nil && status != Active {
		return User{}, credential{}, nil
	}
	return u, credential{kept, version}, err
}

// renewHash stores the hash of the same password at the present cost. Losing the race means that the password was just
// changed, which is as good.
func (s *Service) renewHash(ctx context.Context, u User, c credential, password string) error {
	hash, err := s.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	c.Hash = hash
	item, err := row(credentialKey(u.Home, u.ID), c.credentialRecord, c.version+1, time.Time{})
	if err != nil {
		return err
	}
	err = s.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{{Item: item, If: store.VersionIs(c.version)}}})
	if err != nil && !store.Failed(err) {
		return fmt.Errorf("renew the hash of %s: %w", u.ID, err)
	}
	return nil
}

// enter begins a session of somebody whose first step was right, or asks him for a code where he has a second factor.
func (s *Service) enter(ctx context.Context, u User, v Visitor, action string, more store.Write) (Started, error) {
	if !u.History.FactorSince.IsZero() {
		return Started{}, s.askForCode(ctx, u, v, action, more)
	}
	return s.begin(ctx, u, v, opening{action: action}, more)
}

// opening says how a session comes to begin.
type opening struct {
	action string // of the audit entry
	with   string // what kind of code was shown, empty: none
	proven bool   // with a second factor
}

// begin starts a session of a user together with the rows that belong to the same decision. The user's row is checked, so
// that nobody comes in who is being removed, or whose password is being changed.
func (s *Service) begin(ctx context.Context, u User, v Visitor, o opening, more store.Write) (Started, error) {
	session, token, rows, err := s.newSession(u, v, o.proven)
	if err != nil {
		return Started{}, err
	}
	rows = rows.Add(more)
	if !puts(more, userKey(u.Home, u.ID)) {
		rows.Checks = append(rows.Checks, store.Check{Key: userKey(u.Home, u.ID), If: store.VersionIs(u.Version)})
	}
	after := map[string]string{"session": session.ID, "client": session.Client}
	if o.with != "" {
		after["with"] = o.with
	}
	ctx = authz.With(ctx, u.principal(session))
	err = s.Changes.Commit(ctx, rows, change.Change{Tenant: u.Home, Action: o.action, Subject: u.ID, Name: u.Name, After: after})
	if err != nil {
		return Started{}, fmt.Errorf("begin a session of %s: %w", u.ID, err)
	}
	own, err := s.own(ctx, u, session)
	return Started{own, token, session.CreatedAt.Add(s.Settings.longest())}, err
}

func puts(w store.Write, key store.Key) bool {
	for _, p := range w.Puts {
		if p.Item.Key == key {
			return true
		}
	}
	return false
}

// SignOut ends the session in which it is called. People of a suspended tenant can still leave.
func (s *Service) SignOut(ctx context.Context) error {
	session, u, err := s.currentSession(ctx)
	if err != nil {
		return err
	}
	return s.endSession(ctx, u, session)
}

func (s *Service) endSession(ctx context.Context, u User, session Session) error {
	err := s.Changes.Commit(ctx, session.end(), change.Change{
		Tenant: u.Home, Action: "session.end", Subject: session.ID, Name: u.Name,
	})
	if err != nil {
		return fmt.Errorf("end session %s: %w", session.ID, err)
	}
	return nil
}

// Who tells a person who he is. It asks for no right, so that people of a suspended tenant learn why nothing works.
func (s *Service) Who(ctx context.Context) (Own, error) {
	session, u, err := s.currentSession(ctx)
	if err != nil {
		return Own{}, err
	}
	return s.own(ctx, u, session)
}
