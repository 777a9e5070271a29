package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Purpose says what a one-time link is for.
type Purpose string

// The purposes. Each but the first asks for a new password.
const (
	ToSignIn   Purpose = "sign_in"
	Invitation Purpose = "invitation"
	Reset      Purpose = "reset"
)

func (p Purpose) lasts() time.Duration {
	switch p {
	case Invitation:
		return InvitationLasts
	case Reset:
		return ResetLasts
	case ToSignIn:
	}
	return SignInLasts
}

// Opened is what a link shows before it is used.
type Opened struct {
	Purpose       Purpose
	Email         string
	Name          string
	NeedsPassword bool
}

// newLink returns the rows of a fresh link that takes the place of an older one of the same purpose, and its address.
func (s *Service) newLink(ctx context.Context, realm tenant.ID, u User, p Purpose, replaced int64) (store.Write, string, error) {
	base, err := s.Realms.Address(ctx, realm)
	if err != nil {
		return store.Write{}, "", fmt.Errorf("find the address of realm %s: %w", realm, err)
	}
	token, expires := newToken(), s.Clock.Now().Add(p.lasts())
	key := linkKey(u.Home, u.ID, p)
	item, err := row(key, linkRecord{u.ID, p, fingerprint(token), actor(ctx), u.Epoch, expires}, replaced+1, expires)
	if err != nil {
		return store.Write{}, "", err
	}
	find := lookup.Item(lookup.Link, fingerprint(token), u.Home, key.SK)
	find.ExpiresAt = expires
	is := store.Absent
	if replaced > 0 {
		is = store.VersionIs(replaced)
	}
	// The fragment is sent to no server and stands in no log.
	return store.Write{Puts: []store.Put{{Item: item, If: is}, {Item: find, If: store.Absent}}}, base + "/link#" + token, nil
}

// nextLink is newLink for a user who may have one of the purpose already.
func (s *Service) nextLink(ctx context.Context, u User, p Purpose) (store.Write, string, error) {
	_, version, err := get[linkRecord](ctx, s.Rows, linkKey(u.Home, u.ID, p))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Write{}, "", err
	}
	realms, err := s.Realms.Above(ctx, u.Home)
	if err != nil {
		return store.Write{}, "", fmt.Errorf("find the realms above %s: %w", u.Home, err)
	}
	return s.newLink(ctx, realms[0], u, p, version)
}

// found is a link that can still be used.
type found struct {
	user          User
	purpose       Purpose
	tokenHash     string
	version       int64
	madeBy        string
	needsPassword bool
	credential    int64 // version of the person's credential, 0: none
}

func (s *Service) find(ctx context.Context, token, host string) (found, error) {
	f, err := s.findLink(ctx, token)
	if err != nil {
		return found{}, notFoundAs(err, problem.LinkSpent)
	}
	realm, err := s.Realms.ByHost(ctx, host)
	if err != nil {
		return found{}, fmt.Errorf("find the realm of a host: %w", err)
	}
	realms, err := s.Realms.Above(ctx, f.user.Home)
	if err != nil {
		return found{}, fmt.Errorf("find the realms above %s: %w", f.user.Home, err)
	}
	status, err := s.status(ctx, f.user)
	if err != nil {
		return found{}, err
	}
	if realms[0] != realm || status == Disabled {
		return found{}, problem.New(problem.LinkSpent, "")
	}
	return f, nil
}

