package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// secured is the seller's owner with a second factor.
func secured(t testing.TB) *phone {
	w := newWorld(t)
	return w.setUp(w.signIn(w.founder(seller, "owner@example.com")))
}

func TestSigningInTakesTwoSteps(t *testing.T) {
	p := secured(t)
	step := p.asked(p.user, good)
	_, err := p.service.AuthenticateSession(context.Background(), step.Token, sellers)
	p.refused(err, problem.Unauthenticated)

	_, err = p.answer(step, "123456", office)
	p.refused(err, problem.InvalidInput)
	code := p.next()
	started, err := p.answer(step, " "+code[:3]+" "+code[3:], office) // the step waits on after a wrong code
	p.must(err)
	principal, err := p.service.AuthenticateSession(context.Background(), started.Token, sellers)
	if err != nil || !principal.FactorProven || !principal.SecondFactor.Equal(p.session.User.History.FactorSince) {
		t.Fatalf("is %+v, %v", principal, err)
	}
	if _, err := p.answer(step, p.next(), office); !problem.Has(err, problem.SecondStepOver) {
		t.Fatalf("the step lets in twice: %v", err)
	}
}

func TestWithoutASecondFactorASessionSaysSo(t *testing.T) {
	w := newWorld(t)
	s := w.signIn(w.founder(seller, "owner@example.com"))
	p, err := w.service.AuthenticateSession(context.Background(), s.Token, sellers)
	if err != nil || p.FactorProven || !p.SecondFactor.IsZero() {
		t.Fatalf("is %+v, %v", p, err)
	}
}

func TestASecondStepIsOver(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(p *phone, s *SecondStep) (token, host string)
	}{
		{"after five minutes", func(p *phone, s *SecondStep) (string, string) { p.clock.Advance(StepLasts); return s.Token, sellers }},
		{"at another host", func(_ *phone, s *SecondStep) (string, string) { return s.Token, platform }},
		{"when it never was", func(*phone, *SecondStep) (string, string) { return newToken(), sellers }},
		{"when there is none", func(*phone, *SecondStep) (string, string) { return "", sellers }},
		{"for a session's token", func(p *phone, _ *SecondStep) (string, string) { return p.session.Token, sellers }},
		{"after another password", func(p *phone, s *SecondStep) (string, string) {
			p.must(p.service.ChangePassword(p.asSession(p.session), good, better))
			return s.Token, sellers
		}},
		{"after the second factor was removed", func(p *phone, s *SecondStep) (string, string) {
			_, err := p.service.RemoveFactor(p.asSession(p.session), good, p.next(), at(sellers, office))
			p.must(err)
			return s.Token, sellers
		}},
		{"for somebody who was removed", func(p *phone, s *SecondStep) (string, string) {
			other := p.colleague(p.asSession(p.session), seller, "second@example.com", authz.Owner)
			p.must(p.service.Remove(p.as(other), seller, p.user.ID))
			return s.Token, sellers
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := secured(t)
			token, host := c.do(p, p.asked(p.user, good))
			_, err := p.service.SignInWithCode(context.Background(), token, p.next(), at(host, office))
			p.refused(err, problem.SecondStepOver)
		})
	}
}

// Whatever is shown, a code counts in its own half minute, the one before and the one after, and never again, nor does one
// from before it.
func TestACodeCountsOnceAndInItsTime(t *testing.T) {
	p := secured(t)
	p.clock.Advance(time.Hour)
	start := p.clock.Now().Truncate(stepSeconds * time.Second)
	last := stepAt(p.clock.Now()) - 1000
	rapid.Check(t, func(rt *rapid.T) {
		p.clock.Advance(time.Duration(rapid.IntRange(0, 100).Draw(rt, "seconds later")) * time.Second)
		now := p.clock.Now()
		aside := rapid.Int64Range(-3, 3).Draw(rt, "half minutes aside")
		shown := now.Add(time.Duration(aside) * stepSeconds * time.Second)
		step := stepAt(shown)
		counts := aside >= -stepsAside && aside <= stepsAside && step > last
		for _, rows := range []store.Key{codeBrakeKey(seller, p.user.ID), brakeKey(p.user.Realm, brakeAddress(office))} {
			_ = p.rows.AtomicWrite(context.Background(), store.Write{Deletes: []store.Delete{{Key: rows}}}) // guessing is another test
		}
		_, err := p.answer(p.asked(p.user, good), p.at(shown), office)
		if counts != (err == nil) || err != nil && !problem.Has(err, problem.InvalidInput) {
			rt.Fatalf("at %v a code of step %+d with %d used last: %v", now.Sub(start), aside, last-stepAt(start), err)
		}
		if err == nil {
			last = step
		}
	})
}

