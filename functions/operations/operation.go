// Package operations owns the durable queue of things to do on backup servers: lease, retry, order. It does not know why
// something was asked. README.md has its words and states.
package operations

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Kind says what is to be done.
type Kind string

// The kinds of operations.
const (
	Ensure  Kind = "account.ensure"
	Trash   Kind = "account.trash"
	Restore Kind = "account.restore"
	Purge   Kind = "account.purge"
)

// State is where an operation stands.
type State string

// The states of an operation.
const (
	Waiting        State = "waiting"
	Ready          State = "ready"
	Running        State = "running"
	Succeeded      State = "succeeded"
	NeedsAttention State = "needs_attention"
	Cancelled      State = "cancelled"
)

// Ended tells whether nothing more happens to the operation by itself.
func (s State) Ended() bool { return s == Succeeded || s == NeedsAttention || s == Cancelled }

const (
	// LeaseFor is how long a claim holds without a heartbeat.
	LeaseFor = 60 * time.Second
	// PollSeconds is how often a connected agent claims unasked.
	PollSeconds = 600
	// MaxAttempts is how often an operation is tried before a person must look at it.
	MaxAttempts = 5
	keepEnded   = 90 * 24 * time.Hour
)

// Operation is one thing to do on one server for one account.
type Operation struct {
	ID          string
	Tenant      tenant.ID // the selling tenant, whose rows hold it
	Customer    tenant.ID // whose account it is
	Account     string
	AccountName string
	Server      string
	ServerName  string
	ServerOwner tenant.ID
	Kind        Kind
	Generation  int64
	Spec        json.RawMessage // of shared/backup/driver, secrets sealed
	Sealed      bool            // the spec carries secrets that only the present agent can open
	State       State
	Attempt     int
	Lease       string
	ClaimableAt time.Time // the end of the lease while running
	ResultID    string    // of the result that was applied
	Late        int       // results of older attempts, which were not applied
	Code        string    // why it did not succeed
	Detail      string
	CreatedBy   string
	CreatedAt   time.Time
	ClaimedAt   time.Time
	EndedAt     time.Time
	Version     int64
}

// transitions is the whole life of an operation.
var transitions = map[State][]State{
	Waiting:        {Ready, Cancelled, NeedsAttention},
	Ready:          {Running, Cancelled, NeedsAttention},
	Running:        {Running, Ready, Succeeded, NeedsAttention}, // Running again: the next attempt after a lease ran out
	NeedsAttention: {Ready, Waiting, Cancelled},
	Succeeded:      {},
	Cancelled:      {},
}

// keepsLane tells whether what comes later in the account's lane has to wait for the operation. One that needs a person lets
// a newer generation pass, which says all that is wanted, except where it carries a secret: a newer generation does not
// repeat it, and a server that has the newer one takes the older for done. A secret that nobody can open any more is lost
// anyway.
func (o Operation) keepsLane() bool {
	return !o.State.Ended() || o.State == NeedsAttention && o.Sealed && o.Code != codeNewPassword
}

func (o Operation) may(to State) bool { return slices.Contains(transitions[o.State], to) }

// claimable tells whether an agent may take the operation now: it is ready, or its lease ran out.
func (o Operation) claimable(now time.Time) bool {
	return (o.State == Ready || o.State == Running) && !o.ClaimableAt.After(now)
}

func (o Operation) holds(lease string, attempt int) bool {
	return o.State == Running && o.Lease == lease && o.Attempt == attempt
}

// ended returns the operation in a final state.
func (o Operation) ended(s State, code, detail string, now time.Time) Operation {
	o.State, o.Code, o.Detail, o.EndedAt, o.Lease = s, code, detail, now, ""
	return o
}

// backoff is how long a failed attempt waits for the next: 2, 4, 8, 16 seconds.
func (o Operation) backoff() time.Duration { return time.Second << min(o.Attempt, MaxAttempts) }

// lane is one account's order.
type lane struct {
	open    string
	waiting []string
	version int64 // 0: there is no row
}

func (l *lane) remove(op string) {
	l.waiting = slices.DeleteFunc(slices.Clone(l.waiting), func(w string) bool { return w == op })
}
