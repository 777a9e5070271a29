package aws_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

// faulty is a store whose requests fail by a plan, and one beside it over the same table whose requests do not.
type faulty struct {
	*storeaws.Store
	beside   *storeaws.Store
	plan     *awsfault.Plan
	requests []string // that reached DynamoDB
	again    []func() // what happens right before the second request reaches it, and then the third
}

func openFaulty(t *testing.T) *faulty {
	t.Helper()
	cfg := awstest.Config(t)
	return openFaultyOver(t, cfg, table(t, cfg), clock.NewFake(time.Now()))
}

func openFaultyOver(t *testing.T, cfg aws.Config, name string, c clock.Clock) *faulty {
	t.Helper()
	f := &faulty{beside: storeaws.New(cfg, name, c), plan: awsfault.New(1)}
	cfg = awsfault.With(cfg, f.plan)
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("test", f.reached), middleware.After)
	})
	f.Store = storeaws.New(cfg, name, c)
	return f
}

func (f *faulty) reached(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	if f.requests = append(f.requests, middleware.GetOperationName(ctx)); len(f.requests) > 1 && len(f.again) > 0 {
		f.again[0]()
		f.again = f.again[1:]
	}
	return next.HandleDeserialize(ctx, in)
}

// meanwhile has another store write before the request is sent again.
func (f *faulty) meanwhile(t *testing.T, w store.Write) {
	f.again = append(f.again, func() { write(t, f.beside, w) })
}

var key = store.Key{PK: "T#1", SK: "row"}

func at(version int64, value string) store.Item {
	return store.Item{Key: key, Version: version, Value: []byte(value)}
}

func putIf(c store.Condition, i store.Item) store.Write {
	return store.Write{Puts: []store.Put{{Item: i, If: c}}}
}

