package aws_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/secret"
	secretaws "github.com/tierkeep/tierkeep/shared/port/secret/aws"
	"github.com/tierkeep/tierkeep/shared/port/secret/secrettest"
)

// patient sends each request up to so many times, without long pauses.
func patient(c aws.Config, attempts int) aws.Config {
	c.Retryer = func() aws.Retryer {
		return retry.AddWithMaxBackoffDelay(retry.AddWithMaxAttempts(retry.NewStandard(), attempts), time.Millisecond)
	}
	return c
}

func TestConformanceWithRequestsThatFailNowAndThen(t *testing.T) {
	c, prefix := account(t)
	plan := awsfault.New(4)
	for _, f := range []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply} {
		plan.Chance(f, 0.04)
	}
	c = awsfault.With(patient(c, 10), plan)
	secrettest.Run(t, func(*testing.T) secret.Secrets { return secretaws.New(c, prefix) })
	if plan.Injected("", awsfault.LostReply) == 0 {
		t.Error("no reply was lost")
	}
}

func TestAValueWhoseReplyWasLostIsTheOneThatIsKept(t *testing.T) {
	t.Parallel()
	c, prefix := account(t)
	tests := map[string]struct {
		operation string
		deployed  bool
	}{
		"made":   {"CreateSecret", false},
		"filled": {"PutSecretValue", true},
	}
	for what, tt := range tests {
		for _, f := range []awsfault.Fault{awsfault.LostReply, awsfault.CutReply} {
			t.Run(fmt.Sprintf("%s, %s", what, f), func(t *testing.T) {
				name := strings.ReplaceAll(fmt.Sprintf("%s-%s", what, f), " ", "-")
				if tt.deployed {
					filling(t)
					deploy(t, c, &secretsmanager.CreateSecretInput{Name: aws.String(prefix + name)})
				}
				plan := awsfault.New(1).Next(tt.operation, f)
				got, err := secretaws.New(awsfault.With(patient(c, 3), plan), prefix).GetOrCreate(t.Context(), name, value("mine"))
				if f == awsfault.CutReply && err != nil {
					got = secret.NewValue([]byte("mine")) // the caller tries again, as below
					err = nil
				}
				if err != nil || string(got.Reveal()) != "mine" || plan.Injected(tt.operation, f) != 1 {
					t.Errorf("got %q, %v after %d faults", got.Reveal(), err, plan.Injected(tt.operation, f))
				}
				again, err := secretaws.New(c, prefix).GetOrCreate(t.Context(), name, never(t))
				if err != nil || string(again.Reveal()) != "mine" {
					t.Errorf("kept is %q, %v", again.Reveal(), err)
				}
			})
		}
	}
}

func TestASecretThatCannotBeReadIsAnErrorAndNoNewSecret(t *testing.T) {
	t.Parallel()
	c, prefix := account(t)
	c = patient(c, 2)
	for _, f := range []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed} {
		broken := awsfault.With(c, awsfault.New(1).Chance(f, 1, "GetSecretValue"))
		if got, err := secretaws.New(broken, prefix).GetOrCreate(t.Context(), "unread", never(t)); err == nil {
			t.Errorf("%s: got %q", f, got.Reveal())
		}
	}
}
