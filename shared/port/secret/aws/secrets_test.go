package aws_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/secret"
	secretaws "github.com/tierkeep/tierkeep/shared/port/secret/aws"
	"github.com/tierkeep/tierkeep/shared/port/secret/secrettest"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// account is an AWS account and a prefix of the test's own, which is emptied when the test ends.
func account(t *testing.T) (c aws.Config, prefix string) {
	t.Helper()
	c = awstest.Config(t)
	prefix = fmt.Sprintf("tierkeep-test-%08x/", rand.Uint32())
	if awstest.Real() {
		t.Cleanup(func() { removeAll(t, secretsmanager.NewFromConfig(c), prefix) })
		return c, prefix
	}
	return strict(t, c), prefix
}

func value(b string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(b), nil }
}

func TestConformance(t *testing.T) {
	c, prefix := account(t)
	secrettest.Run(t, func(*testing.T) secret.Secrets { return secretaws.New(c, prefix) })
}

func TestPrefixesKeepStagesApart(t *testing.T) {
	t.Parallel()
	c, prefix := account(t)
	for _, stage := range []string{"dev", "prod"} {
		got, err := secretaws.New(c, prefix+stage+"/").GetOrCreate(t.Context(), "stages", value(stage))
		if err != nil || string(got.Reveal()) != stage {
			t.Errorf("%s got %q, %v", stage, got.Reveal(), err)
		}
	}
}

// filling skips a test where the endpoint does not keep the bytes that PutSecretValue brings: LocalStack decodes them twice.
func filling(t *testing.T) {
	t.Helper()
	if awstest.Kind() == emulator.LocalStack {
		awstest.Lacking(t, "Secrets Manager: bytes for a secret that was made without a value")
	}
}

func TestASecretThatWasMadeWithoutAValueIsFilledByOneOfRacingCallers(t *testing.T) {
	t.Parallel()
	filling(t)
	c, prefix := account(t)
	for round := range 5 {
		name := fmt.Sprint("empty-", round)
		deploy(t, c, &secretsmanager.CreateSecretInput{Name: aws.String(prefix + name)})
		const callers = 8
		got := make([]string, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				v, err := secretaws.New(c, prefix).GetOrCreate(t.Context(), name, value(fmt.Sprint("value ", i)))
				if err != nil {
					t.Errorf("GetOrCreate: %v", err)
				}
				got[i] = string(v.Reveal())
			})
		}
		all.Wait()
		kept, err := secretaws.New(c, prefix).GetOrCreate(t.Context(), name, never(t))
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i] != string(kept.Reveal()) || !strings.HasPrefix(got[i], "value ") {
				t.Errorf("caller %d got %q, and kept is %q", i, got[i], kept.Reveal())
			}
		}
	}
}

func TestAValueThatAnOperatorTypedCountsAsItsBytes(t *testing.T) {
	t.Parallel()
	c, prefix := account(t)
	deploy(t, c, &secretsmanager.CreateSecretInput{Name: aws.String(prefix + "typed"), SecretString: aws.String("as text")})
	got, err := secretaws.New(c, prefix).GetOrCreate(t.Context(), "typed", never(t))
	if err != nil || string(got.Reveal()) != "as text" {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
}

func TestASecretThatWaitsForItsDeletionIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	c, prefix := account(t)
	if _, err := secretaws.New(c, prefix).GetOrCreate(t.Context(), "deleted", value("first")); err != nil {
		t.Fatal(err)
	}
	if _, err := secretsmanager.NewFromConfig(c).DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{
		SecretId: aws.String(prefix + "deleted"), RecoveryWindowInDays: aws.Int64(7),
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := secretaws.New(c, prefix).GetOrCreate(t.Context(), "deleted", never(t)); err == nil {
		t.Errorf("got %q", got.Reveal())
	}
}

func never(t *testing.T) func() ([]byte, error) {
	return func() ([]byte, error) {
		t.Error("a secret was made although there is one")
		return nil, errors.New("made again")
	}
}

func deploy(t *testing.T, c aws.Config, in *secretsmanager.CreateSecretInput) {
	t.Helper()
	if _, err := secretsmanager.NewFromConfig(c).CreateSecret(t.Context(), in); err != nil {
		t.Fatalf("deploy a secret: %v", err)
	}
}