func TestOfManyWithOneCodeOneComesIn(t *testing.T) {
	p := secured(t)
	code := p.next()
	var steps []*SecondStep
	for range 4 {
		steps = append(steps, p.asked(p.user, good))
	}
	for name, shown := range map[string]string{"a code": code, "a recovery code": p.codes[3]} {
		t.Run(name, func(t *testing.T) {
			won, lost := race(len(steps), func(i int) error {
				_, err := p.answer(steps[i], shown, office)
				return err
			})
			if won != 1 {
				t.Fatalf("%d came in: %v", won, lost)
			}
			steps = nil
			for range 4 {
				steps = append(steps, p.asked(p.user, good))
			}
		})
	}
}

func TestOfManyWithOneStepOneComesIn(t *testing.T) {
	p := secured(t)
	step := p.asked(p.user, good)
	won, lost := race(4, func(i int) error {
		_, err := p.answer(step, p.codes[i], office)
		return err
	})
	if won != 1 {
		t.Fatalf("%d came in: %v", won, lost)
	}
}

// guess tries wrong codes until it is braked, and returns after how many.
func (p *phone) guess(s *SecondStep, wrong func(i int) string, address func(i int) string) int {
	p.Helper()
	for n := range 200 {
		_, err := p.answer(s, wrong(n), address(n))
		if problem.Has(err, problem.RateLimited) {
			return n
		}
		p.refused(err, problem.InvalidInput)
	}
	p.Fatal("two hundred guesses at one time are not braked")
	return 0
}

func sixDigits(i int) string { return fmt.Sprintf("%06d", 7*i) }

func anywhere(i int) string { return fmt.Sprintf("198.51.100.%d", i+1) }

func TestGuessingCodesIsBrakedFromEverywhereTogether(t *testing.T) {
	p := secured(t)
	p.clock.Advance(stepSeconds * time.Second)
	step := p.asked(p.user, good)
	if n := p.guess(step, sixDigits, anywhere); n != codePace.free+1 {
		t.Fatalf("braked after %d", n)
	}
	_, err := p.answer(step, p.now(), "203.0.113.9")
	p.refused(err, problem.RateLimited) // also the right code, so that the answer tells nothing
	_, err = p.answer(p.asked(p.user, good), p.now(), "203.0.113.9")
	p.refused(err, problem.RateLimited) // and the right password takes nothing back

	t.Run("a recovery code still lets its owner in", func(t *testing.T) {
		_, err := p.answer(step, p.codes[0], office)
		p.must(err)
	})
	t.Run("and his session goes on", func(t *testing.T) {
		_, err := p.service.AuthenticateSession(context.Background(), p.session.Token, sellers)
		p.must(err)
	})
	t.Run("a good code takes its failures back", func(t *testing.T) {
		p.clock.Advance(codePace.longest)
		_, err := p.answer(p.asked(p.user, good), p.now(), office)
		p.must(err)
		p.clock.Advance(stepSeconds * time.Second)
		if n := p.guess(p.asked(p.user, good), sixDigits, anywhere); n != codePace.free+1 {
			t.Fatalf("braked after %d", n)
		}
	})
}

