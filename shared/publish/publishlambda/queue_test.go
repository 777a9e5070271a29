package publishlambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func sample[E any](t testing.TB, name string) (e E, raw []byte) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e, raw
}

// delays records what was delayed.
type delays struct {
	mu  sync.Mutex
	all map[string]time.Duration // by receipt
	err error
}

func (d *delays) Retry(_ context.Context, of queue.Delivery, delay time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[string]time.Duration{}
	}
	d.all[of.Receipt] = delay
	return d.err
}

// record is a message of a batch, received once.
func record(group string, n int) lambdaevents.SQSMessage {
	id := fmt.Sprint(group, n)
	body, _ := json.Marshal(events.Event{ID: id, Subject: group, RequestID: "req_" + id})
	return lambdaevents.SQSMessage{
		MessageId: "sqs-" + id, ReceiptHandle: "receipt-" + id, Body: string(body),
		Attributes: map[string]string{"MessageGroupId": group, "MessageDeduplicationId": id, "ApproximateReceiveCount": "1"},
	}
}

func batchOf(records ...lambdaevents.SQSMessage) lambdaevents.SQSEvent {
	return lambdaevents.SQSEvent{Records: records}
}

func run(t *testing.T, handle publish.Handler, d *delays, batch lambdaevents.SQSEvent) []string {
	t.Helper()
	reply, err := publishlambda.Queue(events.Accounts, handle, d, slog.New(slog.DiscardHandler))(t.Context(), batch)
	if err != nil {
		t.Fatalf("the function failed: %v", err)
	}
	if reply.BatchItemFailures == nil {
		t.Fatal("the failures are nil")
	}
	failed := []string{}
	for _, f := range reply.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	slices.Sort(failed)
	return failed
}

func TestTheSampleOfABatchIsHandledInTheOrderOfItsGroups(t *testing.T) {
	batch, _ := sample[lambdaevents.SQSEvent](t, "sqs.json")
	var mu sync.Mutex
	came := map[string][]int64{}
	failed := run(t, func(ctx context.Context, e events.Event) error {
		ended, err := events.Decode[events.OperationEnded](e)
		if err != nil {
			return err
		}
		if p, _ := authz.From(ctx); p.Actor() != authz.System("accounts").Actor() {
			t.Errorf("it runs as %s", p.Actor())
		}
		if got := change.RequestFrom(ctx).ID; got != "req_1" {
			t.Errorf("it follows request %q", got)
		}
		mu.Lock()
		defer mu.Unlock()
		came[ended.Account] = append(came[ended.Account], e.SubjectVersion)
		return nil
	}, &delays{}, batch)
	want := map[string][]int64{"acc_01KAT1ERKEEP00000000000001": {1, 2}, "acc_01KAT1ERKEEP00000000000002": {3}}
	if diff := cmp.Diff(want, came); diff != "" || len(failed) > 0 {
		t.Errorf("failed %v (-want +got):\n%s", failed, diff)
	}
}

