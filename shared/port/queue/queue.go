// Package queue is the port to first-in-first-out queues with groups. It is defined by what SQS FIFO allows; the embedded
// adapter is a table of the same SQLite file. Both pass queuetest unchanged.
package queue

import (
	"context"
	"errors"
	"time"
)

// Queue sends and receives messages.
//
// Guarantees:
//   - A message that Send acknowledged is delivered at least once, also after a crash.
//   - Messages of one group are delivered in the order in which they were sent; while one of them is out, no other of its
//     group is. Groups do not wait for each other.
//   - A second Send with the same ID to the same queue within five minutes succeeds and delivers nothing.
//   - A message that was received MaxReceives times without an Ack goes to the dead letters once the last delivery has
//     ended, with the order within its group kept, and its group goes on. It may be only a Receive that moves it. A Retry
//     that ends the last delivery ends it at once, whatever its delay: nobody will try again.
type Queue interface {
	// Send puts messages at the end of their groups, in the order given, at most ten. It is not atomic: on an error some
	// may have been sent, and sending all of them again with the same IDs is harmless.
	Send(ctx context.Context, queue string, messages ...Message) error

	// Receive waits until at least one message can be had, or until the context ends, which is no error, and then takes at
	// most max (1 to 10), each of another group. What it took is invisible to others for the given time (at most 12 hours,
	// rounded up to seconds), after which it is delivered again.
	Receive(ctx context.Context, queue string, max int, visible time.Duration) ([]Delivery, error)

	// Ack ends a delivery for good. After its time ran out it fails with ErrExpired, and the message comes again.
	Ack(ctx context.Context, d Delivery) error

	// Retry makes the message visible again after the delay (at most 12 hours since its Receive, rounded up to seconds);
	// until then its group waits. The delivery that it ends counts as one receive. After its time ran out it fails with
	// ErrExpired.
	Retry(ctx context.Context, d Delivery, delay time.Duration) error

	// Dead returns how many dead letters a queue has and the oldest of them, at most ten. The order is kept within groups.
	// The count may be a minute old.
	Dead(ctx context.Context, queue string) (count int, oldest []Message, err error)

	// Replay sends every dead letter of the queue again, in order, however recently it was sent, and returns how many.
	Replay(ctx context.Context, queue string) (int, error)
}

// Message is what is sent.
type Message struct {
	ID    string // against doubles, at most 128 characters of letters, digits and punctuation
	Group string // what must stay in order, likewise
	Body  []byte // JSON, at most 256 KB
}

// Delivery is a message that was taken.
type Delivery struct {
	Message
	Queue    string
	Receipt  string // opaque
	Receives int    // 1 the first time
}

// The errors that callers tell apart.
var (
	ErrExpired = errors.New("the delivery's time ran out")
	ErrLimit   = errors.New("beyond a limit of the queue")
)
