package identity

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// pace says how many failures are free and how the wait grows after them.
type pace struct {
	free    int
	first   time.Duration
	longest time.Duration
}

// The paces: people mistype, and many of them share an office's address. An address alone waits a minute at most, so that
// one machine in an office cannot keep the others out for long.
var (
	accountPace = pace{free: 5, first: time.Second, longest: 15 * time.Minute}
	addressPace = pace{free: 30, first: time.Second, longest: time.Minute}
	// Whoever tries codes has the password, and a code is one of a million: its failures count from everywhere together.
	codePace = pace{free: 5, first: time.Second, longest: time.Hour}
)

// countTries is how often a count that lost a race is tried: everybody of an office may sign in at nine.
const countTries = 20

const failuresRememberedFor = 24 * time.Hour

// failures is what a brake row keeps.
type failures struct {
	Count int       `json:"count"`
	Until time.Time `json:"until,omitzero"` // no attempt before
}

// more is the state after one more failure.
func (f failures) more(now time.Time, p pace) failures {
	f.Count++
	if over := f.Count - p.free; over > 0 {
		f.Until = now.Add(p.wait(over))
	}
	return f
}

// wait doubles with each failure over the free ones.
func (p pace) wait(over int) time.Duration {
	if over > 20 { // doubled so often it is the longest in any case
		return p.longest
	}
	return min(p.first<<(over-1), p.longest)
}

// attempt is one try at a password or a code, counted as a failure until it turns out to be good.
type attempt struct {
	rows    store.Store
	account store.Key
	pace    pace // of the account
	address store.Key
}

// attempt counts a try before the password is looked at, or refuses it with rate_limited. Whoever tries in parallel loses the
// race for the count and is counted after.
func (s *Service) attempt(ctx context.Context, realm tenant.ID, email, address string) (attempt, error) {
	from := brakeAddress(address)
	return s.counted(ctx, attempt{s.Rows, accountBrakeKey(realm, from, email), accountPace, brakeKey(realm, from)})
}

// attemptCode does the same for a person's code. Recovery codes are long enough to be braked as passwords are, so that
// whoever tries short codes from elsewhere does not keep their owner from coming in by a long one.
func (s *Service) attemptCode(ctx context.Context, u User, kind codeKind, address string) (attempt, error) {
	from := brakeAddress(address)
	a := attempt{s.Rows, codeBrakeKey(u.Home, u.ID), codePace, brakeKey(u.Realm, from)}
	if kind == recoveryCode {
		a.account, a.pace = recoveryBrakeKey(u.Realm, from, u.ID), accountPace
	}
	return s.counted(ctx, a)
}

func (s *Service) counted(ctx context.Context, a attempt) (attempt, error) {
	for range countTries {
		err := a.count(ctx, s.Clock.Now())
		if !store.Failed(err) {
			return a, err
		}
	}
	return attempt{}, tooFast(time.Second)
}

func (a attempt) count(ctx context.Context, now time.Time) error {
	account, accountVersion, err := a.read(ctx, a.account)
	if err != nil {
		return err
	}
	address, addressVersion, err := a.read(ctx, a.address)
	if err != nil {
		return err
	}
	if wait := max(account.Until.Sub(now), address.Until.Sub(now)); wait > 0 {
		return tooFast(wait)
	}
	var write store.Write
	for _, r := range []struct {
		key     store.Key
		after   failures
		version int64
	}{
		{a.account, account.more(now, a.pace), accountVersion},
		{a.address, address.more(now, addressPace), addressVersion},
	} {
		put, err := putFailures(r.key, r.after, r.version, now)
		if err != nil {
			return err
		}
		write.Puts = append(write.Puts, put)
	}
	return a.write(ctx, write)
}

// good takes the attempt back: the account's failures are forgotten, and the address has one less. Whoever has one account
// therefore gains no free guesses at others.
func (a attempt) good(ctx context.Context, now time.Time) error {
	for range countTries {
		address, version, err := a.read(ctx, a.address)
		if err != nil {
			return err
		}
		write := store.Write{Deletes: []store.Delete{{Key: a.account}}}
		if version > 0 {
			address.Count, address.Until = max(address.Count-1, 0), time.Time{}
			put, err := putFailures(a.address, address, version, now)
			if err != nil {
				return err
			}
			write.Puts = append(write.Puts, put)
		}
		if err := a.write(ctx, write); !store.Failed(err) {
			return err
		}
	}
	return nil // others from this address keep the count moving; one too many does no harm
}

func (a attempt) read(ctx context.Context, key store.Key) (failures, int64, error) {
	f, version, err := get[failures](ctx, a.rows, key)
	if errors.Is(err, store.ErrNotFound) {
		return failures{}, 0, nil
	}
	return f, version, err
}

func (a attempt) write(ctx context.Context, w store.Write) error {
	if err := a.rows.AtomicWrite(ctx, w); err != nil {
		return fmt.Errorf("count an attempt: %w", err)
	}
	return nil
}

func putFailures(key store.Key, f failures, read int64, now time.Time) (store.Put, error) {
	item, err := row(key, f, read+1, now.Add(failuresRememberedFor))
	if read == 0 {
		return store.Put{Item: item, If: store.Absent}, err
	}
	return store.Put{Item: item, If: store.VersionIs(read)}, err
}

func tooFast(wait time.Duration) error {
	return &problem.Error{Code: problem.RateLimited, Detail: "too many attempts from here", RetryAfter: wait}
}

// brakeAddress is what counts as one address: of IPv6 the network, because a single client has all of its addresses.
func brakeAddress(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	network, err := a.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return network.Masked().String()
}
