package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// SecondStep is the refusal second_factor_required: the first step was right, and a code is asked for as well. Its token, for
// the browser's cookie and nowhere else, lets SignInWithCode go on, and opens nothing by itself.
type SecondStep struct {
	Token     string
	ExpiresAt time.Time
	refusal   *problem.Error
}

func (e *SecondStep) Error() string { return e.refusal.Error() }

// Unwrap makes it a problem.
func (e *SecondStep) Unwrap() error { return e.refusal }

// askForCode keeps that the first step was right, together with the rows of that step, and fails with a *SecondStep. The
// user's row is checked as where a session begins.
func (s *Service) askForCode(ctx context.Context, u User, v Visitor, action string, more store.Write) error {
	now := s.Clock.Now()
	token := newToken()
	step := &SecondStep{token, now.Add(StepLasts), problem.New(problem.SecondFactorNeeded, "")}
	hash := fingerprint(token)
	item, err := row(stepKey(u.Home, hash), stepRecord{u.ID, hostname(v.Host), u.Epoch, step.ExpiresAt}, 1, step.ExpiresAt)
	if err != nil {
		return err
	}
	find := lookup.Item(lookup.Step, hash, u.Home, u.ID)
	find.ExpiresAt = step.ExpiresAt
	rows := more.Add(store.Write{Puts: []store.Put{{Item: item, If: store.Absent}, {Item: find, If: store.Absent}}})
	if !puts(more, userKey(u.Home, u.ID)) {
		rows.Checks = append(rows.Checks, store.Check{Key: userKey(u.Home, u.ID), If: store.VersionIs(u.Version)})
	}
	// Nobody has signed in yet: the person is named, and nothing more of a principal.
	ctx = authz.With(ctx, authz.Principal{User: u.ID, Name: u.Name, HomeTenant: u.Home, Via: authz.ViaPortal})
	err = s.Changes.Commit(ctx, rows, change.Change{
		Tenant: u.Home, Action: action + "_first_step", Subject: u.ID, Name: u.Name, After: map[string]string{"client": plainClient(v.Client)},
	})
	if err != nil {
		return fmt.Errorf("ask %s for a code: %w", u.ID, err)
	}
	return step
}

// waiting is a sign-in that waits for its code.
type waiting struct {
	user User
	hash string
}

func (w waiting) end() store.Write {
	key := stepKey(w.user.Home, w.hash)
	return store.Write{Deletes: []store.Delete{{Key: key, If: store.Present}, {Key: lookup.Key(lookup.Step, w.hash)}}}
}

var errStepOver = fmt.Errorf("no sign-in waits for its second step: %w", store.ErrNotFound)

// waitingFor fails with store.ErrNotFound for a token behind which nothing waits here and now.
func (s *Service) waitingFor(ctx context.Context, token, host string) (waiting, error) {
	if !isToken(token) {
		return waiting{}, errStepOver
	}
	hash := fingerprint(token)
	ref, err := lookup.Get(ctx, s.Rows, lookup.Step, hash)
	if err != nil {
		return waiting{}, fmt.Errorf("look up a second step: %w", err)
	}
	kept, _, err := get[stepRecord](ctx, s.Rows, stepKey(ref.Tenant, hash))
	if err != nil {
		return waiting{}, err
	}
	user, version, err := get[userRecord](ctx, s.Rows, userKey(ref.Tenant, kept.User))
	if err != nil {
		return waiting{}, err
	}
	u := user.user(version)
	status, err := s.status(ctx, u)
	if err != nil {
		return waiting{}, err
	}
	if status != Active || kept.Epoch != u.Epoch || kept.Host != hostname(host) || !s.Clock.Now().Before(kept.ExpiresAt) {
		return waiting{}, errStepOver
	}
	return waiting{u, hash}, nil
}

// SignInWithCode begins the session of somebody whose first step was right and who now shows a code, or a recovery code. What
// waits for nothing any more is second_step_over; a wrong code leaves it waiting; codes that come too fast are rate_limited.
func (s *Service) SignInWithCode(ctx context.Context, token, typed string, v Visitor) (Started, error) {
	w, err := s.waitingFor(ctx, token, v.Host)
	if err != nil {
		return Started{}, notFoundAs(err, problem.SecondStepOver)
	}
	p, err := s.proveCode(ctx, w.user, typed, v.Address)
	if err != nil {
		return Started{}, err
	}
	var started Started
	err = again(func() error {
		now, err := s.waitingFor(ctx, token, v.Host)
		if err != nil {
			return notFoundAs(err, problem.SecondStepOver)
		}
		rows := now.end().Add(store.Write{Puts: []store.Put{p.use}})
		started, err = s.begin(ctx, now.user, v, opening{action: "session.start", with: p.with, proven: true}, rows)
		if store.FailedAt(err, stepKey(w.user.Home, w.hash)) {
			return problem.Wrap(errors.New("another request has used the step"), problem.SecondStepOver, "")
		}
		return lostTo(err, w.user)
	})
	if err != nil {
		return Started{}, err
	}
	return started, p.counted.good(ctx, s.Clock.Now())
}