func write(t testing.TB, s store.Store, w store.Write) {
	t.Helper()
	if err := s.AtomicWrite(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

func TestAWriteWhoseReplyWasLost(t *testing.T) {
	always := store.Condition{}
	tests := []struct {
		name      string
		before    []store.Item
		give      store.Write
		fault     awsfault.Fault
		meanwhile []store.Write // by another, before it is sent again
		want      error
		stands    string // the value that stands there at the end; "" no row
	}{
		{
			name:   "a row moved on to its next version meets itself",
			before: []store.Item{at(1, "old")}, give: putIf(store.VersionIs(1), at(2, "new")), fault: awsfault.LostReply, stands: "new",
		},
		{
			name:   "and so when the reply broke off in the middle",
			before: []store.Item{at(1, "old")}, give: putIf(store.VersionIs(1), at(2, "new")), fault: awsfault.CutReply, stands: "new",
		},
		{
			name:   "a row that was not moved on is moved on by the second request",
			before: []store.Item{at(1, "old")}, give: putIf(store.VersionIs(1), at(2, "new")), fault: awsfault.Closed, stands: "new",
		},
		{
			name:   "whoever was replaced meanwhile is not told that the write failed",
			before: []store.Item{at(1, "old")}, give: putIf(store.VersionIs(1), at(2, "new")), fault: awsfault.LostReply,
			meanwhile: []store.Write{putIf(store.VersionIs(2), at(3, "other"))}, want: store.ErrUnknown, stands: "other",
		},
		{
			name:   "whoever came too late is not told so, for it looks the same",
			before: []store.Item{at(1, "old")}, give: putIf(store.VersionIs(1), at(2, "new")), fault: awsfault.Closed,
			meanwhile: []store.Write{putIf(store.VersionIs(1), at(2, "other"))}, want: store.ErrUnknown, stands: "other",
		},
		{
			name:   "a row that is gone meanwhile tells nothing",
			before: []store.Item{at(1, "old")}, give: putIf(store.VersionIs(1), at(2, "new")), fault: awsfault.LostReply,
			meanwhile: []store.Write{{Deletes: []store.Delete{{Key: key}}}}, want: store.ErrUnknown,
		},
		{
			name:   "a row at an earlier version never had the write's",
			before: []store.Item{at(1, "old")}, give: putIf(store.VersionIs(7), at(8, "new")), fault: awsfault.LostReply,
			want: &store.ConditionError{Key: key}, stands: "old",
		},
		{
			name: "a put if absent meets itself",
			give: putIf(store.Absent, at(1, "new")), fault: awsfault.LostReply, stands: "new",
		},
		{
			name: "a put if absent does not bring back what was deleted meanwhile",
			give: putIf(store.Absent, at(1, "new")), fault: awsfault.LostReply,
			meanwhile: []store.Write{{Deletes: []store.Delete{{Key: key}}}},
		},
		{
			name: "a put does not undo what came after it",
			give: putIf(always, at(1, "new")), fault: awsfault.LostReply,
			meanwhile: []store.Write{putIf(always, at(1, "other"))}, stands: "other",
		},
		{
			name:   "a delete does not remove a row that was put after it",
			before: []store.Item{at(1, "old")}, give: store.Write{Deletes: []store.Delete{{Key: key, If: store.VersionIs(1)}}}, fault: awsfault.LostReply,
			meanwhile: []store.Write{putIf(store.Absent, at(1, "other"))}, stands: "other",
		},
		{
			name:   "a put back to an earlier version is not made twice",
			before: []store.Item{at(2, "old")}, give: putIf(store.VersionIs(2), at(1, "new")), fault: awsfault.LostReply,
			meanwhile: []store.Write{putIf(store.VersionIs(1), at(2, "other"))}, stands: "other",
		},
		{
			name: "a write with a token is known by both",
			give: store.Write{Puts: []store.Put{{Item: at(1, "new"), If: store.Absent}}, Token: "once"}, fault: awsfault.LostReply,
			meanwhile: []store.Write{{Deletes: []store.Delete{{Key: key}}}},
		},
		{
			name:   "a condition that failed is told by the second reply",
			before: []store.Item{at(1, "old")}, give: putIf(store.Absent, at(1, "new")), fault: awsfault.LostReply,
			want: &store.ConditionError{Key: key}, stands: "old",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := openFaulty(t)
			for _, i := range tt.before {
				write(t, f.beside, putIf(always, i))
			}
			if tt.fault == awsfault.Closed { // which reaches nothing: the first request that does is the second
				f.requests = []string{"closed"}
			}
			for _, w := range tt.meanwhile {
				f.meanwhile(t, w)
			}
			f.plan.Next("PutItem", tt.fault).Next("TransactWriteItems", tt.fault)
			err := f.AtomicWrite(t.Context(), tt.give)
			var condition *store.ConditionError
			switch {
			case errors.As(tt.want, &condition):
				if !store.FailedAt(err, condition.Key) {
					t.Errorf("got %v, want the failed condition", err)
				}
			case !errors.Is(err, tt.want):
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if n := f.plan.Injected("", tt.fault); n != 1 || len(f.requests) != 2 || len(f.again) > 0 {
				t.Errorf("%d faults, requests %v: not what the test is about", n, f.requests)
			}
			i, err := f.beside.Get(t.Context(), key)
			if got := string(i.Value); got != tt.stands || tt.stands == "" && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("there stands %q, %v; want %q", got, err, tt.stands)
			}
		})
	}
}

func TestWhatPassesIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := openFaulty(t)
	many := slices.Repeat([]awsfault.Fault{awsfault.Throttled}, 7)
	f.plan.Next("TransactWriteItems", slices.Concat(many[:3], []awsfault.Fault{awsfault.Conflict, awsfault.Starved, awsfault.Conflict})...)
	write(t, f, putIf(store.Absent, at(1, "a")))
	f.plan.Next("PutItem", awsfault.Conflict, awsfault.Throttled, awsfault.Conflict)
	write(t, f, putIf(store.VersionIs(1), at(2, "b")))
	f.plan.Next("GetItem", many...)
	if _, err := f.Get(t.Context(), key); err != nil {
		t.Error(err)
	}
	f.plan.Next("Query", awsfault.Throttled, awsfault.Unavailable, awsfault.CutReply)
	if p, err := f.Query(t.Context(), store.Query{PK: key.PK}); err != nil || len(p.Items) != 1 {
		t.Errorf("%d rows, %v", len(p.Items), err)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	f := openFaulty(t)
	f.plan.Chance(awsfault.Throttled, 1)
	calls := map[string]func(context.Context) error{
		"get":         func(ctx context.Context) error { _, err := f.Get(ctx, key); return err },
		"query":       func(ctx context.Context) error { _, err := f.Query(ctx, store.Query{PK: key.PK}); return err },
		"put":         func(ctx context.Context) error { return f.AtomicWrite(ctx, putIf(store.VersionIs(1), at(2, "a"))) },
		"transaction": func(ctx context.Context) error { return f.AtomicWrite(ctx, putIf(store.Absent, at(1, "a"))) },
	}
	for name, call := range calls {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want the context's error", name, err)
		}
		cancel()
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s after the end: got %v, want the context's error", name, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want the context's error", name, err)
		}
	}
	if len(f.requests) > 0 {
		t.Errorf("%v were not refused", f.requests)
	}
}

func TestAnEndpointThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	cfg := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), Credentials: aws.AnonymousCredentials{}}
	s := storeaws.New(cfg, "t", clock.NewFake(time.Now()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := s.Get(ctx, key); err == nil || ctx.Err() != nil {
		t.Errorf("got %v, %v", err, ctx.Err())
	}
}

func TestARefusalThatStaysIsToldAtOnce(t *testing.T) {
	t.Parallel()
	cfg := awstest.Config(t)
	table(t, cfg) // asks whether there are tables at all
	s := storeaws.New(cfg, "tierkeep-test-no-such-table", clock.NewFake(time.Now()))
	begun := time.Now()
	for _, err := range []error{
		s.AtomicWrite(t.Context(), putIf(store.Absent, at(1, "a"))), s.AtomicWrite(t.Context(), putIf(store.VersionIs(1), at(2, "a"))),
	} {
		if err == nil || store.Failed(err) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := s.Get(t.Context(), key); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("a table that is not there has no row: %v", err)
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("it took %s", d)
	}
}