// Whoever has the password and never tires finds a code in a year with a chance that can be told.
func TestAYearOfGuessingHasSmallOdds(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var f failures
	guesses := 0
	for end := now.AddDate(1, 0, 0); now.Before(end); guesses++ {
		f = f.more(now, codePace)
		if f.Until.After(now) {
			now = f.Until
		}
	}
	if odds := float64(guesses) * (2*stepsAside + 1) / 1e6; odds > 0.03 {
		t.Fatalf("%d guesses a year, %.3f", guesses, odds)
	}
}

func TestGuessingRecoveryCodesIsBrakedByAddress(t *testing.T) {
	p := secured(t)
	step := p.asked(p.user, good)
	wrong := func(i int) string { return strings.Repeat(recoveryAlphabet[i%32:i%32+1], recoveryChars) }
	if n := p.guess(step, wrong, func(int) string { return elsewhere }); n != accountPace.free+1 {
		t.Fatalf("braked after %d", n)
	}
	_, err := p.answer(step, p.codes[0], elsewhere)
	p.refused(err, problem.RateLimited)
	_, err = p.answer(step, p.codes[0], office)
	p.must(err)
}

func TestWhatIsNoCodeIsNotCounted(t *testing.T) {
	p := secured(t)
	step := p.asked(p.user, good)
	for range 20 {
		_, err := p.answer(step, "no code", office)
		p.refused(err, problem.InvalidInput)
	}
	_, err := p.answer(step, p.next(), office)
	p.must(err)
}

func TestRecoveryCodesLetInOnceEach(t *testing.T) {
	p := secured(t)
	if len(p.codes) != recoveryCodes || len(slices.Compact(slices.Sorted(slices.Values(p.codes)))) != recoveryCodes {
		t.Fatalf("ten different codes, not %v", p.codes)
	}
	for i, code := range p.codes {
		_, err := p.answer(p.asked(p.user, good), strings.ToUpper(code), office)
		p.must(err)
		_, err = p.answer(p.asked(p.user, good), code, office)
		p.refused(err, problem.InvalidInput)
		state, err := p.service.SecondFactor(p.asSession(p.session))
		if err != nil || state.CodesLeft != recoveryCodes-1-i {
			t.Fatalf("%d are left, %v", state.CodesLeft, err)
		}
	}
	_, err := p.answer(p.asked(p.user, good), p.next(), office)
	p.must(err)
}

func TestNewRecoveryCodesReplaceTheOldOnes(t *testing.T) {
	p := secured(t)
	ctx := p.asSession(p.session)
	_, err := p.service.RenewRecoveryCodes(ctx, "123456")
	p.refused(err, problem.InvalidInput)
	code := p.next()
	fresh, err := p.service.RenewRecoveryCodes(ctx, code)
	p.must(err)
	_, err = p.service.RenewRecoveryCodes(ctx, code)
	p.refused(err, problem.InvalidInput) // it counted once
	_, err = p.answer(p.asked(p.user, good), p.codes[0], office)
	p.refused(err, problem.InvalidInput)
	_, err = p.answer(p.asked(p.user, good), fresh[0], office)
	p.must(err)
}

