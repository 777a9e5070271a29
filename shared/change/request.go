package change

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Request is what Commit needs to know of the request that led to a change. The HTTP layer puts it into the context.
type Request struct {
	ID          string
	Address     string // of the person's client
	Idempotency *Idempotency
}

// Idempotency asks Commit to remember the request, so that its repeat is answered without doing it again.
type Idempotency struct {
	Scope  string // who sent it: a session's user or a key; the same key of another sender is another request
	Key    string // the Idempotency-Key header
	Hash   string // of method, path and body
	Status int    // the status that the first reply has
	// Location returns the path of the resource that a replay reads again, given the subject of the change.
	Location func(subject string) string
}

// Remembered is what stands in the row of a request that was carried out.
type Remembered struct {
	Hash     string `json:"hash"`
	Status   int    `json:"status"`
	Location string `json:"location"`
}

// RememberFor is how long an Idempotency-Key is honoured.
const RememberFor = 24 * time.Hour

type requestKey struct{}

// WithRequest returns a context that carries the request.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestFrom returns the request, or the zero value where a change does not come from one.
func RequestFrom(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}

// RowKey is where the memory of an idempotent request stands. It is a lookup, because the tenant is not known when a
// request comes in; the hash keeps keys of any content apart.
func (i Idempotency) RowKey() store.Key {
	sum := sha256.Sum256([]byte(i.Scope + "\x00" + i.Key))
	return store.Key{PK: "L#idem#" + hex.EncodeToString(sum[:]), SK: "lookup"}
}

func (r Request) idempotencyRow(now time.Time, subject string) (store.Item, bool) {
	if r.Idempotency == nil {
		return store.Item{}, false
	}
	i := *r.Idempotency
	value, err := json.Marshal(Remembered{Hash: i.Hash, Status: i.Status, Location: i.Location(subject)})
	if err != nil { // three plain fields cannot fail to encode
		panic(err)
	}
	return store.Item{Key: i.RowKey(), Value: value, Version: 1, ExpiresAt: now.Add(RememberFor)}, true
}
