// Package store is the port to the single table that holds every row of the platform. It is defined by what DynamoDB
// allows, because that is where production runs; the embedded adapter is an SQLite file. Both pass storetest unchanged.
package store

import (
	"context"
	"errors"
	"time"
)

// Store reads and writes rows.
//
// Guarantees:
//   - Get, and Query without an index, see every write that was acknowledged before they began.
//   - Query on an index may lag behind, each row by itself; it never shows a row that was never written.
//   - AtomicWrite is all or nothing, also when the process is killed, and an acknowledged write is never lost.
//   - Rows whose ExpiresAt has passed are not returned by any method; when they are deleted is not promised. Put Absent
//     counts an expired row as absent.
//   - Clashes between concurrent writes are retried inside. A failed condition never is: it is the caller's news.
type Store interface {
	// Get returns the row, or ErrNotFound, also for a key that no row can have.
	Get(ctx context.Context, key Key) (Item, error)

	// Query returns the rows of one partition in the byte order of their sort key. Rows that share a sort key, which only
	// an index allows, come in any order that their pages keep. A row that stands there during a whole walk through the
	// pages is returned exactly once, whatever is put or deleted meanwhile. A cursor of another partition, index, range or
	// direction fails with ErrBadCursor; another limit is fine. An interval that ends before it begins holds nothing.
	Query(ctx context.Context, q Query) (Page, error)

	// AtomicWrite carries out all actions or none. A condition that does not hold makes it fail with a
	// *ConditionError that names the first such key, in the order puts, deletes, checks. Limits are checked before anything
	// is sent: ErrLimit. Any other error leaves open whether the write was carried out; who must know reads the rows.
	AtomicWrite(ctx context.Context, w Write) error
}

// Feed gives the rows that were put with Feed set, at least once, those of one partition in the order in which they were
// written; between partitions no order is promised. Rows stay in the feed for a day at least, expired or not, which is how
// long DynamoDB's stream keeps them. Only shared/publish reads it.
type Feed interface {
	// Changes returns at most limit rows (1 to 1,000) that were written after the position, which begins as "", and the
	// position behind them. It waits until there is something; when the context ends first it returns the same position and
	// no rows. A position that the feed did not give fails with ErrBadCursor.
	Changes(ctx context.Context, after string, limit int) (items []Item, position string, err error)
}

// Key names a row. Both parts are valid UTF-8 without NUL, neither is empty.
type Key struct{ PK, SK string }

// Item is one row.
type Item struct {
	Key
	Value     []byte    // the record as JSON, at most 400 KB with its keys
	Version   int64     // counted by the writer; compared by conditions
	I1, I2    IndexKey  // where the row stands in the two generic sparse indexes; zero: nowhere
	ExpiresAt time.Time // zero: never; kept to the second
	Feed      bool      // the row belongs to the feed; it is written once and never changed. Only the feed tells it again
}

// IndexKey is a row's place in an index. Both parts are set, or neither.
type IndexKey struct{ PK, SK string }

// Index names what a query reads.
type Index string

// What can be queried.
const (
	Table  Index = ""
	First  Index = "i1"
	Second Index = "i2"
)

// Query reads rows of one partition, of the table or of an index.
type Query struct {
	Index      Index
	PK         string
	Range      Range
	Limit      int    // 1 to 1,000; 0 means 100
	Cursor     string // from Page.Next of the same query
	Descending bool
}

// Range selects sort keys. The zero value selects all of them.
type Range struct {
	Prefix   string // when set, From and To are not
	From, To string // both inclusive; an empty To means no upper end
}

// Page is one page of a query. Next is empty at the end; a page may hold fewer rows than the limit, or none, and still
// have a Next.
type Page struct {
	Items []Item
	Next  string
}

// Write is a set of actions, at most one per key and 100 in all, 4 MB together.
type Write struct {
	Puts    []Put
	Deletes []Delete
	Checks  []Check

	// Token makes a repeat of the same write harmless: once a write with this token succeeded, the same write with the
	// same token succeeds again for ten minutes and changes nothing, and a different one fails with ErrToken. It counts as
	// one action and has at most 36 characters. Without one, a write that the adapter itself has to send again still never
	// meets itself.
	Token string
}

// Add returns w with the actions of the others behind its own.
func (w Write) Add(others ...Write) Write {
	for _, o := range others {
		w.Puts = append(w.Puts[:len(w.Puts):len(w.Puts)], o.Puts...)
		w.Deletes = append(w.Deletes[:len(w.Deletes):len(w.Deletes)], o.Deletes...)
		w.Checks = append(w.Checks[:len(w.Checks):len(w.Checks)], o.Checks...)
	}
	return w
}

// Put writes a row in place of the one that stands there.
type Put struct {
	Item Item
	If   Condition
}

// Delete removes a row; removing an absent row under no condition succeeds.
type Delete struct {
	Key Key
	If  Condition
}

// Check writes nothing and lets the whole write fail when its condition does not hold.
type Check struct {
	Key Key
	If  Condition
}

// Condition is what must hold of the row that stands at the key. The zero value always holds.
type Condition struct {
	kind    conditionKind
	version int64
}

type conditionKind uint8

const (
	always conditionKind = iota
	absent
	present
	versionIs
)

// The conditions.
var (
	Absent  = Condition{kind: absent}
	Present = Condition{kind: present}
)

// VersionIs holds when the row exists with this version.
func VersionIs(n int64) Condition { return Condition{kind: versionIs, version: n} }

// Holds tells whether the condition holds of a row; found is false where there is none. Adapters that can compare in
// process use it; the others translate Kind.
func (c Condition) Holds(found bool, version int64) bool {
	switch c.kind {
	case always:
		return true
	case absent:
		return !found
	case present:
		return found
	case versionIs:
		return found && version == c.version
	}
	return false
}

// Wants returns what the condition asks for, for adapters that translate it: at most one of the three is set.
func (c Condition) Wants() (mustBeAbsent, mustBePresent bool, version *int64) {
	v := c.version
	switch c.kind {
	case absent:
		return true, false, nil
	case present:
		return false, true, nil
	case versionIs:
		return false, false, &v
	case always:
	}
	return false, false, nil
}

// The errors that callers tell apart.
var (
	ErrNotFound  = errors.New("no such row")
	ErrLimit     = errors.New("beyond a limit of the store")
	ErrBadCursor = errors.New("the cursor does not belong to this query")
	ErrToken     = errors.New("the token belongs to another write")

	// ErrUnknown ends a write whose reply was lost while another write replaced its row, which hides how it ended.
	ErrUnknown = errors.New("it is not known whether the write was carried out")
)

// ConditionError says whose condition failed.
type ConditionError struct{ Key Key }

func (e *ConditionError) Error() string { return "condition failed at " + e.Key.PK + " " + e.Key.SK }

// FailedAt tells whether err is a failed condition at this key.
func FailedAt(err error, key Key) bool {
	var c *ConditionError
	return errors.As(err, &c) && c.Key == key
}

// Failed tells whether err is a failed condition at any key.
func Failed(err error) bool {
	var c *ConditionError
	return errors.As(err, &c)
}
