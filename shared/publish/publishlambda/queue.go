// Package publishlambda is what Lambda functions are made of that carry events: Queue for a consumer's queue, Stream for the
// table's stream, from which events go to the queues. It knows the shapes of Lambda's events and nothing else of AWS.
package publishlambda

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/publish"
)

// Retrier delays a message that failed. The queue's adapter is one.
type Retrier interface {
	Retry(ctx context.Context, d queue.Delivery, delay time.Duration) error
}

// QueueFunction handles a batch of a queue and tells which messages failed.
type QueueFunction func(ctx context.Context, batch lambdaevents.SQSEvent) (lambdaevents.SQSEventResponse, error)

// Queue makes the function of a consumer's queue. Lambda removes the messages that do not stand among the failures.
//
//   - Once a message of a group failed, all that stand behind it in its group count as failed without being tried; other
//     groups go on, side by side.
//   - A message that failed, or panicked, comes again after publish.Backoff, and so does what stands behind it. Where the
//     delay cannot be set it comes after the queue's own time.
//   - What the function had no time for counts as failed.
//
// A message that was not tried has been received all the same, and SQS counts: behind one that always fails it would be a
// dead letter before its turn came. So the queue's mapping gives a function one message at a time, and the rule above is for
// a mapping that does not.
func Queue(consumer events.Consumer, handle publish.Handler, retry Retrier, log *slog.Logger) QueueFunction {
	f := function{consumer: consumer, handle: handle, retry: retry, log: log}
	return func(ctx context.Context, batch lambdaevents.SQSEvent) (lambdaevents.SQSEventResponse, error) {
		// Never nil: an emulator takes null for a batch that failed.
		return lambdaevents.SQSEventResponse{BatchItemFailures: append([]lambdaevents.SQSBatchItemFailure{}, f.batch(ctx, batch.Records)...)}, nil
	}
}

type function struct {
	consumer events.Consumer
	handle   publish.Handler
	retry    Retrier
	log      *slog.Logger
}

func (f function) batch(ctx context.Context, records []lambdaevents.SQSMessage) (failures []lambdaevents.SQSBatchItemFailure) {
	ctx, cancel := withTimeToTell(ctx)
	defer cancel()
	groups := map[string][]lambdaevents.SQSMessage{}
	for _, r := range records {
		group := r.Attributes["MessageGroupId"]
		groups[group] = append(groups[group], r)
	}
	var (
		all sync.WaitGroup
		mu  sync.Mutex
	)
	for _, group := range groups {
		all.Go(func() {
			failed := f.group(ctx, group)
			mu.Lock()
			defer mu.Unlock()
			for _, r := range failed {
				failures = append(failures, lambdaevents.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			}
		})
	}
	all.Wait()
	return failures
}

// withTimeToTell ends a little before Lambda ends the function, so that what failed can still be told.
func withTimeToTell(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(2*time.Second, end.Sub(clock.System{}.Now())/5)))
}

// group handles the messages of one group in order and returns the first that failed with all behind it.
func (f function) group(ctx context.Context, records []lambdaevents.SQSMessage) (failed []lambdaevents.SQSMessage) {
	for n, r := range records {
		err := ctx.Err()
		if err == nil {
			err = publish.Handle(ctx, f.consumer, f.handle, []byte(r.Body))
		}
		if err == nil {
			continue
		}
		d := f.delivery(r)
		f.log.WarnContext(ctx, "consume", "queue", f.consumer, "message", d.ID, "receives", d.Receives, "error", err)
		f.delay(ctx, records[n:], publish.Backoff(d.Receives))
		return records[n:]
	}
	return nil
}

// delay sets when messages come again. While one of a group is out the others of it do not come, so all are set.
func (f function) delay(ctx context.Context, records []lambdaevents.SQSMessage, delay time.Duration) {
	ctx = context.WithoutCancel(ctx)
	for _, r := range records {
		d := f.delivery(r)
		if err := f.retry.Retry(ctx, d, delay); err != nil && !errors.Is(err, queue.ErrExpired) {
			f.log.ErrorContext(ctx, "retry", "queue", f.consumer, "message", d.ID, "error", err)
		}
	}
}

// delivery is a record in the port's words. Where SQS does not say how often it was received, this is the first time.
func (f function) delivery(r lambdaevents.SQSMessage) queue.Delivery {
	receives, err := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
	if err != nil || receives < 1 {
		receives = 1
	}
	return queue.Delivery{
		Message: queue.Message{
			ID: r.Attributes["MessageDeduplicationId"], Group: r.Attributes["MessageGroupId"], Body: []byte(r.Body),
		},
		Queue: string(f.consumer), Receipt: r.ReceiptHandle, Receives: receives,
	}
}