func TestSettingUpASecondFactor(t *testing.T) {
	w := newWorld(t)
	u := w.founder(seller, "owner@example.com")
	other, s := w.signIn(u), w.signIn(u)
	ctx := w.asSession(s)
	_, err := w.service.BeginFactor(ctx, better)
	w.refused(err, problem.InvalidInput)
	_, err = w.service.ConfirmFactor(ctx, "123456", at(sellers, office))
	w.refused(err, problem.Conflict)

	first, err := w.service.BeginFactor(ctx, good)
	w.must(err)
	setup, err := w.service.BeginFactor(ctx, good)
	w.must(err)
	p := &phone{world: w, user: u, secret: setup.Secret}
	if !strings.HasPrefix(setup.URI, "otpauth://totp/Portal%20of%20acme.example.com:owner@example.com?") || !strings.Contains(setup.URI, "secret="+setup.Secret) {
		t.Fatalf("the address is %s", setup.URI)
	}
	_, err = w.service.ConfirmFactor(ctx, (&phone{world: w, secret: first.Secret}).now(), at(sellers, office))
	w.refused(err, problem.InvalidInput) // beginning anew replaced it
	_, err = w.service.ConfirmFactor(w.asSession(other), p.now(), at(sellers, office))
	w.refused(err, problem.Conflict) // another session began it
	now, err := w.service.reader().User(context.Background(), seller, u.ID)
	if err != nil || !now.History.FactorSince.IsZero() {
		t.Fatal("counts before it is confirmed")
	}

	stepped, err := w.service.ConfirmFactor(ctx, p.now(), at(sellers, office))
	w.must(err)
	for name, ended := range map[string]string{"the other session": other.Token, "the session as it was": s.Token} {
		_, err = w.service.AuthenticateSession(context.Background(), ended, sellers)
		if !problem.Has(err, problem.Unauthenticated) {
			t.Errorf("%s goes on: %v", name, err)
		}
	}
	principal, err := w.service.AuthenticateSession(context.Background(), stepped.Token, sellers)
	if err != nil || !principal.FactorProven || !principal.SecondFactor.Equal(w.clock.Now()) {
		t.Fatalf("the new session is %+v, %v", principal, err)
	}
	_, err = w.service.BeginFactor(w.asSession(stepped.Started), good)
	w.refused(err, problem.Conflict)
	_, err = w.answer(w.asked(u, good), p.now(), office)
	w.refused(err, problem.InvalidInput) // the code that confirmed it has counted
}

func TestASecondFactorWaitsAnHourToBeConfirmed(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(w.founder(seller, "owner@example.com"))
	setup, err := w.service.BeginFactor(ctx, good)
	w.must(err)
	w.clock.Advance(SetupLasts)
	_, err = w.service.ConfirmFactor(ctx, (&phone{world: w, secret: setup.Secret}).now(), at(sellers, office))
	w.refused(err, problem.Conflict)
}

func TestGuessingTheConfirmationIsBraked(t *testing.T) {
	w := newWorld(t)
	ctx := w.as(w.founder(seller, "owner@example.com"))
	setup, err := w.service.BeginFactor(ctx, good)
	w.must(err)
	for i := range codePace.free + 1 {
		_, err := w.service.ConfirmFactor(ctx, sixDigits(i), at(sellers, anywhere(i)))
		w.refused(err, problem.InvalidInput)
	}
	_, err = w.service.ConfirmFactor(ctx, (&phone{world: w, secret: setup.Secret}).now(), at(sellers, office))
	w.refused(err, problem.RateLimited)
}

func TestRemovingOnesSecondFactorTakesPasswordAndCode(t *testing.T) {
	for name, show := range map[string]func(p *phone) string{
		"a code": (*phone).next, "a recovery code": func(p *phone) string { return p.codes[4] },
	} {
		t.Run(name, func(t *testing.T) {
			p := secured(t)
			ctx := p.asSession(p.session)
			_, err := p.service.RemoveFactor(ctx, better, show(p), at(sellers, office))
			p.refused(err, problem.InvalidInput)
			_, err = p.service.RemoveFactor(ctx, good, "123456", at(sellers, office))
			p.refused(err, problem.InvalidInput)
			started, err := p.service.RemoveFactor(ctx, good, show(p), at(sellers, office))
			p.must(err)
			_, err = p.service.AuthenticateSession(context.Background(), p.session.Token, sellers)
			p.refused(err, problem.Unauthenticated)
			principal, err := p.service.AuthenticateSession(context.Background(), started.Token, sellers)
			if err != nil || principal.FactorProven || !principal.SecondFactor.IsZero() {
				t.Fatalf("is %+v, %v", principal, err)
			}
			p.signIn(p.user)
			p.setUp(started) // and another can be set up
		})
	}
}