// findLink fails with store.ErrNotFound where the token opens nothing.
func (s *Service) findLink(ctx context.Context, token string) (found, error) {
	if !isToken(token) {
		return found{}, fmt.Errorf("a link that is none of ours: %w", store.ErrNotFound)
	}
	hash := fingerprint(token)
	ref, err := lookup.Get(ctx, s.Rows, lookup.Link, hash)
	if err != nil {
		return found{}, fmt.Errorf("look up a link: %w", err)
	}
	userID, purpose, _ := strings.Cut(ref.ID, "#")
	link, version, err := get[linkRecord](ctx, s.Rows, linkKey(ref.Tenant, userID, Purpose(purpose)))
	if err != nil {
		return found{}, err
	}
	if link.TokenHash != hash || !s.Clock.Now().Before(link.ExpiresAt) {
		return found{}, fmt.Errorf("a link that was replaced: %w", store.ErrNotFound)
	}
	user, userVersion, err := get[userRecord](ctx, s.Rows, userKey(ref.Tenant, userID))
	if err != nil {
		return found{}, err
	}
	if link.Epoch != user.Epoch {
		return found{}, fmt.Errorf("a link from before the password: %w", store.ErrNotFound)
	}
	_, credential, err := get[credentialRecord](ctx, s.Rows, credentialKey(ref.Tenant, userID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return found{}, err
	}
	return found{
		user: user.user(userVersion), purpose: link.Purpose, tokenHash: hash, version: version, madeBy: link.MadeBy, credential: credential,
		needsPassword: link.Purpose != ToSignIn || credential == 0,
	}, nil
}

// OpenLink shows what a link is for, without using it. One that is unknown, used, replaced or expired is link_spent.
func (s *Service) OpenLink(ctx context.Context, token, host string) (Opened, error) {
	f, err := s.find(ctx, token, host)
	if err != nil {
		return Opened{}, err
	}
	return Opened{f.purpose, f.user.Email, f.user.Name, f.needsPassword}, nil
}

// FollowLink uses a link: it sets the new password where one is needed, makes an invited person active, and begins a
// session. Of several who follow the same link at the same time, one comes in. A password that breaks a rule leaves the
// link as it was; a new password ends every other session. A link stands for the first step only: for somebody with a second
// factor it sets the password and fails with a *SecondStep.
func (s *Service) FollowLink(ctx context.Context, token, password string, v Visitor) (Started, error) {
	f, err := s.find(ctx, token, v.Host)
	if err != nil {
		return Started{}, err
	}
	hash := ""
	if f.needsPassword {
		if err := checkPassword("/password", password, f.user.Email); err != nil {
			return Started{}, err
		}
		if hash, err = s.Passwords.Hash(ctx, password); err != nil {
			return Started{}, err
		}
	}
	var started Started
	err = again(func() error {
		f, err := s.find(ctx, token, v.Host)
		if err != nil {
			return err
		}
		started, err = s.follow(ctx, f, hash, v)
		return err
	})
	return started, err
}

func (s *Service) follow(ctx context.Context, f found, hash string, v Visitor) (Started, error) {
	link := linkKey(f.user.Home, f.user.ID, f.purpose)
	rows := store.Write{Deletes: []store.Delete{
		{Key: link, If: store.VersionIs(f.version)}, {Key: lookup.Key(lookup.Link, f.tokenHash), If: store.Present},
	}}
	u := f.user
	if hash != "" {
		if u.Status == Invited {
			owners, err := s.ownerBecomesActive(ctx, u)
			if err != nil {
				return Started{}, err
			}
			rows = rows.Add(owners)
		}
		u.History.PasswordBy, u.History.PasswordAt = f.madeBy, s.Clock.Now()
		set, err := setPassword(&u, hash, f.credential, s.Clock.Now())
		if err != nil {
			return Started{}, err
		}
		rows = rows.Add(set)
	}
	started, err := s.enter(ctx, u, v, "link."+string(f.purpose), rows)
	if store.FailedAt(err, link) {
		return Started{}, problem.Wrap(err, problem.LinkSpent, "")
	}
	return started, err
}

// setPassword returns the rows of a new password and moves the user on to the epoch in which only new sessions count.
func setPassword(u *User, hash string, credential int64, now time.Time) (store.Write, error) {
	u.Status = Active
	u.Epoch++
	user, err := u.put()
	if err != nil {
		return store.Write{}, err
	}
	u.Version++
	item, err := row(credentialKey(u.Home, u.ID), credentialRecord{hash, now}, credential+1, time.Time{})
	if err != nil {
		return store.Write{}, err
	}
	is := store.Absent
	if credential > 0 {
		is = store.VersionIs(credential)
	}
	return store.Write{Puts: []store.Put{user, {Item: item, If: is}}}, nil
}

// SignInLink makes a one-time link for a person of a tenant, by e-mail address, or for its first owner where the address is
// empty. It asks for no right: only the command on the platform's own machine calls it.
func (s *Service) SignInLink(ctx context.Context, home tenant.ID, email string) (string, error) {
	u, err := s.person(ctx, home, email)
	if err != nil {
		return "", err
	}
	ctx = authz.With(ctx, authz.System("identity"))
	link := ""
	err = again(func() error {
		rows, fresh, err := s.nextLink(ctx, u, ToSignIn)
		if err != nil {
			return err
		}
		link = fresh
		return s.Changes.Commit(ctx, rows, change.Change{Tenant: home, Action: "user.sign_in_link", Subject: u.ID, Name: u.Name})
	})
	return link, err
}

func (s *Service) person(ctx context.Context, home tenant.ID, email string) (User, error) {
	all, err := s.reader().Users(ctx, home)
	if err != nil {
		return User{}, err
	}
	node, err := s.node(ctx, home)
	if err != nil {
		return User{}, err
	}
	i := slices.IndexFunc(all, func(u User) bool {
		if email == "" {
			return u.Role == authz.OwnerRole(node.Level)
		}
		return foldEmail(u.Email) == foldEmail(email)
	})
	if i < 0 {
		return User{}, problem.New(problem.NotFound, "the tenant has nobody like that")
	}
	return all[i], nil
}