func TestBehindAFailureItsGroupWaitsAndOthersGoOn(t *testing.T) {
	var mu sync.Mutex
	var tried []string
	d := &delays{}
	failed := run(t, func(_ context.Context, e events.Event) error {
		mu.Lock()
		defer mu.Unlock()
		tried = append(tried, e.ID)
		if e.ID == "a2" {
			return errors.New("no")
		}
		return nil
	}, d, batchOf(record("a", 1), record("b", 1), record("a", 2), record("b", 2), record("a", 3)))
	slices.Sort(tried)
	if diff := cmp.Diff([]string{"a1", "a2", "b1", "b2"}, tried); diff != "" {
		t.Errorf("tried (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"sqs-a2", "sqs-a3"}, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]time.Duration{"receipt-a2": time.Second, "receipt-a3": time.Second}, d.all); diff != "" {
		t.Errorf("delayed (-want +got):\n%s", diff)
	}
}

func TestWhatFailsComesAgainLaterEachTime(t *testing.T) {
	for receives, want := range map[string]time.Duration{
		"1": time.Second, "2": 4 * time.Second, "3": 16 * time.Second, "4": 64 * time.Second, "": time.Second, "many": time.Second,
	} {
		d, r := &delays{}, record("a", 1)
		r.Attributes["ApproximateReceiveCount"] = receives
		run(t, func(context.Context, events.Event) error { return errors.New("no") }, d, batchOf(r))
		if got := d.all["receipt-a1"]; got != want {
			t.Errorf("receive %q is followed by %s, want %s", receives, got, want)
		}
	}
}

func TestWhatCannotBeHandledFails(t *testing.T) {
	unreadable := record("a", 1)
	unreadable.Body = "{"
	tests := map[string]struct {
		give   lambdaevents.SQSMessage
		handle publish.Handler
		delays *delays
	}{
		"a panic":                          {record("a", 1), func(context.Context, events.Event) error { panic("no") }, &delays{}},
		"a body that is no event":          {unreadable, func(context.Context, events.Event) error { return nil }, &delays{}},
		"a delay that cannot be set":       {record("a", 1), func(context.Context, events.Event) error { panic("no") }, &delays{err: errors.New("no")}},
		"a delivery whose time has passed": {record("a", 1), func(context.Context, events.Event) error { panic("no") }, &delays{err: queue.ErrExpired}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{"sqs-a1"}, run(t, tt.handle, tt.delays, batchOf(tt.give))); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnEmptyBatchFailsInNothing(t *testing.T) {
	if failed := run(t, nil, &delays{}, batchOf()); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
}

func TestWhatTheFunctionHasNoTimeForIsToldBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		slow := func(ctx context.Context, e events.Event) error {
			if e.ID == "a1" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		f := publishlambda.Queue(events.Accounts, slow, &delays{}, slog.New(slog.DiscardHandler))
		reply, err := f(ctx, batchOf(record("a", 1), record("a", 2), record("a", 3)))
		if err != nil || len(reply.BatchItemFailures) != 2 || ctx.Err() != nil {
			t.Errorf("%v, %v; the function's time: %v", reply, err, ctx.Err())
		}
	})
}

func FuzzBatches(f *testing.F) {
	_, raw := sample[lambdaevents.SQSEvent](f, "sqs.json")
	f.Add(raw, "acc_01KAT1ERKEEP00000000000001")
	f.Add([]byte(`{"Records":[{"messageId":"1"},{"messageId":"1","body":"{}","attributes":null}]}`), "")
	f.Add([]byte(`{"Records":null}`), "x")
	f.Fuzz(func(t *testing.T, raw []byte, bad string) {
		var batch lambdaevents.SQSEvent
		if json.Unmarshal(raw, &batch) != nil {
			return
		}
		var mu sync.Mutex
		succeeded := 0
		failed := run(t, func(_ context.Context, e events.Event) error {
			if e.Subject == bad {
				panic("bad")
			}
			mu.Lock()
			defer mu.Unlock()
			succeeded++
			return nil
		}, &delays{}, batch)
		if succeeded+len(failed) != len(batch.Records) {
			t.Errorf("of %d messages %d succeeded and %d failed", len(batch.Records), succeeded, len(failed))
		}
		for _, id := range failed {
			if !slices.ContainsFunc(batch.Records, func(r lambdaevents.SQSMessage) bool { return r.MessageId == id }) {
				t.Errorf("%q failed, which was not sent", id)
			}
		}
	})
}

func TestWhatFailsIsLoggedByItsEventAlsoWhenItWasSentAnew(t *testing.T) {
	anew := record("a", 1)
	anew.Attributes["MessageDeduplicationId"] = "replay-5f0c" // another one, so that the queue takes it
	anew.Body = `{"id":"evt_lost","request_id":"req_first"}`
	var log bytes.Buffer
	fail := func(context.Context, events.Event) error { return errors.New("no") }
	f := publishlambda.Queue(events.Accounts, fail, &delays{}, slog.New(slog.NewJSONHandler(&log, nil)))
	if _, err := f(t.Context(), batchOf(anew)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "evt_lost") {
		t.Error(log.String())
	}
}
