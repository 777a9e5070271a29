// Package aws is the adapter of shared/port/queue to SQS: a FIFO queue for each name, and a second one for its dead letters.
//
// It expects of the queues: FIFO, no deduplication by content, and a redrive policy to the queue of the dead letters after
// queue.MaxReceives. Whoever makes them sees to it; the adapter makes none.
package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// Queue implements queue.Queue.
type Queue struct {
	client *sqs.Client
	url    string
}

// New returns the queues whose addresses follow the template: {queue} stands for the name, such as
// https://sqs.eu-west-1.amazonaws.com/123456789012/tierkeep-dev-{queue}.fifo. The dead letters of a queue are in the queue
// <name>-dead.
func New(cfg aws.Config, urlTemplate string) *Queue {
	return &Queue{client: sqs.NewFromConfig(cfg), url: urlTemplate}
}

func (q *Queue) urlOf(name string) *string {
	return aws.String(strings.ReplaceAll(q.url, "{queue}", name))
}

// dead names the queue of another one's dead letters.
func dead(name string) string { return name + "-dead" }

// Ack ends a delivery for good.
func (q *Queue) Ack(ctx context.Context, d queue.Delivery) error {
	handle, err := outHandle(d.Receipt, now())
	if err != nil {
		return err
	}
	attempts := 0
	_, err = q.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: q.urlOf(d.Queue), ReceiptHandle: &handle}, counting(&attempts))
	return ended("acknowledge", d, attempts, err)
}

// Retry makes the message visible again after the delay.
func (q *Queue) Retry(ctx context.Context, d queue.Delivery, delay time.Duration) error {
	delay, err := queue.ValidateDelay(delay)
	if err != nil {
		return err
	}
	at := now()
	handle, err := outHandle(d.Receipt, at)
	if err != nil {
		return err
	}
	if d.Receives >= queue.MaxReceives {
		delay = 0 // nobody tries it again: SQS moves it to the dead letters once it is visible
	}
	delay = min(delay, mayStayHidden(d.Receipt, at))
	attempts := 0
	_, err = q.client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: q.urlOf(d.Queue), ReceiptHandle: &handle, VisibilityTimeout: seconds(delay),
	}, counting(&attempts))
	return ended("retry", d, attempts, err)
}

// ended tells the end of a delivery that came too late from other failures. A refusal while the time of the delivery still
// runs means that an attempt before this one had ended it, and its reply was lost.
func ended(what string, d queue.Delivery, attempts int, err error) error {
	switch {
	case err == nil:
		return nil
	case refusesHandle(err) && attempts > 1 && stillRuns(d.Receipt, now()):
		return nil
	case refusesHandle(err):
		return fmt.Errorf("%s message %s of %s: %w", what, d.ID, d.Queue, queue.ErrExpired)
	}
	return fmt.Errorf("%s message %s of %s: %w", what, d.ID, d.Queue, err)
}

// refusesHandle tells whether SQS no longer takes a receipt handle. A FIFO queue has three words for it: the handle is of an
// earlier delivery, its time ran out, or the message is not out. Nothing else in such a request can be an invalid value: the
// delay was checked before.
func refusesHandle(err error) bool {
	var e smithy.APIError
	if !errors.As(err, &e) {
		return false
	}
	switch e.ErrorCode() {
	case "ReceiptHandleIsInvalid", "InvalidParameterValue", "InvalidParameterValueException",
		"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight":
		return true
	}
	return false
}

// counting counts how often a request is sent.
func counting(attempts *int) func(*sqs.Options) {
	return func(o *sqs.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("tierkeep.attempts",
				func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
					*attempts++
					return next.HandleFinalize(ctx, in)
				}), "Retry", middleware.After)
		})
	}
}

// now is the machine's time: SQS keeps time by itself, and a clock that tests move would be of no use.
func now() time.Time { return clock.System{}.Now() }

func seconds(d time.Duration) int32 { return int32(d / time.Second) }
