package aws_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	scheduleaws "github.com/tierkeep/tierkeep/shared/port/schedule/aws"
)

var faults = []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply, awsfault.CutReply}

func (a *account) failing(plan *awsfault.Plan) *scheduleaws.Schedule {
	cfg := a.cfg
	cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), 5*time.Millisecond) }
	return scheduleaws.New(awsfault.With(cfg, plan), a.config, a.queue(), clock.System{})
}

// succeed tries until it gets through.
func succeed(t *testing.T, try func() error) {
	t.Helper()
	for tries := 1; ; tries++ {
		err := try()
		if err == nil {
			return
		}
		if tries == 100 {
			t.Fatalf("it does not get through: %v", err)
		}
	}
}

func TestWhateverFailsOnTheWayTheLastOfATimersChangesStands(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	for _, f := range faults {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			plan := awsfault.New(7).Chance(f, 0.4)
			s := a.failing(plan)
			random := rand.New(rand.NewPCG(1, 1))
			at := inAnHour()
			for n := range 12 {
				name := fmt.Sprint("t-", len(f), "-", random.IntN(2))
				if random.IntN(3) == 0 {
					succeed(t, func() error { return s.Cancel(t.Context(), name) })
					if left := a.kept(t, name); len(left) > 0 {
						t.Fatalf("change %d: after Cancel %v is left", n, left)
					}
					continue
				}
				when := at.Add(time.Duration(n) * time.Minute)
				succeed(t, func() error { return s.Set(t.Context(), timer(name, when)) })
				if diff := cmp.Diff(map[string]string{".a": when.Format(written)}, a.kept(t, name)); diff != "" {
					t.Fatalf("change %d (-want +got):\n%s", n, diff)
				}
			}
			if plan.Injected("", f) == 0 {
				t.Error("nothing failed")
			}
		})
	}
}

func TestOfRacingSetsOneStays(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	for round := range 5 {
		name := fmt.Sprint("race-", round)
		at := inAnHour()
		if round%2 == 1 {
			a.leave(t, name+".a", at.Add(-2*time.Hour)) // fired before
		}
		ended := make(chan error)
		const racing = 6
		for n := range racing {
			go func() {
				set := timer(name, at.Add(time.Duration(n)*time.Minute))
				ended <- retrying(func() error { return a.schedule(clock.System{}).Set(t.Context(), set) })
			}()
		}
		for range racing {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		waiting := 0
		for _, expression := range a.kept(t, name) {
			if when, err := time.Parse(written, expression); err == nil && when.After(time.Now()) {
				waiting++
			}
		}
		if waiting != 1 {
			t.Errorf("round %d: %d timers wait: %v", round, waiting, a.kept(t, name))
		}
	}
}

func retrying(try func() error) (err error) {
	for range 10 {
		if err = try(); err == nil {
			return nil
		}
	}
	return err
}

func TestATimerThatIsDueAndCannotBeSentIsNotSet(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	missing := timer("t", time.Now().Add(-time.Minute))
	missing.Queue = "nobody-made-it"
	if err := a.schedule(clock.System{}).Set(t.Context(), missing); err == nil {
		t.Error("it was acknowledged")
	}
}

var _ schedule.Schedule = (*scheduleaws.Schedule)(nil)
