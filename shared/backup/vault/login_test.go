package vault_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

func TestGuessingOneLoginIsSlowedDownAndOthersAreNot(t *testing.T) {
	w, _, c := opened(t)
	other := newSpec("shop-zzzzz")
	w.ensure(other)
	guesser := w.client(c.login)
	guesser.password = "wrong"
	for range 10 {
		guesser.want(http.StatusUnauthorized, http.MethodHead, "/config", nil)
	}
	status, header := guesser.do(http.MethodHead, "/config", nil)
	wait, err := strconv.Atoi(header.Get("Retry-After"))
	if status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 61 {
		t.Fatalf("%d, Retry-After %q", status, header.Get("Retry-After"))
	}
	// From the same address: who was let in before, and another login that was not.
	c.want(http.StatusOK, http.MethodHead, "/config", nil)
	w.client("shop-zzzzz").want(http.StatusNotFound, http.MethodHead, "/config", nil)

	w.advance(2 * time.Minute)
	guesser.want(http.StatusUnauthorized, http.MethodHead, "/config", nil)
}

func TestGuessingManyLoginsLeavesTheAddressUsable(t *testing.T) {
	w, _, _ := opened(t)
	other := newSpec("shop-zzzzz")
	w.ensure(other)
	var guessers sync.WaitGroup
	for n := range 4 {
		guessers.Go(func() {
			for i := range 10 {
				c := w.client(fmt.Sprintf("shop-no%d%d", n, i))
				if status := c.status(http.MethodHead, "/config", nil); status != http.StatusUnauthorized && status != http.StatusTooManyRequests {
					t.Errorf("a login that nobody has: %d", status)
				}
			}
		})
	}
	guessers.Wait()
	w.client("shop-zzzzz").want(http.StatusNotFound, http.MethodHead, "/config", nil) // let in: there is no repository yet
	count, err := w.vault.UnknownLogins(t.Context())
	if err != nil || count < 30 || count > 40 {
		t.Fatalf("%d unknown logins counted (%v)", count, err)
	}
	if events := w.reports().Events; len(events) != 0 {
		t.Fatalf("a login that nobody has became an account's event: %+v", events)
	}
}

func TestRefusalsOfOneMinuteAreOneEvent(t *testing.T) {
	w, s, c := opened(t)
	c.password = "wrong"
	refuse := func(times int) {
		for range times {
			c.want(http.StatusUnauthorized, http.MethodHead, "/config", nil)
		}
	}
	refuse(2)
	w.clock.Advance(20 * time.Second)
	refuse(1)
	w.reopen() // the minute goes on after a restart
	c = w.client(c.login)
	c.password = "wrong"
	refuse(1)
	w.clock.Advance(time.Minute)
	refuse(1)

	events := w.reports().Events
	if len(events) != 2 {
		t.Fatalf("%+v", events)
	}
	for i, want := range []driver.AccountEvent{
		{Count: 4, Revision: 4, First: start, Last: start.Add(20 * time.Second)},
		{Count: 1, Revision: 1, First: start.Add(80 * time.Second), Last: start.Add(80 * time.Second)},
	} {
		e := events[i]
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
		if e.Kind != driver.LoginRefused || e.Account != s.Account || e.Address != "127.0.0.1" || e.Count != want.Count ||
			e.Revision != want.Revision || !e.First.Equal(want.First) || !e.Last.Equal(want.Last) {
			t.Errorf("%+v, want %+v", e, want)
		}
	}
	if events[0].ID == events[1].ID {
		t.Error("two minutes are one event")
	}
}

func TestAChangedPasswordEndsTheOldOneAtOnce(t *testing.T) {
	w, s, c := opened(t)
	c.want(http.StatusOK, http.MethodHead, "/config", nil)
	w.change(s, func(s *driver.AccountSpec) { s.Devices[0].Password = "another good one" })
	c.want(http.StatusUnauthorized, http.MethodHead, "/config", nil)
	c.password = "another good one"
	c.want(http.StatusOK, http.MethodHead, "/config", nil)
}

func TestAnAddressThatAClientClaimsIsNotBelieved(t *testing.T) {
	w, _, c := opened(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, w.url+"/"+c.login+"/config", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(c.login, "wrong")
	for _, header := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "X-Remote-User"} {
		r.Header.Set(header, "203.0.113.9")
	}
	reply, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	if events := w.reports().Events; len(events) != 1 || events[0].Address != "127.0.0.1" {
		t.Fatalf("%+v", events)
	}
}

func TestClosingLeavesNothingRunning(t *testing.T) {
	w := newWorld(t)
	w.ensure(newSpec("shop-a1b2c"))
	w.reopen()
	waitFor(t, "the first vault's goroutines to end", func() bool {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		return strings.Count(string(stacks), "vault.(*Vault).tick(") == 1 // the open one's
	})
}