func TestWhoMayResetASecondFactor(t *testing.T) {
	s := newStaff(t)
	finance := s.colleague(s.as(s.owner), seller, "finance@example.com", authz.Finance)
	buyer := s.colleague(s.as(s.owner), customer, "buyer@example.com", authz.CustomerOwner)
	clerk := s.colleague(s.as(buyer), customer, "clerk@example.com", authz.CustomerUser)
	contexts := map[string]context.Context{}
	for _, u := range []User{s.root, s.owner, s.administrator, s.rival, finance, buyer} {
		contexts[u.ID] = s.as(u)
	}
	phones := map[string]*phone{}
	for _, u := range []User{s.technician, clerk} {
		phones[u.ID] = s.setUp(s.signIn(u))
	}
	ownersPhone := s.setUp(s.signIn(s.owner))
	contexts[s.owner.ID] = s.asSession(ownersPhone.session)
	for _, c := range []struct {
		name string
		by   User
		at   tenant.ID
		whom User
		want problem.Code
	}{
		{"an administrator's own colleague", s.administrator, seller, s.technician, ""},
		{"nobody acting below, a customer's people included", s.owner, customer, clerk, problem.Forbidden},
		{"nobody acting below, the root's owner included", s.root, seller, s.owner, problem.Forbidden},
		{"nobody who manages no people", finance, seller, s.technician, problem.Forbidden},
		{"nobody of another tenant", s.rival, seller, s.technician, problem.NotFound},
		{"no administrator an owner's", s.administrator, seller, s.owner, problem.RoleNotAllowed},
		{"nobody his own", s.owner, seller, s.owner, problem.Conflict},
		{"where there is none", s.owner, seller, s.administrator, problem.Conflict},
		{"a customer's owner his people's", buyer, customer, clerk, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, err := s.service.reader().User(context.Background(), c.whom.Home, c.whom.ID)
			s.must(err)
			person, err := s.service.Person(contexts[c.by.ID], c.at, c.whom.ID)
			offered := err == nil && slices.Contains(person.Actions, "reset_second_factor")
			if offered != (c.want == "") {
				t.Errorf("offers it: %v", offered)
			}
			err = s.service.ResetFactor(contexts[c.by.ID], c.at, c.whom.ID)
			if c.want != "" {
				s.refused(err, c.want)
				after, err := s.service.reader().User(context.Background(), c.whom.Home, c.whom.ID)
				s.must(err)
				if diff := cmp.Diff(before, after); diff != "" {
					t.Fatal(diff)
				}
				return
			}
			s.must(err)
			_, err = s.service.AuthenticateSession(context.Background(), phones[c.whom.ID].session.Token, sellers)
			s.refused(err, problem.Unauthenticated)
			s.signIn(c.whom) // without a code
			facts, err := s.service.reader().DeciderFacts(context.Background(), c.whom.Home, c.whom.ID)
			if err != nil || facts.FactorSetBy != c.by.ID {
				t.Fatalf("it is not known who did it: %+v, %v", facts, err)
			}
			entry := s.lastEntry(c.whom.Home)
			if entry.Action != "second_factor.reset" || entry.Subject != c.whom.ID || entry.Actor.User != c.by.ID {
				t.Fatalf("the audit entry is %+v", entry)
			}
		})
	}
}

// lastEntry is the newest audit entry of a reset; sign-ins come after it.
func (w *world) lastEntry(t tenant.ID) change.Entry {
	w.Helper()
	var last change.Entry
	err := each(context.Background(), w.rows, change.Partition(t), func(_ string, e change.Entry, _ int64) {
		if e.Action == "second_factor.reset" {
			last = e
		}
	})
	w.must(err)
	return last
}

func TestALinkIsNoWayAroundTheSecondFactor(t *testing.T) {
	s := newStaff(t)
	p := s.setUp(s.signIn(s.technician))
	reset, err := s.service.SendLink(s.as(s.owner), seller, s.technician.ID)
	s.must(err)
	signIn, err := s.service.SignInLink(context.Background(), seller, s.technician.Email)
	s.must(err)
	for _, c := range []struct{ name, link, password string }{{"a sign-in link", signIn, ""}, {"a reset", reset, better}} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.service.FollowLink(context.Background(), tokenOf(c.link), c.password, at(sellers, office))
			step := s.step(err)
			_, err = s.service.FollowLink(context.Background(), tokenOf(c.link), c.password, at(sellers, office))
			s.refused(err, problem.LinkSpent)
			_, err = p.answer(step, p.next(), office)
			s.must(err)
		})
	}
	s.asked(s.technician, better) // the reset did set the password
}

