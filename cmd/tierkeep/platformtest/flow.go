package platformtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// flow carries events on in steps. The ports wait where nothing is to be had, so that each step first puts a marker behind
// whatever is there: once the marker alone comes out, all that was before it has been dealt with, whatever the machine's pace.
type flow struct {
	ports     *Ground
	publisher publish.Publisher
	runner    publish.Runner
	broken    *broken
}

// marker is the type of an event that says nothing, of a tenant that does not exist.
const marker events.Type = "test.marker"

var nobody = tenant.ID(id.New(id.Tenant, time.Unix(0, 0)))

func newFlow(p *platform.Platform, ports *Ground) flow {
	log := slog.New(slog.DiscardHandler)
	b := &broken{}
	handlers := p.Consumers()
	for consumer, handle := range handlers {
		handlers[consumer] = func(ctx context.Context, e events.Event) error {
			if e.Type == marker {
				return nil
			}
			if b.is(consumer) {
				return errBroken
			}
			return handle(ctx, e)
		}
	}
	return flow{
		ports: ports, broken: b, publisher: publish.Publisher{Feed: ports.Feed, Rows: ports.Positions, Queue: ports.Queue, Log: log},
		runner: publish.Runner{Queue: ports.Queue, Handlers: handlers, Log: log},
	}
}

// run fires timers, publishes, lets machines go on and consumes until nothing is left, and tells whether there was anything.
func (f flow) run(ctx context.Context, now time.Time) (moved bool, err error) {
	for {
		if err := f.ports.Fire(ctx); err != nil {
			return moved, err
		}
		some, err := f.publish(ctx, now)
		if err != nil {
			return moved, err
		}
		if f.ports.Machines != nil {
			went, err := f.ports.Machines(ctx)
			if err != nil {
				return moved, err
			}
			some = some || went
		}
		for _, consumer := range slices.Sorted(maps.Keys(f.runner.Handlers)) {
			consumed, err := f.consume(ctx, consumer, now)
			if err != nil {
				return moved, err
			}
			some = some || consumed
		}
		if !some {
			return moved, nil
		}
		moved = true
	}
}

func (f flow) publish(ctx context.Context, now time.Time) (some bool, err error) {
	changes := change.Log{Store: f.ports.Store, Clock: f.ports.Clock}
	for {
		mark := change.Change{Tenant: nobody, Action: string(marker), Subject: string(nobody)}
		if err := changes.Commit(ctx, store.Write{}, mark); err != nil {
			return some, fmt.Errorf("put a marker at %s: %w", now, err)
		}
		n, err := f.publisher.Next(ctx)
		if err != nil || n == 1 {
			return some, err
		}
		some = true
	}
}

func (f flow) consume(ctx context.Context, consumer events.Consumer, now time.Time) (some bool, err error) {
	for {
		e := events.Event{ID: id.New(id.Event, now), Type: marker, Version: 1, Tenant: nobody, Subject: string(nobody), OccurredAt: now, Data: json.RawMessage(`{}`)}
		body, err := json.Marshal(e)
		if err != nil {
			return some, err
		}
		if err := f.runner.Queue.Send(ctx, string(consumer), queue.Message{ID: e.ID, Group: e.ID, Body: body}); err != nil {
			return some, err
		}
		n, err := f.runner.Next(ctx, consumer)
		if err != nil || n == 1 {
			return some, err
		}
		some = true
	}
}

var errBroken = errors.New("broken by the test")

// broken says whose handlers fail for now.
type broken struct {
	mu  sync.Mutex
	all map[events.Consumer]bool
}

func (b *broken) is(c events.Consumer) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all[c]
}

func (b *broken) set(c events.Consumer, fails bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[events.Consumer]bool{}
	}
	b.all[c] = fails
}

// Break lets every event fail that comes to a consumer, until Mend.
func (w *World) Break(c events.Consumer) { w.flow.broken.set(c, true) }

// Mend undoes Break.
func (w *World) Mend(c events.Consumer) { w.flow.broken.set(c, false) }
