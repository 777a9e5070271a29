package publishlambda

import (
	"context"
	"errors"
	"fmt"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/publish"
)

// FeedItems reads the rows that a batch of the table's stream put into the feed, in order. With an error come the rows before
// the record that could not be read. The store's adapter has it.
type FeedItems func(batch lambdaevents.DynamoDBEvent) ([]store.Item, error)

// StreamFunction handles a batch of the stream, or fails.
type StreamFunction func(ctx context.Context, batch lambdaevents.DynamoDBEvent) (lambdaevents.DynamoDBEventResponse, error)

// Stream makes the function of the table's stream: it sends the events of the change rows in a batch to their consumers'
// queues. Nothing is passed over: at a record that cannot be read it sends what stands before it, and fails.
//
// It fails with the whole batch, and never answers which record failed: that would save only the repeat of sends, which the
// queues know as doubles, and what ignores the answer, as an emulator does, would take the batch for done. The stream's
// mapping should split a batch that failed, which sets a row that can never be sent apart. The error says where in the
// stream the batch begins.
func Stream(q queue.Queue, read FeedItems) StreamFunction {
	return func(ctx context.Context, batch lambdaevents.DynamoDBEvent) (done lambdaevents.DynamoDBEventResponse, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("publishing panicked: %v", p)
			}
			if err != nil {
				err = fmt.Errorf("publish the %d records from %s on: %w", len(batch.Records), first(batch), err)
			}
		}()
		rows, failed := read(batch)
		entries, unreadable := entriesOf(rows)
		if unreadable != nil {
			failed = unreadable // it stands before what the other one is about
		}
		return done, errors.Join(publish.Publish(ctx, q, entries), failed)
	}
}

// entriesOf returns the entries up to the first row that is none.
func entriesOf(rows []store.Item) (entries []change.Entry, err error) {
	for _, row := range rows {
		e, err := change.Read(row)
		if err != nil {
			return entries, fmt.Errorf("read change row %s %s: %w", row.PK, row.SK, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// first is where in the stream a batch begins.
func first(batch lambdaevents.DynamoDBEvent) string {
	if len(batch.Records) == 0 {
		return ""
	}
	return batch.Records[0].Change.SequenceNumber
}
