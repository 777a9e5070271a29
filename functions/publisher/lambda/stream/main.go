// Command stream is the Lambda function of the table's stream: it sends the events of change rows to their consumers' queues.
package main

import (
	"context"
	"log/slog"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Queues
	}
	f := onaws.Begin(&c, &c.Base)
	// What it fails with is logged as every function's failure is.
	publish := publishlambda.Stream(queueaws.New(f.AWS, c.QueueURL), rows, slog.New(slog.DiscardHandler))
	onaws.Start(f, func(ctx context.Context, batch lambdaevents.DynamoDBEvent) (struct{}, error) {
		return struct{}{}, publish(ctx, batch)
	})
}

// rows are what the stream tells, without the numbers of its records: a batch succeeds or fails as a whole.
func rows(batch lambdaevents.DynamoDBEvent) ([]store.Item, error) {
	changes, err := storeaws.FeedItems(batch)
	items := make([]store.Item, 0, len(changes))
	for _, c := range changes {
		items = append(items, c.Item)
	}
	return items, err
}
