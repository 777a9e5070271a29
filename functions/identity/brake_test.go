package identity

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/problem"
)

func asProblem(err error, to **problem.Error) bool { return errors.As(err, to) }

func TestTheWaitDoublesUpToTheLongest(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var f failures
	var waits []time.Duration
	for range 17 {
		f = f.more(now, accountPace)
		wait := time.Duration(0)
		if !f.Until.IsZero() {
			wait = f.Until.Sub(now)
		}
		waits = append(waits, wait)
	}
	want := []time.Duration{0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}
	for i, seconds := range want {
		if waits[i] != seconds*time.Second {
			t.Fatalf("after failure %d: %v, want %v", i+1, waits[i], seconds*time.Second)
		}
	}
	f.Count = 1 << 40
	if wait := f.more(now, accountPace).Until.Sub(now); wait != accountPace.longest {
		t.Fatalf("after very many failures: %v", wait)
	}
}

func TestBrakeAddress(t *testing.T) {
	for give, want := range map[string]string{
		"192.0.2.1":                "192.0.2.1",
		"::ffff:192.0.2.1":         "192.0.2.1",
		"2001:db8:1:2:3:4:5:6":     "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1":     "2001:db8:1:2::/64",
		"fe80::1%eth0":             "fe80::/64",
		"":                         "unknown",
		"192.0.2.1, 198.51.100.20": "unknown",
	} {
		if got := brakeAddress(give); got != want {
			t.Errorf("%q counts as %q, want %q", give, got, want)
		}
	}
}

// hammer fails to sign in until it is braked, and returns after how many failures.
func (w *world) hammer(email, address string) int {
	w.Helper()
	for n := range 100 {
		_, err := w.service.SignIn(context.Background(), email, "not the password", at(platform, address))
		if problem.Has(err, problem.RateLimited) {
			return n
		}
		w.refused(err, problem.SignInFailed)
	}
	w.Fatal("a hundred guesses at one time are not braked")
	return 0
}

func TestGuessingIsBraked(t *testing.T) {
	w := newWorld(t)
	u := w.founder(supplier, "owner@example.com")

	if n := w.hammer(u.Email, elsewhere); n != accountPace.free+1 {
		t.Fatalf("braked after %d failures", n)
	}
	_, err := w.service.SignIn(context.Background(), u.Email, good, at(platform, elsewhere))
	w.refused(err, problem.RateLimited) // also the right password, so that the answer tells nothing
	var p *problem.Error
	if !asProblem(err, &p) || p.RetryAfter != time.Second {
		t.Fatalf("says to come back after %v", p.RetryAfter)
	}

	t.Run("the owner passes from another address while one hammers", func(t *testing.T) {
		if _, err := w.service.SignIn(context.Background(), u.Email, good, at(platform, office)); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("another account passes from the same address", func(t *testing.T) {
		_, err := w.service.SignIn(context.Background(), "somebody@example.com", good, at(platform, elsewhere))
		w.refused(err, problem.SignInFailed)
	})
	t.Run("capitals and spaces are the same account", func(t *testing.T) {
		_, err := w.service.SignIn(context.Background(), " OWNER@example.com", good, at(platform, elsewhere))
		w.refused(err, problem.RateLimited)
	})
	t.Run("after the wait the right password passes, and clears the count", func(t *testing.T) {
		w.clock.Advance(time.Second)
		if _, err := w.service.SignIn(context.Background(), u.Email, good, at(platform, elsewhere)); err != nil {
			t.Fatal(err)
		}
		if n := w.hammer(u.Email, elsewhere); n != accountPace.free+1 {
			t.Fatalf("braked after %d failures", n)
		}
	})
}

func TestOneAddressGuessingAtManyAccountsIsBraked(t *testing.T) {
	w := newWorld(t)
	u := w.founder(supplier, "owner@example.com")
	guess := func(i int) error {
		_, err := w.service.SignIn(context.Background(), string(rune('a'+i%26))+string(rune('a'+i/26))+"@example.com", "guess", at(platform, elsewhere))
		return err
	}
	for i := range addressPace.free + 1 {
		w.refused(guess(i), problem.SignInFailed)
	}
	w.refused(guess(addressPace.free+1), problem.RateLimited)
	_, err := w.service.SignIn(context.Background(), u.Email, good, at(platform, elsewhere))
	w.refused(err, problem.RateLimited)

	w.clock.Advance(addressPace.longest)
	_, err = w.service.SignIn(context.Background(), u.Email, good, at(platform, elsewhere))
	w.must(err)
	w.refused(guess(0), problem.SignInFailed) // one's own account gives a single guess back, not all of them
	w.refused(guess(1), problem.RateLimited)
}

func TestParallelGuessesAreCountedOneByOne(t *testing.T) {
	w := newWorld(t)
	w.founder(supplier, "owner@example.com")
	_, lost := race(40, func(int) error {
		_, err := w.service.SignIn(context.Background(), "owner@example.com", "guess", at(platform, elsewhere))
		return err
	})
	looked := 0
	for _, err := range lost {
		if problem.Has(err, problem.SignInFailed) {
			looked++
		} else if !problem.Has(err, problem.RateLimited) {
			t.Fatal(err)
		}
	}
	if looked > accountPace.free+1 {
		t.Fatalf("%d passwords were looked at", looked)
	}
}

func TestFailuresAreForgottenAfterADay(t *testing.T) {
	w := newWorld(t)
	w.hammer("owner@example.com", elsewhere)
	w.clock.Advance(failuresRememberedFor)
	if n := w.hammer("owner@example.com", elsewhere); n != accountPace.free+1 {
		t.Fatalf("braked after %d failures", n)
	}
}

func TestTheBrakeAlsoGuardsThePresentPassword(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(w.founder(supplier, "owner@example.com"))
	for range accountPace.free + 1 {
		w.refused(w.service.ChangePassword(ctx, "guess", better), problem.InvalidInput)
	}
	w.refused(w.service.ChangePassword(ctx, good, better), problem.RateLimited)
}

func TestAnOfficeSignsInAtTheSameTime(t *testing.T) {
	w := newWorld(t)
	u := w.founder(supplier, "owner@example.com")
	won, lost := race(6, func(int) error {
		_, err := w.service.SignIn(context.Background(), u.Email, good, at(platform, office))
		return err
	})
	if won != 6 {
		t.Fatalf("%d came in: %v", won, lost)
	}
}
