package aws_test

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/resources"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// table makes a table of the test's own.
func table(t testing.TB, cfg aws.Config) string {
	t.Helper()
	name := "tierkeep-test-" + strings.ToLower(rand.Text())
	if err := resources.Table(t.Context(), cfg, name); err != nil {
		t.Fatal(err)
	}
	if awstest.Real() {
		t.Cleanup(func() {
			if err := resources.RemoveTable(context.Background(), cfg, name); err != nil {
				t.Errorf("delete the table: %v", err)
			}
		})
	}
	return name
}

func open(t testing.TB, c clock.Clock) *storeaws.Store {
	t.Helper()
	cfg := awstest.Config(t)
	return storeaws.New(cfg, table(t, cfg), c)
}
