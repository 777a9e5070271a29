package awstest_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// onlyMinistack keeps a gap's test to the endpoint whose gap it is.
func onlyMinistack(t *testing.T) {
	t.Helper()
	if awstest.Real() || awstest.Kind() != emulator.Ministack {
		t.Skip("tells the gaps of ministack")
	}
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

// What the adapter of the queue does without: it replays dead letters by receiving and sending.
func TestGapDeadLettersCannotBeMoved(t *testing.T) {
	onlyMinistack(t)
	t.Parallel()
	_, err := sqs.NewFromConfig(awstest.Config(t)).StartMessageMoveTask(t.Context(), &sqs.StartMessageMoveTaskInput{
		SourceArn: aws.String("arn:aws:sqs:us-east-1:000000000000:x"),
	})
	awstest.Gap(t, "SQS: StartMessageMoveTask exists", code(err) != "InvalidAction")
}

// What the adapter of the store proves by reading: it names every attribute by a placeholder, and no path twice.
func TestGapExpressionsAreNotHeldToTheRules(t *testing.T) {
	onlyMinistack(t)
	t.Parallel()
	d := dynamodb.NewFromConfig(awstest.Config(t))
	_, err := d.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("gaps"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	update := func(expression string) error {
		one := &types.AttributeValueMemberS{Value: "1"}
		_, err := d.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: aws.String("gaps"), Key: map[string]types.AttributeValue{"pk": one}, UpdateExpression: &expression,
			ExpressionAttributeValues: map[string]types.AttributeValue{":v": one},
		})
		return err
	}
	awstest.Gap(t, "DynamoDB: the reserved word size is refused", update("SET size = :v") != nil)
	awstest.Gap(t, "DynamoDB: two overlapping paths are refused", update("SET a = :v, a = :v") != nil)
}

// What the adapter of the schedule does without: it reads what stands under a name when making it fails.
func TestGapSchedulesAreNotHeldToTheRules(t *testing.T) {
	onlyMinistack(t)
	t.Parallel()
	s := scheduler.NewFromConfig(awstest.Config(t))
	create := func(name, expression string) error {
		_, err := s.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
			Name: &name, ClientToken: aws.String("token-" + name), ScheduleExpression: &expression,
			FlexibleTimeWindow: &schedulertypes.FlexibleTimeWindow{Mode: schedulertypes.FlexibleTimeWindowModeOff},
			Target: &schedulertypes.Target{
				Arn: aws.String("arn:aws:sqs:us-east-1:000000000000:q"), RoleArn: aws.String("arn:aws:iam::000000000000:role/r"),
			},
		})
		return err
	}
	awstest.Gap(t, "Scheduler: an expression that is none is refused", create("a", "soon") != nil)
	if err := create("b", "rate(1 day)"); err != nil {
		t.Fatal(err)
	}
	err := create("b", "rate(1 day)")
	awstest.Gap(t, "Scheduler: a repeat under the same token succeeds", err == nil || !strings.Contains(code(err), "Conflict"))
}
