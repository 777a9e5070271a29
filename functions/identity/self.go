package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// EditSelf says what to change of oneself; nil leaves a thing as it is.
type EditSelf struct {
	Name   *string
	Locale *string
}

// EditSelf changes the caller's own name and language.
func (s *Service) EditSelf(ctx context.Context, e EditSelf) (Own, error) {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return Own{}, err
	}
	var fields problem.Fields
	if e.Name != nil {
		checkName(&fields, "/name", *e.Name)
	}
	if e.Locale != nil {
		checkLocale(&fields, "/locale", *e.Locale)
	}
	if err := fields.Err(); err != nil {
		return Own{}, err
	}
	var own Own
	err := again(func() error {
		session, before, err := s.currentSession(ctx)
		if err != nil {
			return err
		}
		after := before
		if e.Name != nil {
			after.Name = *e.Name
		}
		if e.Locale != nil {
			after.Locale = *e.Locale
		}
		put, err := after.put()
		if err != nil {
			return err
		}
		err = s.Changes.Commit(ctx, store.Write{Puts: []store.Put{put}}, change.Change{
			Tenant: after.Home, Action: "user.edit", Subject: after.ID, Name: after.Name, Before: before.audit(), After: after.audit(),
			Version: after.Version + 1,
		})
		if err != nil {
			return fmt.Errorf("edit %s: %w", after.ID, err)
		}
		after.Version++
		own, err = s.own(ctx, after, session)
		return err
	})
	return own, err
}

// ChangePassword sets the caller's own password, who proves that he knows the present one. Every other session of his ends.
func (s *Service) ChangePassword(ctx context.Context, current, fresh string) error {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return err
	}
	_, u, err := s.currentSession(ctx)
	if err != nil {
		return err
	}
	if err := checkPassword("/new", fresh, u.Email); err != nil {
		return err
	}
	known, err := s.proveCurrent(ctx, u, current)
	if err != nil {
		return err
	}
	hash, err := s.Passwords.Hash(ctx, fresh)
	if err != nil {
		return err
	}
	return again(func() error {
		session, u, err := s.currentSession(ctx)
		if err != nil {
			return err
		}
		rows, err := setPassword(&u, hash, known.version, s.Clock.Now())
		if err != nil {
			return err
		}
		session.epoch = u.Epoch
		stays, err := s.putSession(session)
		if err != nil {
			return err
		}
		rows.Puts = append(rows.Puts, stays)
		return s.Changes.Commit(ctx, rows, change.Change{
			Tenant: u.Home, Action: "user.change_password", Subject: u.ID, Name: u.Name, Version: u.Version,
		})
	})
}

// proveCurrent is braked like signing in, so that a stolen session does not become a place for guessing.
func (s *Service) proveCurrent(ctx context.Context, u User, password string) (credential, error) {
	counted, err := s.attempt(ctx, u.Realm, u.Email, change.RequestFrom(ctx).Address)
	if err != nil {
		return credential{}, err
	}
	_, known, err := s.credentialOf(ctx, func() (User, error) { return u, nil })
	if err != nil {
		return credential{}, err
	}
	right, _, err := s.Passwords.Verify(ctx, known.Hash, password)
	if err != nil {
		return credential{}, fmt.Errorf("verify a password: %w", err)
	}
	if !right {
		return credential{}, problem.Invalid("/current", "wrong", "is not your password")
	}
	return known, counted.good(ctx, s.Clock.Now())
}

// OwnSession is one of the caller's sessions.
type OwnSession struct {
	Session
	Current bool
}

// Sessions lists the caller's live sessions, the newest first.
func (s *Service) Sessions(ctx context.Context) ([]OwnSession, error) {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return nil, err
	}
	current, u, err := s.currentSession(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := s.sessions(ctx, u)
	all := make([]OwnSession, 0, len(sessions))
	for _, session := range sessions {
		all = append(all, OwnSession{session, session.ID == current.ID})
	}
	return all, err
}

// EndSession ends one of the caller's sessions. One that is not his does not exist.
func (s *Service) EndSession(ctx context.Context, session string) error {
	p, _ := authz.From(ctx)
	if _, err := s.Guard.Require(ctx, authz.ProfileManage, p.HomeTenant); err != nil {
		return err
	}
	_, u, err := s.currentSession(ctx)
	if err != nil {
		return err
	}
	sessions, err := s.sessions(ctx, u)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(sessions, func(other Session) bool { return other.ID == session })
	if i < 0 {
		return problem.Wrap(errors.New("no such session"), problem.NotFound, "")
	}
	return s.endSession(ctx, u, sessions[i])
}
