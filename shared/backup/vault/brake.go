package vault

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

const (
	brakeAfter  = 10 // wrong passwords within the window, for one login from one address
	brakeWindow = time.Minute
	slowAfter   = 30 // wrong passwords within the window from one address, for any logins
	mostWaiting = 16 // attempts that wait at a slowed address
	comparisons = 2  // side by side, at most: bcrypt takes a core for as long as it lasts
	waitSlowed  = 2 * time.Second
)

// brakes slow down who guesses passwords. Who guessed one login from one address too often waits a minute with that login.
// From an address with many wrong passwords for any logins, one is checked at a time: its other clients get through, only
// later. A login that nobody has is treated like any other.
type brakes struct {
	slots chan struct{} // one for each comparison under way

	mu        sync.Mutex
	logins    map[[32]byte]*brake // by login and address
	addresses map[string]*brake
}

// brake counts the wrong passwords of one window. Only a password that was compared makes one, so there are never many.
type brake struct {
	first time.Time
	wrong int
	until time.Time
	turn  chan struct{} // of a slowed address: held by the attempt that is checked
	waits int           // attempts in turn or waiting for it
}

func newBrakes() *brakes {
	return &brakes{slots: make(chan struct{}, comparisons), logins: map[[32]byte]*brake{}, addresses: map[string]*brake{}}
}

// begin waits for a password's turn to be compared. Either wait is positive and the client shall wait that long and ask
// again, or end must be called with how the comparison ended.
func (b *brakes) begin(ctx context.Context, login [32]byte, address string, now time.Time) (wait time.Duration, end func(right bool)) {
	slow, wait := b.enter(login, network(address), now)
	if wait > 0 {
		return wait, nil
	}
	leave := func() {}
	if slow != nil {
		leave = func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			slow.waits--
		}
		select {
		case slow.turn <- struct{}{}:
			waiting := leave
			leave = func() { <-slow.turn; waiting() }
		case <-ctx.Done():
			leave()
			return waitSlowed, nil
		}
	}
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		leave()
		return waitSlowed, nil
	}
	return 0, func(right bool) {
		<-b.slots
		leave()
		b.count(login, network(address), now, right)
	}
}

// enter looks what an attempt has before it: a time to wait, or a slowed address.
func (b *brakes) enter(login [32]byte, address string, now time.Time) (slow *brake, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.logins[login]; l != nil && l.until.After(now) {
		return nil, l.until.Sub(now)
	}
	a := b.addresses[address]
	switch {
	case a == nil || a.wrong < slowAfter || now.Sub(a.first) > brakeWindow:
		return nil, 0
	case a.waits >= mostWaiting:
		return nil, waitSlowed
	}
	a.waits++
	return a, 0
}

func (b *brakes) count(login [32]byte, address string, now time.Time, right bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if right {
		delete(b.logins, login)
		return
	}
	wrong(b.addresses, address, now)
	if l := wrong(b.logins, login, now); l.wrong >= brakeAfter {
		l.until = now.Add(brakeWindow)
	}
}

func wrong[K comparable](all map[K]*brake, key K, now time.Time) *brake {
	b := all[key]
	if b == nil {
		b = &brake{first: now, turn: make(chan struct{}, 1)}
		all[key] = b
	}
	if now.Sub(b.first) > brakeWindow {
		b.first, b.wrong = now, 0
	}
	b.wrong++
	return b
}

// forget drops what no longer brakes anybody.
func (b *brakes) forget(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	drop(b.logins, now)
	drop(b.addresses, now)
}

func drop[K comparable](all map[K]*brake, now time.Time) {
	for key, b := range all {
		if b.waits == 0 && now.Sub(b.first) > brakeWindow && !b.until.After(now) {
			delete(all, key)
		}
	}
}

// network is what one client has addresses from: with IPv6 a /64.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || !a.Is6() || a.Is4In6() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil { // 64 is a length that every IPv6 address has
		return address
	}
	return p.String()
}

func tooMany(wait time.Duration) *refusal {
	return &refusal{http.StatusTooManyRequests, "too many wrong passwords, wait", int(wait.Seconds()) + 1}
}
