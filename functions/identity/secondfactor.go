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
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// FactorState is what a person sees of his second factor.
type FactorState struct {
	Since     time.Time // zero: there is none
	CodesLeft int       // recovery codes
}

// SecondFactor tells a person about his own second factor.
func (s *Service) SecondFactor(ctx context.Context) (FactorState, error) {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return FactorState{}, err
	}
	_, u, err := s.currentSession(ctx)
	if err != nil || u.History.FactorSince.IsZero() {
		return FactorState{}, err
	}
	f, err := s.factorOf(ctx, u)
	if errors.Is(err, store.ErrNotFound) { // taken away a moment ago
		return FactorState{}, nil
	}
	return FactorState{u.History.FactorSince, len(f.Codes)}, err
}

// Setup is a second factor that waits to be confirmed. It is shown once.
type Setup struct {
	URI     string // otpauth://…, for apps that read it
	Secret  string // the same in letters, for those into which it is typed
	Picture Picture
}

// BeginFactor makes a second factor for the caller, who proves that he knows his password. It counts once ConfirmFactor has
// seen a code of it, in this session and within SetupLasts; beginning anew replaces it.
func (s *Service) BeginFactor(ctx context.Context, current string) (Setup, error) {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return Setup{}, err
	}
	session, u, err := s.currentSession(ctx)
	if err != nil {
		return Setup{}, err
	}
	if !u.History.FactorSince.IsZero() {
		return Setup{}, problem.New(problem.Conflict, "there is a second factor; remove it before you set up another")
	}
	if _, err := s.proveCurrent(ctx, u, current); err != nil {
		return Setup{}, err
	}
	product, _, _, err := s.Realms.BrandOf(ctx, session.Host)
	if err != nil {
		return Setup{}, fmt.Errorf("find the brand of a host: %w", err)
	}
	key, err := newFactorSecret(product, u.Email)
	if err != nil {
		return Setup{}, err
	}
	picture, err := pictureOf(key.URL())
	if err != nil {
		return Setup{}, err
	}
	sealed, err := s.Seal.close(ctx, u, []byte(key.Secret()))
	if err != nil {
		return Setup{}, err
	}
	expires := s.Clock.Now().Add(SetupLasts)
	item, err := row(setupKey(u.Home, u.ID), setupRecord{sealed, session.ID, expires}, 1, expires)
	if err != nil {
		return Setup{}, err
	}
	err = s.Changes.Commit(ctx, store.Write{Puts: []store.Put{{Item: item}}}, change.Change{
		Tenant: u.Home, Action: "second_factor.begin", Subject: u.ID, Name: u.Name,
	})
	if err != nil {
		return Setup{}, fmt.Errorf("begin a second factor of %s: %w", u.ID, err)
	}
	return Setup{key.URL(), key.Secret(), picture}, nil
}

// Stepped is a session that took the place of another one, because its person proved more, or less, of himself.
type Stepped struct {
	Started
	RecoveryCodes []string // shown once; empty where there are no new ones
}

// ConfirmFactor makes the factor that BeginFactor made the caller's own, who shows a code of it. Every session of his ends,
// also the one in which he acts: the returned one, opened with the factor, takes its place.
func (s *Service) ConfirmFactor(ctx context.Context, typed string, v Visitor) (Stepped, error) {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return Stepped{}, err
	}
	session, u, err := s.currentSession(ctx)
	if err != nil {
		return Stepped{}, err
	}
	code, kind, err := readCode(typed)
	if err != nil {
		return Stepped{}, err
	}
	// Counted like any other: nobody may guess his way to the recovery codes of a factor that somebody else began.
	counted, err := s.attemptCode(ctx, u, kind, v.Address)
	if err != nil {
		return Stepped{}, err
	}
	setup, setupVersion, err := get[setupRecord](ctx, s.Rows, setupKey(u.Home, u.ID))
	if errors.Is(err, store.ErrNotFound) || err == nil && (setup.Session != session.ID || !s.Clock.Now().Before(setup.ExpiresAt)) {
		return Stepped{}, problem.New(problem.Conflict, "begin with a fresh secret")
	}
	if err != nil {
		return Stepped{}, err
	}
	secret, err := s.Seal.open(ctx, u, setup.Sealed)
	if err != nil {
		return Stepped{}, fmt.Errorf("open the second factor of %s: %w", u.ID, err)
	}
	step, right, err := stepOf(string(secret), code, s.Clock.Now(), 0)
	if err != nil {
		return Stepped{}, err
	}
	if !right {
		return Stepped{}, wrongCode()
	}
	shown, hashes, err := s.newCodes(ctx)
	if err != nil {
		return Stepped{}, err
	}
	put, err := factor{factorRecord{setup.Sealed, step, hashes}, 0}.put(u)
	if err != nil {
		return Stepped{}, err
	}
	rows := store.Write{
		Puts:    []store.Put{put},
		Deletes: []store.Delete{{Key: setupKey(u.Home, u.ID), If: store.VersionIs(setupVersion)}},
	}
	started, err := s.stepOver(ctx, v, opening{action: "second_factor.confirm", proven: true}, rows, func(u *User) {
		u.History.FactorSince = s.Clock.Now()
	})
	if store.FailedAt(err, factorKey(u.Home, u.ID)) || store.FailedAt(err, setupKey(u.Home, u.ID)) {
		return Stepped{}, problem.Wrap(err, problem.Conflict, "confirmed already")
	}
	if err != nil {
		return Stepped{}, err
	}
	return Stepped{started, shown}, counted.good(ctx, s.Clock.Now())
}

