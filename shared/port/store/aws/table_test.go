package aws_test

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/awstest/resources"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// table makes a table of the test's own.
func table(t testing.TB, cfg aws.Config) string {
	t.Helper()
	if awstest.Kind() == emulator.LocalStack && !hasTables(cfg) {
		awstest.Lacking(t, "tables of DynamoDB, whose server it fetches from the Internet")
	}
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

var (
	asking    sync.Once
	hasServer bool
)

// hasTables asks an endpoint that may lack DynamoDB, once.
func hasTables(cfg aws.Config) bool {
	asking.Do(func() {
		const patience = 30 * time.Second
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := dynamodb.NewFromConfig(cfg).ListTables(ctx, &dynamodb.ListTablesInput{})
		hasServer = err == nil
	})
	return hasServer
}
