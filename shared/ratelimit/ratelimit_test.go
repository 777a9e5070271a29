package ratelimit_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/ratelimit"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestABurstPassesAndTheNextIsToldWhenToTryAgain(t *testing.T) {
	c := clock.NewFake(start)
	l := ratelimit.New(c, ratelimit.Limit{Burst: 3, Every: 2 * time.Second}, 10)
	for i := range 3 {
		if wait := l.Take("a"); wait != 0 {
			t.Fatalf("request %d of the burst waits %s", i, wait)
		}
	}
	if wait := l.Take("a"); wait != 2*time.Second {
		t.Errorf("the fourth waits %s", wait)
	}
	c.Advance(1500 * time.Millisecond)
	if wait := l.Take("a"); wait != 500*time.Millisecond {
		t.Errorf("later it waits %s", wait)
	}
	c.Advance(500 * time.Millisecond)
	if wait := l.Take("a"); wait != 0 {
		t.Errorf("after the time told it still waits %s", wait)
	}
}

func TestKeysDoNotBrakeEachOther(t *testing.T) {
	l := ratelimit.New(clock.NewFake(start), ratelimit.Limit{Burst: 1, Every: time.Second}, 10)
	l.Take("a")
	if l.Take("a") == 0 {
		t.Error("a is not braked")
	}
	if l.Take("b") != 0 {
		t.Error("b is braked by a")
	}
}

func TestMemoryIsBoundedByForgettingTheQuietest(t *testing.T) {
	l := ratelimit.New(clock.NewFake(start), ratelimit.Limit{Burst: 1, Every: time.Hour}, 2)
	l.Take("busy")
	for i := range 100 {
		l.Take(fmt.Sprint("other ", i))
		if l.Take("busy") == 0 {
			t.Fatal("the key in use was forgotten")
		}
	}
	if l.Len() != 2 {
		t.Errorf("%d keys are remembered", l.Len())
	}
}

func TestAddressesOfOneSubscriberShareABucket(t *testing.T) {
	for _, test := range []struct{ address, want string }{
		{"192.0.2.1", "address:192.0.2.1"},
		{"::ffff:192.0.2.1", "address:192.0.2.1"},
		{"2001:db8:1:2::1", "address:2001:db8:1:2::/64"},
		{"2001:db8:1:2:ffff::9", "address:2001:db8:1:2::/64"},
		{"2001:db8:1:3::1", "address:2001:db8:1:3::/64"},
		{"", "address:unknown"},
		{"nonsense", "address:unknown"},
	} {
		if got := ratelimit.ByAddress(test.address); got != test.want {
			t.Errorf("%q: %q, want %q", test.address, got, test.want)
		}
	}
}

func TestNoSpanPassesMoreThanBurstAndRefill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := clock.NewFake(start)
		burst := rapid.IntRange(1, 5).Draw(t, "burst")
		l := ratelimit.New(c, ratelimit.Limit{Burst: burst, Every: time.Second}, 3)
		passed := 0
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			c.Advance(time.Duration(rapid.IntRange(0, 1500).Draw(t, "pause")) * time.Millisecond)
			wait := l.Take("a")
			if wait == 0 {
				passed++
			}
			if wait < 0 || wait > time.Second {
				t.Fatalf("told to wait %s", wait)
			}
			if most := burst + int(c.Now().Sub(start)/time.Second); passed > most {
				t.Fatalf("%d passed, at most %d may", passed, most)
			}
		}
	})
}
