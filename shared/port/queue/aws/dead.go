package aws

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tierkeep/tierkeep/shared/port/queue"
)

const (
	glance    = time.Second // how long SQS looks for dead letters: long enough to ask all of its servers
	looking   = 5 * time.Second
	replaying = time.Minute // how long dead letters are out while they are sent again
)

// Dead returns how many dead letters a queue has and the oldest of them.
//
// There is no way to see them but to receive them: they are given back at once, in the order that they had, and after a
// crash they come back by themselves. How many there are SQS says only about, up to a minute behind; never fewer than are
// seen.
func (q *Queue) Dead(ctx context.Context, name string) (int, []queue.Message, error) {
	count, err := q.deadCount(ctx, name)
	if err != nil {
		return 0, nil, err
	}
	letters, err := q.takeDead(ctx, name, looking)
	if err != nil {
		return 0, nil, err
	}
	q.giveBackDead(ctx, name, letters)
	var oldest []queue.Message
	for _, m := range letters {
		oldest = append(oldest, messageOf(m))
	}
	return max(count, len(oldest)), oldest, nil
}

func (q *Queue) deadCount(ctx context.Context, name string) (count int, err error) {
	visible := types.QueueAttributeNameApproximateNumberOfMessages
	hidden := types.QueueAttributeNameApproximateNumberOfMessagesNotVisible // while they are replayed
	out, err := q.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: q.urlOf(dead(name)), AttributeNames: []types.QueueAttributeName{visible, hidden},
	})
	if err != nil {
		return 0, fmt.Errorf("count the dead letters of %s: %w", name, err)
	}
	for _, attribute := range []types.QueueAttributeName{visible, hidden} {
		n, err := strconv.Atoi(out.Attributes[string(attribute)])
		if err != nil {
			return 0, fmt.Errorf("count the dead letters of %s: %w", name, err)
		}
		count += n
	}
	return count, nil
}

func (q *Queue) takeDead(ctx context.Context, name string, visible time.Duration) ([]types.Message, error) {
	out, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: q.urlOf(dead(name)), MaxNumberOfMessages: queue.MaxMessages, VisibilityTimeout: seconds(visible),
		WaitTimeSeconds: seconds(glance), MessageSystemAttributeNames: told, MessageAttributeNames: []string{idAttribute},
	})
	if err != nil {
		return nil, fmt.Errorf("read the dead letters of %s: %w", name, err)
	}
	return out.Messages, nil
}

// Replay sends every dead letter again and then removes it from among them.
//
// A letter gets another ID against doubles, for SQS may remember its own; the message keeps its ID in an attribute. The other
// one is made of SQS's name for the dead letter, which is of this one death: a Replay that was cut off sends no letter twice
// that it had sent within five minutes.
func (q *Queue) Replay(ctx context.Context, name string) (replayed int, err error) {
	for {
		letters, err := q.takeDead(ctx, name, replaying)
		if err != nil || len(letters) == 0 {
			return replayed, err
		}
		n, err := q.replay(ctx, name, letters)
		replayed += n
		if err != nil {
			return replayed, err
		}
	}
}

// replay returns how many of the dead letters were sent and removed. What could not be sent goes back to the dead letters.
func (q *Queue) replay(ctx context.Context, name string, dying []types.Message) (int, error) {
	letters := make([]letter, 0, len(dying))
	for _, m := range dying {
		letters = append(letters, letter{Message: messageOf(m), dedup: "replay-" + aws.ToString(m.MessageId)})
	}
	_, err := q.send(ctx, name, letters)
	var sent, kept []types.Message
	for i, l := range letters {
		if l.taken {
			sent = append(sent, dying[i])
		} else {
			kept = append(kept, dying[i])
		}
	}
	removed, failed := q.removeDead(ctx, name, sent)
	q.giveBackDead(ctx, name, kept)
	return removed, errors.Join(err, failed)
}

func (q *Queue) removeDead(ctx context.Context, name string, letters []types.Message) (removed int, err error) {
	for attempt := 1; len(letters) > 0; attempt++ {
		in := &sqs.DeleteMessageBatchInput{QueueUrl: q.urlOf(dead(name))}
		for n, m := range letters {
			in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(n)), ReceiptHandle: m.ReceiptHandle})
		}
		out, err := q.client.DeleteMessageBatch(ctx, in)
		if err != nil {
			return removed, fmt.Errorf("remove the dead letters of %s: %w", name, err)
		}
		removed += len(out.Successful)
		var again []types.Message
		for _, f := range out.Failed {
			if n, err := strconv.Atoi(aws.ToString(f.Id)); err == nil && n < len(letters) {
				again = append(again, letters[n])
			}
		}
		if letters = again; len(letters) == 0 {
			return removed, nil
		}
		if attempt == sendAttempts {
			return removed, fmt.Errorf("remove the dead letters of %s: %d were sent again and are still there", name, len(letters))
		}
		if err := pause(ctx, firstPause<<attempt); err != nil {
			return removed, fmt.Errorf("remove the dead letters of %s: %w", name, err)
		}
	}
	return removed, nil
}

// giveBackDead makes letters visible again at once. Where that fails they become so when their time runs out.
func (q *Queue) giveBackDead(ctx context.Context, name string, letters []types.Message) {
	if len(letters) == 0 {
		return
	}
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: q.urlOf(dead(name))}
	for n, m := range letters {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(n)), ReceiptHandle: m.ReceiptHandle})
	}
	_, _ = q.client.ChangeMessageVisibilityBatch(ctx, in)
}
