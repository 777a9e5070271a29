package aws_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

// stream is an event as DynamoDB's stream gives it to a function.
func stream(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/stream.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func streamEvent(t testing.TB) (e events.DynamoDBEvent) {
	t.Helper()
	if err := json.Unmarshal(stream(t), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheStreamTellsNewRowsOfTheFeedInOrder(t *testing.T) {
	got, err := storeaws.FeedItems(streamEvent(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Item{
		{
			Key: store.Key{PK: "T#ten_01#change", SK: "evt_1"}, Value: []byte(`{"action":"account.create"}`), Version: 1, Feed: true,
			ExpiresAt: time.Date(2027, 12, 29, 9, 0, 0, 0, time.UTC),
		},
		{
			Key: store.Key{PK: "T#ten_01#change", SK: "evt_2"}, Value: []byte(`{"name":"Ærø"}`), Version: 1, Feed: true,
			I1: store.IndexKey{PK: "T#ten_01#audit", SK: "2026"}, I2: store.IndexKey{PK: "acc_1", SK: "2026"},
		},
		{Key: store.Key{PK: "T#ten_02#change", SK: "evt_3"}, Version: 1, Feed: true},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARecordThatIsNotToBeUnderstoodIsNamedAndEndsTheRows(t *testing.T) {
	e := streamEvent(t)
	const third = 2
	for name, breakIt := range map[string]func(image map[string]events.DynamoDBAttributeValue){
		"no value":            func(i map[string]events.DynamoDBAttributeValue) { delete(i, "v") },
		"a value of text":     func(i map[string]events.DynamoDBAttributeValue) { i["v"] = events.NewStringAttribute("{}") },
		"no key":              func(i map[string]events.DynamoDBAttributeValue) { delete(i, "sk") },
		"a version in words":  func(i map[string]events.DynamoDBAttributeValue) { i["n"] = events.NewStringAttribute("1") },
		"a fractured version": func(i map[string]events.DynamoDBAttributeValue) { i["n"] = events.NewNumberAttribute("1.5") },
		"an expiry of none":   func(i map[string]events.DynamoDBAttributeValue) { i["x"] = events.NewNumberAttribute("") },
	} {
		e := streamEvent(t)
		breakIt(e.Records[third].Change.NewImage)
		got, err := storeaws.FeedItems(e)
		var at *storeaws.RecordError
		if !errors.As(err, &at) || at.Sequence != e.Records[third].Change.SequenceNumber {
			t.Errorf("%s: got %v, want the record's number", name, err)
		}
		if len(got) != 1 || got[0].SK != "evt_1" {
			t.Errorf("%s: got %v, want the row before it", name, got)
		}
	}
	if got, err := storeaws.FeedItems(events.DynamoDBEvent{}); err != nil || len(got) > 0 {
		t.Errorf("of nothing came %v, %v", got, err)
	}
	delete(e.Records[third].Change.NewImage, "f")
	e.Records[third].Change.NewImage["v"] = events.NewNullAttribute()
	if got, err := storeaws.FeedItems(e); err != nil || len(got) != 2 {
		t.Errorf("a strange row outside the feed: %v, %v", got, err)
	}
}

// FuzzFeedItems hands in events that are none. Whatever comes out is a row that the store could have put.
func FuzzFeedItems(f *testing.F) {
	f.Add(stream(f))
	f.Add([]byte(`{"Records":[{"eventName":"INSERT","dynamodb":{"NewImage":{"f":{"BOOL":true},"pk":null,"v":{"B":null},"n":{"N":"1"}},"SequenceNumber":"1"}}]}`))
	f.Add([]byte(`{"Records":[{"eventName":"INSERT","dynamodb":{"NewImage":{"f":{"BOOL":true},"pk":{"S":""},"sk":{"S":"\u0000"},"v":{"B":"AA=="},"n":{"N":"1e3"}}}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var e events.DynamoDBEvent
		if json.Unmarshal(body, &e) != nil {
			return
		}
		items, err := storeaws.FeedItems(e)
		var at *storeaws.RecordError
		if err != nil && !errors.As(err, &at) {
			t.Fatalf("got %v", err)
		}
		for _, i := range items {
			if !i.Feed || i.Validate() != nil {
				t.Fatalf("got %+v", i)
			}
		}
	})
}
