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

// Send puts messages at the end of their groups.
//
// SQS keeps the order within a batch, but takes each entry by itself: the first of a group may be refused and the second
// taken, and then no repeat brings them in order. So a request carries at most one message of each group, and the next of a
// group goes out when the one before it was taken.
func (q *Queue) Send(ctx context.Context, name string, messages ...queue.Message) error {
	if err := queue.ValidateSend(name, messages); err != nil {
		return err
	}
	var letters []letter
	known := map[string]bool{}
	for _, m := range messages {
		if !known[m.ID] { // the first of an ID counts, in whichever request it would go out
			letters = append(letters, letter{Message: m, dedup: m.ID})
		}
		known[m.ID] = true
	}
	_, err := q.send(ctx, name, letters)
	return err
}

// letter is a message with the ID by which SQS tells doubles apart. That is the message's own, unless it is sent anew on
// purpose.
type letter struct {
	queue.Message
	dedup string
	taken bool
}

// send sends letters, each group in order, and marks those that were taken. On an error it goes on with other groups, not
// with what stands behind a letter that was not taken.
func (q *Queue) send(ctx context.Context, name string, letters []letter) (taken int, err error) {
	stuck := map[string]bool{}
	for _, round := range rounds(letters) {
		for _, request := range requests(round) {
			var going []*letter
			for _, l := range request {
				if !stuck[l.Group] {
					going = append(going, l)
				}
			}
			if failed := q.sendBatch(ctx, name, going); failed != nil {
				err = errors.Join(err, failed)
			}
			for _, l := range going {
				if l.taken {
					taken++
				} else {
					stuck[l.Group] = true
				}
			}
		}
	}
	return taken, err
}

// rounds splits letters: the first of every group, the second of every group, and so on.
func rounds(letters []letter) (all [][]*letter) {
	seen := map[string]int{}
	for i := range letters {
		n := seen[letters[i].Group]
		seen[letters[i].Group]++
		if n == len(all) {
			all = append(all, nil)
		}
		all[n] = append(all[n], &letters[i])
	}
	return all
}

// requests splits letters further, so that each request stays within what SQS takes at once. Whatever is larger alone was
// refused before.
func requests(letters []*letter) (all [][]*letter) {
	const most = queue.MaxBodyBytes
	size := 0
	for _, l := range letters {
		if len(all) == 0 || size+l.size() > most || len(all[len(all)-1]) == queue.MaxMessages {
			all, size = append(all, nil), 0
		}
		all[len(all)-1] = append(all[len(all)-1], l)
		size += l.size()
	}
	return all
}

func (l *letter) size() int {
	size := len(l.Body)
	for name, a := range l.attributes() {
		size += len(name) + len(aws.ToString(a.DataType)) + len(aws.ToString(a.StringValue))
	}
	return size
}

// attributes carry the message's ID where it is not the one by which SQS tells doubles apart.
func (l *letter) attributes() map[string]types.MessageAttributeValue {
	if l.dedup == l.ID {
		return nil
	}
	return map[string]types.MessageAttributeValue{idAttribute: {DataType: aws.String("String"), StringValue: &l.ID}}
}

const idAttribute = "id"

const (
	sendAttempts = 3
	firstPause   = 50 * time.Millisecond
)

// sendBatch sends letters of different groups in one request, and again those that were refused for reasons of SQS's own. A
// letter that was taken without our hearing of it is sent again, which delivers nothing.
func (q *Queue) sendBatch(ctx context.Context, name string, letters []*letter) error {
	for attempt := 1; len(letters) > 0; attempt++ {
		out, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: q.urlOf(name), Entries: entries(letters)})
		if err != nil {
			return fmt.Errorf("send to %s: %w", name, err)
		}
		for _, ok := range out.Successful {
			if n, err := strconv.Atoi(aws.ToString(ok.Id)); err == nil && n < len(letters) {
				letters[n].taken = true
			}
		}
		again := letters[:0:0]
		for _, l := range letters {
			if !l.taken {
				again = append(again, l)
			}
		}
		if letters = again; len(letters) == 0 {
			return nil
		}
		if refused := refusal(out.Failed); refused != nil || attempt == sendAttempts {
			return fmt.Errorf("send to %s: %d of a batch were not taken: %w", name, len(letters), errors.Join(errNotTaken, refused))
		}
		if err := pause(ctx, firstPause<<attempt); err != nil {
			return fmt.Errorf("send to %s: %w", name, err)
		}
	}
	return nil
}

var errNotTaken = errors.New("SQS did not take it")

// refusal is what SQS says about entries that it will never take.
func refusal(failed []types.BatchResultErrorEntry) (err error) {
	for _, f := range failed {
		if f.SenderFault {
			err = errors.Join(err, fmt.Errorf("%s: %s", aws.ToString(f.Code), aws.ToString(f.Message)))
		}
	}
	return err
}

// entries makes a batch, in which a letter's place is its name.
func entries(letters []*letter) []types.SendMessageBatchRequestEntry {
	all := make([]types.SendMessageBatchRequestEntry, 0, len(letters))
	for n, l := range letters {
		all = append(all, types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(n)), MessageBody: aws.String(string(l.Body)), MessageGroupId: aws.String(l.Group),
			MessageDeduplicationId: aws.String(l.dedup), MessageAttributes: l.attributes(),
		})
	}
	return all
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
