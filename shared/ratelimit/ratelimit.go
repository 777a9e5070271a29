// Package ratelimit brakes callers that send too much, with one token bucket per key. It is a brake and not a rule: it
// counts per process, forgets with the process, and says when to try again. The brake on guessing passwords, which must
// hold across processes, is a row of identity.
package ratelimit

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
)

// Limit is how much one key may do.
type Limit struct {
	Burst int           // at once, at least 1
	Every time.Duration // one more after each such span, more than zero
}

// Limiter keeps the buckets. It is safe for concurrent use.
type Limiter struct {
	clock clock.Clock
	limit Limit
	max   int

	mu      sync.Mutex
	buckets map[string]*list.Element
	recent  *list.List // of *bucket, the most recently used first
}

type bucket struct {
	key  string
	full time.Time // when the bucket will be full again; a full bucket is in no need of being remembered
}

// New returns a limiter that remembers at most max keys. Beyond them it forgets the key that was quiet longest, so that
// memory is bounded whatever the number of callers.
func New(c clock.Clock, limit Limit, max int) *Limiter {
	return &Limiter{clock: c, limit: limit, max: max, buckets: map[string]*list.Element{}, recent: list.New()}
}

// Take takes one token from the key's bucket and returns zero. Where the bucket is empty it takes nothing and returns how
// long it is until there is one.
func (l *Limiter) Take(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	b := l.bucket(key, now)
	if b.full.Before(now) {
		b.full = now
	}
	depth := time.Duration(l.limit.Burst) * l.limit.Every
	if wait := b.full.Add(l.limit.Every).Sub(now) - depth; wait > 0 {
		return wait
	}
	b.full = b.full.Add(l.limit.Every)
	return 0
}

// Len returns how many keys are remembered.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}

func (l *Limiter) bucket(key string, now time.Time) *bucket {
	if e, ok := l.buckets[key]; ok {
		l.recent.MoveToFront(e)
		return e.Value.(*bucket)
	}
	for len(l.buckets) >= l.max {
		oldest := l.recent.Back()
		delete(l.buckets, oldest.Value.(*bucket).key)
		l.recent.Remove(oldest)
	}
	b := &bucket{key: key, full: now}
	l.buckets[key] = l.recent.PushFront(b)
	return b
}

// ByAddress returns the key of a client's address. Addresses of IPv6 count by their /64, because one subscriber has as
// many of them as he likes.
func ByAddress(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "address:unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return "address:" + netip.PrefixFrom(a, 64).Masked().String()
	}
	return "address:" + a.String()
}
