// Package inbox keeps a consumer from doing twice what it was told twice: events come at least once, so the consumer's own
// write carries a mark that only the first can set.
package inbox

import (
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// KeepFor is how long marks are kept: as long as a message can live in a queue and its dead letters.
const KeepFor = 14 * 24 * time.Hour

// Mark is the put that a consumer adds to its write for an event.
func Mark(t tenant.ID, consumer events.Consumer, event string, now time.Time) store.Put {
	return store.Put{
		Item: store.Item{Key: key(t, consumer, event), Value: []byte("{}"), Version: 1, ExpiresAt: now.Add(KeepFor)},
		If:   store.Absent,
	}
}

// Done tells whether a write failed because the event was consumed before, which is success.
func Done(err error, t tenant.ID, consumer events.Consumer, event string) bool {
	return store.FailedAt(err, key(t, consumer, event))
}

func key(t tenant.ID, consumer events.Consumer, event string) store.Key {
	return store.Key{PK: "T#" + string(t) + "#seen#" + string(consumer), SK: event}
}
