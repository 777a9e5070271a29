package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/queue"
)

// Handler takes in one event. It may get the same event again. An error brings the event back later; after five times it
// becomes a dead letter, which a person can replay.
type Handler func(ctx context.Context, e events.Event) error

// visible is how long a handler may take before its message is given to another.
const visible = time.Minute

// Runner feeds the consumers of one machine. On AWS each queue calls its own function, which calls Handle.
type Runner struct {
	Queue    queue.Queue
	Handlers map[events.Consumer]Handler
	Log      *slog.Logger
}

// Run consumes every queue until the context ends and then waits for the handlers at work.
func (r Runner) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for consumer := range r.Handlers {
		all.Go(func() {
			for ctx.Err() == nil {
				if _, err := r.Next(ctx, consumer); err != nil && ctx.Err() == nil {
					r.Log.ErrorContext(ctx, "receive", "queue", consumer, "error", err)
					pause(ctx, lookBack)
				}
			}
		})
	}
	all.Wait()
	return nil
}

// Next waits for messages of one consumer and has them handled side by side: a queue never gives out two of one group.
func (r Runner) Next(ctx context.Context, consumer events.Consumer) (int, error) {
	taken, err := r.Queue.Receive(ctx, string(consumer), maxSend, visible)
	if err != nil {
		return 0, err
	}
	var all sync.WaitGroup
	for _, d := range taken {
		all.Go(func() { r.one(ctx, consumer, d) })
	}
	all.Wait()
	return len(taken), nil
}

func (r Runner) one(ctx context.Context, consumer events.Consumer, d queue.Delivery) {
	// A stop lets a handler finish what it began, and tells the queue how it ended.
	ctx = context.WithoutCancel(ctx)
	err := Handle(ctx, consumer, r.Handlers[consumer], d.Body)
	if err == nil {
		if err := r.Queue.Ack(ctx, d); err != nil && !errors.Is(err, queue.ErrExpired) {
			r.Log.ErrorContext(ctx, "acknowledge", "queue", consumer, "message", d.ID, "error", err)
		}
		return
	}
	r.Log.WarnContext(ctx, "consume", "queue", consumer, "message", d.ID, "receives", d.Receives, "error", err)
	if err := r.Queue.Retry(ctx, d, Backoff(d.Receives)); err != nil && !errors.Is(err, queue.ErrExpired) {
		r.Log.ErrorContext(ctx, "retry", "queue", consumer, "message", d.ID, "error", err)
	}
}

// Handle decodes a message and hands it to the consumer as the consumer's own principal. A panic becomes an error.
func Handle(ctx context.Context, consumer events.Consumer, handle Handler, body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("consumer %s panicked: %v", consumer, p)
		}
	}()
	var e events.Event
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("decode message: %w", err)
	}
	ctx = authz.With(ctx, authz.System(string(consumer)))
	ctx = change.WithRequest(ctx, change.Request{ID: e.RequestID})
	if err := handle(ctx, e); err != nil {
		return fmt.Errorf("%s %s of tenant %s, request %s: %w", e.Type, e.ID, e.Tenant, e.RequestID, err)
	}
	return nil
}

// Backoff is how long a message that failed waits: 1 s, 4 s, 16 s, 64 s after the first four receives.
func Backoff(receives int) time.Duration {
	d := time.Second
	for range min(receives, 4) - 1 {
		d *= 4
	}
	return d
}
