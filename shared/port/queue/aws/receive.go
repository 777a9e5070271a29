package aws

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

const (
	longestPoll = 20 * time.Second // that SQS allows, in whole seconds
	lookAgain   = 200 * time.Millisecond
)

// Receive waits for messages and takes them.
//
// It takes them one by one. Asked for several, SQS gives as many of one group as it can, and each of those counts as
// received: given back untried, it would be a dead letter before its turn came. While one of a group is out SQS gives no
// other of it, so that one by one they are of different groups.
func (q *Queue) Receive(ctx context.Context, name string, most int, visible time.Duration) ([]queue.Delivery, error) {
	visible, err := queue.ValidateReceive(name, most, visible)
	if err != nil {
		return nil, err
	}
	first, found, err := q.wait(ctx, name, visible)
	if !found {
		return nil, err
	}
	taken := []queue.Delivery{first}
	for len(taken) < most {
		d, found, err := q.poll(ctx, name, visible, 0)
		if err != nil || !found {
			break // what was taken must not be lost; the next Receive meets the error
		}
		taken = append(taken, d)
	}
	return taken, nil
}

// wait takes a message as soon as there is one. When the context ends first it finds none, which is no error.
func (q *Queue) wait(ctx context.Context, name string, visible time.Duration) (d queue.Delivery, found bool, err error) {
	for ctx.Err() == nil {
		wait := longestPoll
		if deadline, ok := ctx.Deadline(); ok {
			wait = max(0, min(wait, deadline.Sub(now()).Truncate(time.Second)))
		}
		d, found, err = q.poll(ctx, name, visible, wait)
		if found {
			return d, true, nil
		}
		if err != nil && ctx.Err() == nil {
			return queue.Delivery{}, false, err
		}
		if wait == 0 {
			_ = pause(ctx, lookAgain)
		}
	}
	return queue.Delivery{}, false, nil
}

type answer struct {
	delivery queue.Delivery
	found    bool
	err      error
}

// poll asks for a message and lets SQS wait for one. SQS does not hear that the context ended and may still give a message:
// that one is given back, or its group would wait until its time ran out.
func (q *Queue) poll(ctx context.Context, name string, visible, wait time.Duration) (queue.Delivery, bool, error) {
	if ctx.Err() != nil {
		return queue.Delivery{}, false, ctx.Err()
	}
	came := make(chan answer, 1)
	go func() {
		var a answer
		a.delivery, a.found, a.err = q.receive(context.WithoutCancel(ctx), name, visible, wait)
		came <- a
	}()
	select {
	case a := <-came:
		return a.delivery, a.found, a.err
	case <-ctx.Done():
		go func() {
			if a := <-came; a.found {
				_ = q.Retry(context.WithoutCancel(ctx), a.delivery, 0) // else it comes again by itself
			}
		}()
		return queue.Delivery{}, false, ctx.Err()
	}
}

// receive is one request. Its attempts bear one ID, by which SQS repeats a reply that was lost.
func (q *Queue) receive(ctx context.Context, name string, visible, wait time.Duration) (queue.Delivery, bool, error) {
	out, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: q.urlOf(name), MaxNumberOfMessages: 1, VisibilityTimeout: seconds(visible), WaitTimeSeconds: seconds(wait),
		MessageSystemAttributeNames: told, MessageAttributeNames: []string{idAttribute},
		ReceiveRequestAttemptId: aws.String(rand.Text()),
	})
	if err != nil {
		return queue.Delivery{}, false, fmt.Errorf("receive from %s: %w", name, err)
	}
	if len(out.Messages) == 0 {
		return queue.Delivery{}, false, nil
	}
	m := out.Messages[0]
	receives, err := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		return queue.Delivery{}, false, fmt.Errorf("receive from %s: the count of receives: %w", name, err)
	}
	return queue.Delivery{
		Message: messageOf(m), Queue: name, Receives: receives,
		Receipt: receipt(now(), visible, aws.ToString(m.ReceiptHandle)),
	}, true, nil
}

// told is what SQS is asked to tell about a message.
var told = []types.MessageSystemAttributeName{
	types.MessageSystemAttributeNameApproximateReceiveCount,
	types.MessageSystemAttributeNameMessageDeduplicationId,
	types.MessageSystemAttributeNameMessageGroupId,
}

func messageOf(m types.Message) queue.Message {
	id := m.Attributes[string(types.MessageSystemAttributeNameMessageDeduplicationId)]
	if own, ok := m.MessageAttributes[idAttribute]; ok {
		id = aws.ToString(own.StringValue)
	}
	return queue.Message{
		ID: id, Group: m.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)], Body: []byte(aws.ToString(m.Body)),
	}
}
