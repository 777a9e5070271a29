package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// factor is a person's second factor: what shows codes, and the recovery codes for when it is lost.
type factor struct {
	factorRecord
	version int64
}

func (s *Service) factorOf(ctx context.Context, u User) (factor, error) {
	kept, version, err := get[factorRecord](ctx, s.Rows, factorKey(u.Home, u.ID))
	return factor{kept, version}, err
}

func (f factor) put(u User) (store.Put, error) {
	item, err := row(factorKey(u.Home, u.ID), f.factorRecord, f.version+1, time.Time{})
	if f.version == 0 {
		return store.Put{Item: item, If: store.Absent}, err
	}
	return store.Put{Item: item, If: store.VersionIs(f.version)}, err
}

func wrongCode() error {
	return problem.Invalid("/code", "code_wrong", "is not the code of this moment, or has been used")
}

// proof is a code that was found right and is used up by its write.
type proof struct {
	factor  factor // as it is once the code is used, at the version that was read
	use     store.Put
	with    string // "code" or "recovery_code", for the audit entry
	counted attempt
}

// proveCode tells whether the code is one of the person's that counts now and was never used. Every try is counted before it
// is looked at; the caller writes proof.use with what the code is for, and calls counted.good once that is written.
func (s *Service) proveCode(ctx context.Context, u User, typed, address string) (proof, error) {
	code, kind, err := readCode(typed)
	if err != nil {
		return proof{}, err
	}
	counted, err := s.attemptCode(ctx, u, kind, address)
	if err != nil {
		return proof{}, err
	}
	f, err := s.factorOf(ctx, u)
	if errors.Is(err, store.ErrNotFound) {
		return proof{}, wrongCode()
	}
	if err != nil {
		return proof{}, err
	}
	p := proof{with: "code", counted: counted}
	if kind == recoveryCode {
		p.with = "recovery_code"
		err = s.spendRecovery(ctx, &f, code)
	} else {
		err = s.spendStep(ctx, u, &f, code)
	}
	if err != nil {
		return proof{}, err
	}
	p.factor = f
	p.use, err = f.put(u)
	return p, err
}

func (s *Service) spendStep(ctx context.Context, u User, f *factor, code string) error {
	secret, err := s.Seal.open(ctx, u, f.Sealed)
	if err != nil {
		return fmt.Errorf("open the second factor of %s: %w", u.ID, err)
	}
	step, right, err := stepOf(string(secret), code, s.Clock.Now(), f.LastStep)
	if err != nil {
		return err
	}
	if !right {
		return wrongCode()
	}
	f.LastStep = step
	return nil
}

func (s *Service) spendRecovery(ctx context.Context, f *factor, code string) error {
	i, err := s.Passwords.Find(ctx, f.Codes, code)
	if err != nil {
		return fmt.Errorf("look for a recovery code: %w", err)
	}
	if i < 0 {
		return wrongCode()
	}
	f.Codes = slices.Delete(slices.Clone(f.Codes), i, i+1)
	return nil
}

// lostTo tells a race for a code that somebody else has just used as a wrong code.
func lostTo(err error, u User) error {
	if store.FailedAt(err, factorKey(u.Home, u.ID)) {
		return wrongCode()
	}
	return err
}
