package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of people, sessions and keys.
type Service struct {
	Guard     authz.Guard
	Rows      store.Store
	Changes   change.Log
	Clock     clock.Clock
	Realms    Realms
	Passwords *Passwords
	Seal      *Seal
	Settings  Settings
}

// Settings are the times that an operator may choose. The zero value means the defaults.
type Settings struct {
	SessionIdle    time.Duration // a session ends when nothing was asked for so long; default 12 hours
	SessionLongest time.Duration // and after so long in any case; default 7 days
}

// The defaults of Settings, and the times that nobody chooses.
const (
	SessionIdle    = 12 * time.Hour
	SessionLongest = 7 * 24 * time.Hour

	InvitationLasts = 7 * 24 * time.Hour
	ResetLasts      = time.Hour
	SignInLasts     = time.Hour

	// StepLasts is how long a sign-in waits for its code, SetupLasts how long a second factor waits to be confirmed.
	StepLasts  = 5 * time.Minute
	SetupLasts = time.Hour

	// seenEvery is how often "last seen" and "last used" are written at most.
	seenEvery = 5 * time.Minute
)

func (s Settings) idle() time.Duration {
	if s.SessionIdle > 0 {
		return s.SessionIdle
	}
	return SessionIdle
}

func (s Settings) longest() time.Duration {
	if s.SessionLongest > 0 {
		return s.SessionLongest
	}
	return SessionLongest
}

// Realms knows which people a hostname lets in. Branding implements it.
type Realms interface {
	// ByHost returns the realm that signs in at a hostname; one that nobody has is the root's.
	ByHost(ctx context.Context, host string) (tenant.ID, error)
	// Above returns the realms that a tenant stands in, its own included, the nearest first and the root last.
	Above(ctx context.Context, t tenant.ID) ([]tenant.ID, error)
	// Address returns the address of a realm's portal, without a slash at its end.
	Address(ctx context.Context, realm tenant.ID) (string, error)
	// BrandOf returns what the portal at a hostname calls itself, whose it is, and its slug, which may be empty.
	BrandOf(ctx context.Context, host string) (product, company, slug string, err error)
}

// tries is how often a write that lost a race is decided anew before the caller hears of it.
const tries = 5

// again carries out a decision until it does not lose a race, at most tries times. The decision reads what it needs itself.
func again(decide func() error) error {
	var err error
	for range tries {
		if err = decide(); !store.Failed(err) {
			return err
		}
	}
	return problem.Wrap(err, problem.Conflict, "somebody else changes the same thing; try again")
}

func (s *Service) node(ctx context.Context, t tenant.ID) (authz.Node, error) {
	chain, err := s.Guard.Directory.Chain(ctx, t)
	if err != nil {
		return authz.Node{}, fmt.Errorf("find tenant %s: %w", t, err)
	}
	return chain[len(chain)-1], nil
}

// withdrawn tells whether what somebody of one tenant made for another while acting below has ended, because a tenant on the
// way withdrew acting below, or the two do not stand below each other any more.
func withdrawn(ctx context.Context, tree authz.Directory, from, at tenant.ID) (bool, error) {
	if from == "" {
		return false, nil
	}
	chain, err := tree.Chain(ctx, at)
	if err != nil {
		return false, fmt.Errorf("find tenant %s: %w", at, err)
	}
	below := false
	for _, n := range chain {
		if below && n.ActingWithdrawn {
			return true, nil
		}
		below = below || n.ID == from
	}
	return !below, nil
}

// StatusIn is what the user's state is at this moment, in the tree as it is.
func (u User) StatusIn(ctx context.Context, tree authz.Directory) (Status, error) {
	ended, err := withdrawn(ctx, tree, u.MadeFrom, u.Home)
	if ended {
		return Disabled, nil
	}
	return u.Status, err
}

func (s *Service) status(ctx context.Context, u User) (Status, error) {
	return u.StatusIn(ctx, s.Guard.Directory)
}

func notFoundAs(err error, code problem.Code) error {
	if errors.Is(err, store.ErrNotFound) {
		return problem.Wrap(err, code, "")
	}
	return err
}
