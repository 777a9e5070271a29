package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/change"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/publish"
)

// republish sends the events of every change of a time again, in the order in which the changes were made. What was
// received before is known by its id and changes nothing, for as long as consumers remember ids: 14 days. It reads the
// whole table, which costs as much.
func (i *installation) republish(ctx context.Context, from, to time.Time, out io.Writer) error {
	var found []change.Entry
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(i.aws), &dynamodb.ScanInput{
		TableName: &i.table, FilterExpression: aws.String("attribute_exists(#f)"), ExpressionAttributeNames: map[string]string{"#f": "f"},
		ConsistentRead: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read the table %s: %w", i.table, err)
		}
		entries, err := entriesOf(page.Items)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !e.At.Before(from) && e.At.Before(to) {
				found = append(found, e)
			}
		}
	}
	slices.SortFunc(found, func(a, b change.Entry) int { return strings.Compare(a.ID, b.ID) })
	if err := publish.Publish(ctx, i.queue, found); err != nil {
		return fmt.Errorf("publish again: %w", err)
	}
	_, err := fmt.Fprintf(out, "the events of %d changes were sent again\n", len(found))
	return err
}

// entriesOf reads rows as the publisher does, to which the stream tells each as an insertion.
func entriesOf(rows []map[string]types.AttributeValue) ([]change.Entry, error) {
	var told lambda.DynamoDBEvent
	for _, row := range rows {
		image := map[string]lambda.DynamoDBAttributeValue{}
		for name, v := range row {
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				image[name] = lambda.NewStringAttribute(v.Value)
			case *types.AttributeValueMemberN:
				image[name] = lambda.NewNumberAttribute(v.Value)
			case *types.AttributeValueMemberB:
				image[name] = lambda.NewBinaryAttribute(v.Value)
			case *types.AttributeValueMemberBOOL:
				image[name] = lambda.NewBooleanAttribute(v.Value)
			}
		}
		told.Records = append(told.Records, lambda.DynamoDBEventRecord{
			EventName: string(lambda.DynamoDBOperationTypeInsert), Change: lambda.DynamoDBStreamRecord{NewImage: image},
		})
	}
	items, err := storeaws.FeedItems(told)
	if err != nil {
		return nil, fmt.Errorf("read change rows: %w", err)
	}
	var entries []change.Entry
	for _, item := range items {
		e, err := change.Read(item)
		if err != nil {
			return nil, fmt.Errorf("read change row %s %s: %w", item.PK, item.SK, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
