package aws_test

import (
	"context"
	"testing"
	"time"

	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
)

func TestAMessageThatComesToAReceiverWhoLeftIsGivenBack(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.make(t, "q")
	q := queueaws.New(a.cfg, a.url)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel) // SQS waits by then
	got, err := q.Receive(ctx, "q", 1, time.Hour)
	if err != nil || len(got) > 0 {
		t.Fatalf("received %v, %v", got, err)
	}
	if err := q.Send(t.Context(), "q", messages(1, "a")...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	got, err = q.Receive(ctx, "q", 1, time.Minute)
	if err != nil || len(got) != 1 {
		t.Fatalf("received %v, %v; want the message, which the one who left had taken for an hour", got, err)
	}
}