func (s *Service) newCodes(ctx context.Context) (shown, hashes []string, err error) {
	shown, typed := newRecoveryCodes()
	hashes, err = s.Passwords.HashAll(ctx, typed)
	return shown, hashes, err
}

// stepOver ends every session of the caller and begins one in the place of the present one, in the write of what has changed.
func (s *Service) stepOver(ctx context.Context, v Visitor, o opening, rows store.Write, edit func(*User)) (Started, error) {
	var started Started
	err := again(func() error {
		session, u, err := s.currentSession(ctx)
		if err != nil {
			return err
		}
		edit(&u)
		u.Epoch++
		put, err := u.put()
		if err != nil {
			return err
		}
		u.Version++
		started, err = s.begin(ctx, u, v, o, rows.Add(store.Write{Puts: []store.Put{put}}, session.end()))
		return err
	})
	return started, err
}

// RenewRecoveryCodes gives the caller ten new recovery codes for a code; the old ones count no more.
func (s *Service) RenewRecoveryCodes(ctx context.Context, typed string) ([]string, error) {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return nil, err
	}
	_, u, err := s.currentSession(ctx)
	if err != nil {
		return nil, err
	}
	proof, err := s.proveCode(ctx, u, typed, change.RequestFrom(ctx).Address)
	if err != nil {
		return nil, err
	}
	shown, hashes, err := s.newCodes(ctx)
	if err != nil {
		return nil, err
	}
	f := proof.factor
	f.Codes = hashes
	put, err := f.put(u)
	if err != nil {
		return nil, err
	}
	err = s.Changes.Commit(ctx, store.Write{Puts: []store.Put{put}}, change.Change{
		Tenant: u.Home, Action: "second_factor.recovery_codes", Subject: u.ID, Name: u.Name,
	})
	if err := lostTo(err, u); err != nil {
		return nil, fmt.Errorf("renew the recovery codes of %s: %w", u.ID, err)
	}
	return shown, proof.counted.good(ctx, s.Clock.Now())
}

// RemoveFactor takes the caller's second factor away, who proves both his password and a code. Every session of his ends; the
// returned one takes the place of the one in which he acts.
func (s *Service) RemoveFactor(ctx context.Context, current, typed string, v Visitor) (Started, error) {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return Started{}, err
	}
	_, u, err := s.currentSession(ctx)
	if err != nil {
		return Started{}, err
	}
	if u.History.FactorSince.IsZero() {
		return Started{}, problem.New(problem.Conflict, "there is no second factor")
	}
	if _, err := s.proveCurrent(ctx, u, current); err != nil {
		return Started{}, err
	}
	proof, err := s.proveCode(ctx, u, typed, v.Address)
	if err != nil {
		return Started{}, err
	}
	rows := store.Write{Deletes: []store.Delete{{Key: factorKey(u.Home, u.ID), If: store.VersionIs(proof.factor.version)}}}
	started, err := s.stepOver(ctx, v, opening{action: "second_factor.remove", with: proof.with}, rows, func(u *User) {
		u.History.FactorSince = time.Time{}
	})
	if err := lostTo(err, u); err != nil {
		return Started{}, err
	}
	return started, proof.counted.good(ctx, s.Clock.Now())
}

// ResetFactor takes the second factor of somebody else away who has lost it, and ends his sessions. It stays known who did.
// While acting below nobody resets anybody's.
func (s *Service) ResetFactor(ctx context.Context, t tenant.ID, user string) error {
	d, err := s.Guard.Require(ctx, authz.UsersManage, t)
	if err != nil {
		return err
	}
	return again(func() error {
		u, err := s.reader().User(ctx, t, user)
		if err != nil {
			return err
		}
		if err := refuseFactorReset(d, u); err != nil {
			return err
		}
		return s.forgetFactor(ctx, u)
	})
}

func refuseFactorReset(d authz.Decision, u User) error {
	switch {
	case u.History.FactorSince.IsZero():
		return problem.New(problem.Conflict, "there is no second factor")
	case u.ID == d.Principal.User:
		return problem.New(problem.Conflict, "remove yours on your own page")
	case d.ActsBelow:
		return problem.New(problem.Forbidden, "acting below never changes another's credential")
	case !mayGive(d.Principal.Role, u.Role):
		return refuseRole()
	}
	return nil
}

// ForgetFactor takes the second factor of a tenant's person away, by e-mail address, or of its first owner where the address is
// empty. It asks for no right: only the command on the platform's own machine calls it, for whoever nobody else can help.
func (s *Service) ForgetFactor(ctx context.Context, home tenant.ID, email string) error {
	ctx = authz.With(ctx, authz.System("identity"))
	return again(func() error {
		u, err := s.person(ctx, home, email)
		if err != nil {
			return err
		}
		if u.History.FactorSince.IsZero() {
			return problem.New(problem.Conflict, "there is no second factor")
		}
		return s.forgetFactor(ctx, u)
	})
}

func (s *Service) forgetFactor(ctx context.Context, u User) error {
	u.History.FactorSince, u.History.FactorResetBy = time.Time{}, actor(ctx)
	u.Epoch++
	put, err := u.put()
	if err != nil {
		return err
	}
	rows := store.Write{
		Puts:    []store.Put{put},
		Deletes: []store.Delete{{Key: factorKey(u.Home, u.ID)}, {Key: setupKey(u.Home, u.ID)}, {Key: codeBrakeKey(u.Home, u.ID)}},
	}
	err = s.Changes.Commit(ctx, rows, change.Change{
		Tenant: u.Home, Action: "second_factor.reset", Subject: u.ID, Name: u.Name, Version: u.Version + 1,
	})
	if err != nil {
		return fmt.Errorf("reset the second factor of %s: %w", u.ID, err)
	}
	return nil
}
