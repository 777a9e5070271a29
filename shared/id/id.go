// Package id makes and reads the platform's identifiers: a three-letter prefix that names the kind, an underscore, and a
// ULID (26 characters of Crockford's base32), so that identifiers of one kind sort by the time at which they were made.
package id

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// The prefixes of every kind of object the platform has.
const (
	Tenant       = "ten"
	User         = "usr"
	Account      = "acc"
	Device       = "dev"
	Set          = "set"
	Server       = "srv"
	Agent        = "agt"
	Operation    = "op"
	Job          = "job"
	AccountEvent = "aev"
	Event        = "evt"
	Key          = "key"
	Session      = "ses"
	Enrolment    = "enr"
	Expectation  = "exp"
	Approval     = "apr"
)

var (
	mu      sync.Mutex
	entropy = ulid.Monotonic(rand.Reader, 0)
)

// New returns a fresh identifier of the given kind for an object made at the given instant. Identifiers made by one
// process within the same millisecond still sort in the order in which they were made.
func New(prefix string, at time.Time) string {
	mu.Lock()
	defer mu.Unlock()
	u, err := ulid.New(ulid.Timestamp(at), entropy)
	if err != nil { // the monotonic source overflowed within one millisecond: start a new one
		entropy = ulid.Monotonic(rand.Reader, 0)
		u = ulid.MustNew(ulid.Timestamp(at), entropy)
	}
	return prefix + "_" + u.String()
}

// Valid tells whether s is an identifier of the given kind, as New writes it.
func Valid(prefix, s string) bool {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(rest) != ulid.EncodedSize || strings.ToUpper(rest) != rest {
		return false
	}
	_, err := ulid.ParseStrict(rest)
	return err == nil
}

// Time returns the instant at which a valid identifier was made, to the millisecond, and the zero time for any other text.
func Time(s string) time.Time {
	_, rest, _ := strings.Cut(s, "_")
	u, err := ulid.ParseStrict(rest)
	if err != nil {
		return time.Time{}
	}
	return ulid.Time(u.Time()).UTC()
}
