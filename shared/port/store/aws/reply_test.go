package aws_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

// scripted is a store over an endpoint that gives these replies, one after another and the last one again and again.
// It returns the requests that came.
func scripted(t *testing.T, replies ...string) (*storeaws.Store, func() []string) {
	t.Helper()
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests = append(requests, string(body))
		reply := replies[min(len(requests), len(replies))-1]
		if strings.Contains(reply, "__type") {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, reply)
	}))
	t.Cleanup(server.Close)
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: aws.AnonymousCredentials{}}
	return storeaws.New(cfg, "t", clock.NewFake(time.Now())), func() []string { return requests }
}

func cancelledFor(codes ...string) string {
	var reasons []map[string]string
	for _, c := range codes {
		reasons = append(reasons, map[string]string{"Code": c})
	}
	b, err := json.Marshal(map[string]any{"__type": "TransactionCanceledException", "CancellationReasons": reasons})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestWhyATransactionWasCancelled(t *testing.T) {
	const failed, none, conflict, throttled = "ConditionalCheckFailed", "None", "TransactionConflict", "ThrottlingError"
	one, two := store.Key{PK: "T#1", SK: "1"}, store.Key{PK: "T#1", SK: "2"}
	tests := []struct {
		name     string
		replies  []string
		want     *store.Key // of the failed condition
		code     string     // of another error
		requests int
	}{
		{name: "a failed condition is told at once", replies: []string{cancelledFor(none, failed)}, want: &two, requests: 1},
		{name: "and the first one named", replies: []string{cancelledFor(failed, failed)}, want: &one, requests: 1},
		{name: "also where a later action met another transaction", replies: []string{cancelledFor(failed, conflict)}, want: &one, requests: 1},
		{
			name:    "what met another transaction is asked again, because its condition would be named first",
			replies: []string{cancelledFor(conflict, failed), cancelledFor(throttled, failed), cancelledFor(failed, failed)}, want: &one, requests: 3,
		},
		{name: "a clash passes", replies: []string{cancelledFor(conflict, none), cancelledFor(none, throttled), `{}`}, requests: 3},
		{name: "the same request still at work passes", replies: []string{`{"__type":"TransactionInProgressException"}`, `{}`}, requests: 2},
		{name: "a request that DynamoDB takes for wrong stays wrong", replies: []string{cancelledFor("ValidationError", conflict)}, code: "TransactionCanceledException", requests: 1},
		{name: "reasons that do not belong to the actions", replies: []string{cancelledFor("ItemCollectionSizeLimitExceeded")}, code: "TransactionCanceledException", requests: 1},
		{name: "a token that DynamoDB knows of another request", replies: []string{`{"__type":"IdempotentParameterMismatchException"}`}, code: "IdempotentParameterMismatchException", requests: 1},
		{name: "no right to write", replies: []string{`{"__type":"AccessDeniedException"}`}, code: "AccessDeniedException", requests: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, requests := scripted(t, tt.replies...)
			err := s.AtomicWrite(t.Context(), store.Write{
				Puts: []store.Put{{Item: store.Item{Key: one}, If: store.Absent}}, Checks: []store.Check{{Key: two, If: store.Present}},
			})
			var answer smithy.APIError
			switch {
			case tt.want != nil:
				if !store.FailedAt(err, *tt.want) {
					t.Errorf("got %v, want the failed condition at %s", err, tt.want.SK)
				}
			case tt.code != "":
				if store.Failed(err) || !errors.As(err, &answer) || answer.ErrorCode() != tt.code {
					t.Errorf("got %v, want %s", err, tt.code)
				}
			case err != nil:
				t.Error(err)
			}
			got := requests()
			if len(got) != tt.requests {
				t.Errorf("%d requests, want %d", len(got), tt.requests)
			}
			for _, r := range got {
				if r != got[0] {
					t.Errorf("DynamoDB would take these for two writes:\n%s\n%s", got[0], r)
				}
			}
		})
	}
}

func TestAPageEndsWhereAllHasExpired(t *testing.T) {
	s, requests := scripted(t, `{"Items":[],"Count":0,"LastEvaluatedKey":{"pk":{"S":"T#1"},"sk":{"S":"m"}}}`)
	page, err := s.Query(t.Context(), store.Query{PK: "T#1", Limit: 1})
	if err != nil || len(page.Items) > 0 || page.Next == "" {
		t.Fatalf("got %+v, %v; want no row yet and more to come", page, err)
	}
	n := len(requests())
	if n > 30 {
		t.Errorf("%d requests for one page", n)
	}
	if _, err := s.Query(t.Context(), store.Query{PK: "T#1", Limit: 1, Cursor: page.Next}); err != nil {
		t.Fatal(err)
	}
	if next := requests()[n]; !strings.Contains(next, `"ExclusiveStartKey":{`) || !strings.Contains(next, `"sk":{"S":"m"}`) {
		t.Errorf("the next page begins with %s", next)
	}
}

func TestARowThatTheStoreDidNotWriteIsAnError(t *testing.T) {
	for name, item := range map[string]string{
		"no value":              `{"pk":{"S":"T#1"},"sk":{"S":"row"},"n":{"N":"1"}}`,
		"no version":            `{"pk":{"S":"T#1"},"sk":{"S":"row"},"v":{"B":""}}`,
		"a version beyond it":   `{"pk":{"S":"T#1"},"sk":{"S":"row"},"v":{"B":""},"n":{"N":"1e30"}}`,
		"an expiry that is not": `{"pk":{"S":"T#1"},"sk":{"S":"row"},"v":{"B":""},"n":{"N":"1"},"x":{"S":"soon"}}`,
		"another's key":         `{"pk":{"S":"T#1"},"sk":{"N":"1"},"v":{"B":""},"n":{"N":"1"}}`,
	} {
		s, _ := scripted(t, `{"Item":`+item+`,"Items":[`+item+`]}`)
		if i, err := s.Get(t.Context(), key); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %+v, %v", name, i, err)
		}
		if p, err := s.Query(t.Context(), store.Query{PK: key.PK}); err == nil {
			t.Errorf("%s: got a page of %d", name, len(p.Items))
		}
	}
}