func TestTheMachineHelpsWhomNobodyElseCan(t *testing.T) {
	p := secured(t)
	p.must(p.service.ForgetFactor(context.Background(), seller, ""))
	p.signIn(p.user)
	p.refused(p.service.ForgetFactor(context.Background(), seller, p.user.Email), problem.Conflict)
	p.refused(p.service.ForgetFactor(context.Background(), seller, "nobody@example.com"), problem.NotFound)
	facts, err := p.service.reader().DeciderFacts(context.Background(), seller, p.user.ID)
	if err != nil || facts.FactorSetBy != "system:identity" {
		t.Fatalf("it is not known who did it: %+v, %v", facts, err)
	}
}

func TestARemovedPersonLeavesNoSecondFactor(t *testing.T) {
	s := newStaff(t)
	s.setUp(s.signIn(s.technician))
	s.must(s.service.Remove(s.as(s.owner), seller, s.technician.ID))
	if _, err := s.service.factorOf(context.Background(), s.technician); err == nil {
		t.Fatal("is kept")
	}
}

func TestDeciderFacts(t *testing.T) {
	s := newStaff(t)
	facts := func(u User) Facts {
		t.Helper()
		f, err := s.service.reader().DeciderFacts(context.Background(), u.Home, u.ID)
		s.must(err)
		return f
	}
	start := s.clock.Now()
	check := func(what string, u User, want Facts) {
		t.Helper()
		if diff := cmp.Diff(want, facts(u)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("nobody made the first owner", s.owner, Facts{YoungestChange: start})
	made := Facts{UserMadeBy: s.owner.ID, RoleSetBy: s.owner.ID, PasswordSetBy: s.owner.ID, YoungestChange: start}
	check("an invited colleague", s.technician, made)

	day := func() time.Time { return s.clock.Advance(24 * time.Hour) }
	made.YoungestChange = day()
	s.setUp(s.signIn(s.technician))
	check("his own second factor", s.technician, made)

	at := day()
	role := authz.Support
	now, err := s.service.reader().User(context.Background(), seller, s.technician.ID)
	s.must(err)
	_, err = s.service.EditPerson(s.as(s.administrator), seller, s.technician.ID, EditUser{Version: now.Version, Role: &role})
	s.must(err)
	made.RoleSetBy, made.YoungestChange = s.administrator.ID, at
	check("another role", s.technician, made)

	day()
	name := "Another name"
	now, err = s.service.reader().User(context.Background(), seller, s.technician.ID)
	s.must(err)
	_, err = s.service.EditPerson(s.as(s.owner), seller, s.technician.ID, EditUser{Version: now.Version, Name: &name})
	s.must(err)
	check("a name says nothing", s.technician, made)

	reset, err := s.service.SendLink(s.as(s.administrator), seller, s.technician.ID)
	s.must(err)
	check("a link that nobody followed says nothing", s.technician, made)
	made.PasswordSetBy, made.YoungestChange = s.administrator.ID, s.clock.Now()
	_, err = s.service.FollowLink(context.Background(), tokenOf(reset), good, Visitor{sellers, office, "Browser"})
	s.step(err)
	check("a password by somebody's link", s.technician, made)

	s.must(s.service.ResetFactor(s.as(s.owner), seller, s.technician.ID))
	made.FactorSetBy = s.owner.ID
	check("a reset", s.technician, made)
	made.YoungestChange = day()
	p := s.setUp(s.signIn(s.technician))
	s.must(s.service.ChangePassword(s.asSession(p.session), good, better))
	check("what one does oneself hides nothing", s.technician, made)
	_, err = s.service.reader().DeciderFacts(context.Background(), seller, id.New(id.User, start))
	s.refused(err, problem.NotFound)
}
