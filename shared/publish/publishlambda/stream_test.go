package publishlambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queuesqlite "github.com/tierkeep/tierkeep/shared/port/queue/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

// fed reads the feed as the store's adapter does: what was put with the mark f.
func fed(batch lambdaevents.DynamoDBEvent) (items []store.Item, err error) {
	for _, r := range batch.Records {
		image := r.Change.NewImage
		if mark, ok := image["f"]; !ok || mark.DataType() != lambdaevents.DataTypeBoolean || !mark.Boolean() {
			continue
		}
		v, ok := image["v"]
		if !ok || v.DataType() != lambdaevents.DataTypeBinary {
			return nil, errors.New("a row without a value")
		}
		items = append(items, store.Item{Value: v.Binary()})
	}
	return items, nil
}

func newQueue(t testing.TB) queue.Queue {
	t.Helper()
	q, err := queuesqlite.Open(filetest.Open(t), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func next(t *testing.T, q queue.Queue, consumer events.Consumer) []queue.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	got, err := q.Receive(ctx, string(consumer), queue.MaxMessages, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTheSampleOfTheStreamSendsItsEventsOnce(t *testing.T) {
	batch, _ := sample[lambdaevents.DynamoDBEvent](t, "dynamodb-stream.json")
	q := newQueue(t)
	f := publishlambda.Stream(q, fed)
	for range 2 { // the stream brings a batch again after a failure
		if _, err := f(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	got := next(t, q, events.Accounts)
	if len(got) != 1 || got[0].ID != "evt_01KAT1ERKEEP00000000000004" || got[0].Group != "acc_01KAT1ERKEEP00000000000001" {
		t.Fatalf("received %+v", got)
	}
	var e events.Event
	if err := json.Unmarshal(got[0].Body, &e); err != nil {
		t.Fatal(err)
	}
	if ended, err := events.Decode[events.OperationEnded](e); err != nil || ended.State != "needs_attention" {
		t.Errorf("it says %+v, %v", ended, err)
	}
	if err := q.Ack(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	if more := next(t, q, events.Accounts); len(more) > 0 {
		t.Errorf("it came again: %+v", more)
	}
}

func TestWhatStandsBeforeARecordThatCannotBeReadIsSent(t *testing.T) {
	batch, _ := sample[lambdaevents.DynamoDBEvent](t, "dynamodb-stream.json")
	readable, err := fed(batch)
	if err != nil {
		t.Fatal(err)
	}
	unreadable := store.Item{Value: []byte("{")}
	for name, read := range map[string]publishlambda.FeedItems{
		"by the store": func(lambdaevents.DynamoDBEvent) ([]store.Item, error) { return readable, errors.New("odd") },
		"as a change":  func(lambdaevents.DynamoDBEvent) ([]store.Item, error) { return append(readable[:1:1], unreadable), nil },
		"in either way": func(lambdaevents.DynamoDBEvent) ([]store.Item, error) {
			return append(readable[:1:1], unreadable), errors.New("odd")
		},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t)
			if _, err := publishlambda.Stream(q, read)(t.Context(), batch); err == nil {
				t.Error("the batch succeeded")
			}
			if got := next(t, q, events.Accounts); len(got) != 1 {
				t.Errorf("received %+v", got)
			}
		})
	}
}

type refusing struct{ queue.Queue }

var errRefused = errors.New("refused")

func (refusing) Send(context.Context, string, ...queue.Message) error { return errRefused }

func TestABatchThatWasNotSentFailsAsAWhole(t *testing.T) {
	batch, _ := sample[lambdaevents.DynamoDBEvent](t, "dynamodb-stream.json")
	item := func(value string) publishlambda.FeedItems {
		return func(lambdaevents.DynamoDBEvent) ([]store.Item, error) {
			return []store.Item{{Key: store.Key{PK: "T#x#change", SK: "evt_1"}, Value: []byte(value)}}, nil
		}
	}
	tests := map[string]struct {
		queue queue.Queue
		read  publishlambda.FeedItems
		want  string
	}{
		"a queue that refuses":      {refusing{}, fed, "refused"},
		"a row that is no entry":    {refusing{}, item("{"), "read change row T#x#change evt_1"},
		"a stream that is no table": {refusing{}, func(lambdaevents.DynamoDBEvent) ([]store.Item, error) { return nil, errors.New("odd") }, "odd"},
		"a panic":                   {refusing{}, func(lambdaevents.DynamoDBEvent) ([]store.Item, error) { panic("odd") }, "panicked: odd"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := publishlambda.Stream(tt.queue, tt.read)(t.Context(), batch)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), batch.Records[0].Change.SequenceNumber) {
				t.Errorf("got %v, want one that says where and %q", err, tt.want)
			}
		})
	}
}

// counting counts what is sent.
type counting struct {
	queue.Queue
	sent int
}

func (c *counting) Send(_ context.Context, name string, messages ...queue.Message) error {
	if name == "" || len(messages) == 0 || len(messages) > queue.MaxMessages {
		return fmt.Errorf("%d messages to %q", len(messages), name)
	}
	c.sent += len(messages)
	return nil
}

func FuzzStreams(f *testing.F) {
	_, raw := sample[lambdaevents.DynamoDBEvent](f, "dynamodb-stream.json")
	f.Add(raw)
	f.Add([]byte(`{"Records":[{"dynamodb":{"NewImage":{"f":{"BOOL":true},"v":{"B":"e30="}}}}]}`))
	f.Add([]byte(`{"Records":[{},{"dynamodb":null}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var batch lambdaevents.DynamoDBEvent
		if json.Unmarshal(raw, &batch) != nil {
			return
		}
		q := &counting{}
		_, _ = publishlambda.Stream(q, fed)(t.Context(), batch)
	})
}
