// Package publish carries the outbox on: it reads change rows in order and sends their events to the queues of the
// features that consume them, at least once. It alone reads the feed.
package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/killpoint"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

const (
	batch    = 100 // change rows read at once
	maxSend  = 10  // messages a queue takes at once
	lookBack = time.Second
)

// Publisher is the one reader of the feed on one machine. On AWS the table's stream calls Publish instead.
type Publisher struct {
	Feed  store.Feed
	Rows  store.Store
	Queue queue.Queue
	Log   *slog.Logger
}

// Run publishes until the context ends. What could not be sent is tried again; nothing is passed over.
func (p Publisher) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if _, err := p.Next(ctx); err != nil && ctx.Err() == nil {
			p.Log.ErrorContext(ctx, "publish", "error", err)
			pause(ctx, lookBack)
		}
	}
	return nil
}

// Next waits for changes, publishes one batch of them and remembers how far it came. It returns how many it read. A kill
// between sending and remembering sends the batch again, which the queues and the consumers tell apart by event id.
func (p Publisher) Next(ctx context.Context) (int, error) {
	position, version, err := p.position(ctx)
	if err != nil {
		return 0, err
	}
	rows, next, err := p.Feed.Changes(ctx, position, batch)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	entries := make([]change.Entry, 0, len(rows))
	for _, row := range rows {
		e, err := change.Read(row)
		if err != nil {
			return 0, fmt.Errorf("read change row %s %s: %w", row.PK, row.SK, err)
		}
		entries = append(entries, e)
	}
	if err := Publish(ctx, p.Queue, entries); err != nil {
		return 0, err
	}
	killpoint.Reached(killpoint.AfterPublish)
	return len(rows), p.remember(ctx, next, version)
}

// Publish sends the events of change rows, in order, to the queues of their consumers.
func Publish(ctx context.Context, q queue.Queue, entries []change.Entry) error {
	waiting := map[events.Consumer][]queue.Message{}
	for _, entry := range entries {
		for _, e := range entry.Events {
			body, err := json.Marshal(e)
			if err != nil {
				return fmt.Errorf("encode event %s: %w", e.ID, err)
			}
			for _, consumer := range events.Routes[e.Type] {
				waiting[consumer] = append(waiting[consumer], queue.Message{ID: e.ID, Group: e.Subject, Body: body})
			}
		}
	}
	for consumer, messages := range waiting {
		for len(messages) > 0 {
			n := min(len(messages), maxSend)
			if err := q.Send(ctx, string(consumer), messages[:n]...); err != nil {
				return fmt.Errorf("send to %s: %w", consumer, err)
			}
			messages = messages[n:]
		}
	}
	return nil
}

// positionKey belongs to the platform, not to a tenant: there is one feed.
var positionKey = store.Key{PK: "P#publisher", SK: "position"}

type position struct {
	After string `json:"after"`
}

func (p Publisher) position(ctx context.Context) (after string, version int64, err error) {
	item, err := p.Rows.Get(ctx, positionKey)
	if errors.Is(err, store.ErrNotFound) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("read the publisher's position: %w", err)
	}
	var at position
	if err := json.Unmarshal(item.Value, &at); err != nil {
		return "", 0, fmt.Errorf("read the publisher's position: %w", err)
	}
	return at.After, item.Version, nil
}

func (p Publisher) remember(ctx context.Context, after string, version int64) error {
	value, err := json.Marshal(position{after})
	if err != nil {
		return err
	}
	condition := store.VersionIs(version)
	if version == 0 {
		condition = store.Absent
	}
	item := store.Item{Key: positionKey, Value: value, Version: version + 1}
	err = p.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{{Item: item, If: condition}}})
	if err != nil {
		return fmt.Errorf("remember the publisher's position: %w", err)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
