package aws_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// provision makes the table as the infrastructure does, without what the store itself does not use: stream, expiry by
// DynamoDB, backups.
func provision(ctx context.Context, cfg aws.Config, table string) error {
	text := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS}
	}
	keys := func(pk, sk string) []types.KeySchemaElement {
		return []types.KeySchemaElement{
			{AttributeName: aws.String(pk), KeyType: types.KeyTypeHash}, {AttributeName: aws.String(sk), KeyType: types.KeyTypeRange},
		}
	}
	index := func(name, pk, sk string) types.GlobalSecondaryIndex {
		return types.GlobalSecondaryIndex{
			IndexName: aws.String(name), KeySchema: keys(pk, sk),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}
	}
	c := dynamodb.NewFromConfig(cfg)
	_, err := c.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: types.BillingModePayPerRequest, KeySchema: keys("pk", "sk"),
		AttributeDefinitions:   []types.AttributeDefinition{text("pk"), text("sk"), text("i1pk"), text("i1sk"), text("i2pk"), text("i2sk")},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{index("first", "i1pk", "i1sk"), index("second", "i2pk", "i2sk")},
	})
	if err != nil {
		return fmt.Errorf("make the table %s: %w", table, err)
	}
	const patience = 5 * time.Minute
	return dynamodb.NewTableExistsWaiter(c).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &table}, patience)
}

// table makes a table of the test's own.
func table(t testing.TB, cfg aws.Config) string {
	t.Helper()
	name := "tierkeep-test-" + strings.ToLower(rand.Text())
	if err := provision(t.Context(), cfg, name); err != nil {
		t.Fatal(err)
	}
	if awstest.Real() {
		t.Cleanup(func() {
			_, err := dynamodb.NewFromConfig(cfg).DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name})
			if err != nil {
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
