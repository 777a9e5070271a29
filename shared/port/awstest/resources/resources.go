// Package resources makes, for tests on an endpoint, the table and the queues that the stack makes in production, alike in
// all that the adapters rely on.
package resources

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// tableWithin is how long a new table may take until it can be used.
const tableWithin = 2 * time.Minute

// Table makes the single table.
func Table(ctx context.Context, cfg aws.Config, name string) error {
	d := dynamodb.NewFromConfig(cfg)
	key := func(pk, sk string) []types.KeySchemaElement {
		return []types.KeySchemaElement{
			{AttributeName: aws.String(pk), KeyType: types.KeyTypeHash}, {AttributeName: aws.String(sk), KeyType: types.KeyTypeRange},
		}
	}
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: key("pk", "sk")}
	for _, attribute := range []string{"pk", "sk", "i1pk", "i1sk", "i2pk", "i2sk"} {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(attribute), AttributeType: types.ScalarAttributeTypeS,
		})
	}
	for index, keys := range map[string]string{"first": "i1", "second": "i2"} {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(index), KeySchema: key(keys+"pk", keys+"sk"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		})
	}
	_, err := d.CreateTable(ctx, in)
	if made := new(types.ResourceInUseException); err != nil && !errors.As(err, &made) { // a retry may meet its own table
		return fmt.Errorf("make table %s: %w", name, err)
	}
	if err := dynamodb.NewTableExistsWaiter(d).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, tableWithin); err != nil {
		return fmt.Errorf("wait for table %s: %w", name, err)
	}
	return nil
}

// RemoveTable removes it again.
func RemoveTable(ctx context.Context, cfg aws.Config, name string) error {
	_, err := dynamodb.NewFromConfig(cfg).DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
	return err
}

// Queue makes a queue with its dead letters, and returns the address of a queue with {queue} in the place of its name.
func Queue(ctx context.Context, cfg aws.Config, prefix, name string) (urlTemplate string, err error) {
	client := sqs.NewFromConfig(cfg)
	dead, err := fifo(ctx, client, prefix+name+"-dead.fifo", nil)
	if err != nil {
		return "", err
	}
	about, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &dead, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn}})
	if err != nil {
		return "", fmt.Errorf("look at queue %s: %w", dead, err)
	}
	redrive, err := json.Marshal(map[string]string{
		"deadLetterTargetArn": about.Attributes["QueueArn"], "maxReceiveCount": strconv.Itoa(queue.MaxReceives),
	})
	if err != nil {
		return "", err
	}
	url, err := fifo(ctx, client, prefix+name+".fifo", map[string]string{"RedrivePolicy": string(redrive)})
	if err != nil {
		return "", err
	}
	return url[:len(url)-len(name+".fifo")] + "{queue}.fifo", nil
}

func fifo(ctx context.Context, client *sqs.Client, name string, attributes map[string]string) (string, error) {
	all := map[string]string{"FifoQueue": "true"}
	for k, v := range attributes {
		all[k] = v
	}
	made, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: all})
	if err != nil {
		return "", fmt.Errorf("make queue %s: %w", name, err)
	}
	return *made.QueueUrl, nil
}
