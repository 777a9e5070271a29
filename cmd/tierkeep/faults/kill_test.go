package faults

import (
	"net/http"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/killpoint"
)

// seen is what the portal shows of the one account and its one operation.
type seen struct{ Account, Operation string }

// TestAnAccountIsMadeOnceWhoeverIsKilled kills the platform or the agent at each point that an order for an account comes
// past, and starts it again.
func TestAnAccountIsMadeOnceWhoeverIsKilled(t *testing.T) {
	programs := build(t)
	for _, c := range []struct {
		point killpoint.Point
		// meanwhile is what the portal tells while the agent is dead; nothing where the platform itself is.
		meanwhile *seen
	}{
		{killpoint.AfterCommit, nil},
		{killpoint.AfterPublish, nil},
		{killpoint.AfterClaim, &seen{"pending", "running"}},
		{killpoint.AfterDriver, &seen{"pending", "running"}},
		{killpoint.AfterResult, &seen{"active", "succeeded"}},
	} {
		t.Run(string(c.point), func(t *testing.T) {
			t.Parallel()
			s := open(t, programs, c.point)
			if err := os.Remove(s.marker()); err != nil {
				t.Fatal(err)
			}
			answered := s.order()
			if c.meanwhile == nil {
				s.platform.dies(t)
				s.startPlatform()
				s.listening()
			} else {
				s.agent.dies(t)
				until(t, "the portal says what is going on", func() bool { return s.look() == *c.meanwhile })
				s.startAgent()
			}
			if _, err := os.Stat(s.marker()); err != nil {
				t.Fatalf("nobody was killed at the point: %v", err)
			}
			if !answered && s.order() {
				t.Error("the same order was carried out twice")
			}
			until(t, "the account is active", func() bool { return s.look() == seen{"active", "succeeded"} })
			s.onceAndForAll()
		})
	}
}

// order orders the account, always under the same key, and tells whether it was taken now. The platform may die before it
// answers, and refuses to show the password of an order that it took before.
func (s *site) order() bool {
	s.t.Helper()
	status, text, err := s.call(http.MethodPost, "/v1/tenants/"+s.seller+"/accounts", map[string]any{
		"customer": s.customer, "server": s.server, "type": "online", "quota_bytes": 5_000_000_000,
	}, "the-only-order")
	switch {
	case err != nil, status == http.StatusConflict:
		return false
	case status != http.StatusAccepted:
		s.t.Fatalf("order an account: %d %s", status, text)
	}
	return true
}

func (s *site) look() seen {
	s.t.Helper()
	var accounts struct{ Items []struct{ State string } }
	s.must(http.MethodGet, "/v1/tenants/"+s.seller+"/accounts", nil, &accounts)
	var operations struct{ Items []struct{ State string } }
	s.must(http.MethodGet, "/v1/tenants/"+s.seller+"/operations", nil, &operations)
	if len(accounts.Items) != 1 || len(operations.Items) != 1 {
		s.t.Fatalf("%d accounts and %d operations, want one of each", len(accounts.Items), len(operations.Items))
	}
	return seen{accounts.Items[0].State, operations.Items[0].State}
}

// onceAndForAll looks into every memory: nothing was done twice, and nothing waits.
func (s *site) onceAndForAll() {
	s.t.Helper()
	var log struct{ Items []struct{ Action string } }
	s.must(http.MethodGet, "/v1/tenants/"+s.seller+"/overview/activity?limit=100", nil, &log)
	times := map[string]int{}
	for _, e := range log.Items {
		times[e.Action]++
	}
	want := map[string]int{"customer.create": 1, "account.create": 1, "operation.done": 1, "account.observe": 1}
	if diff := cmp.Diff(want, times); diff != "" {
		s.t.Errorf("what the audit log says (-want +got):\n%s", diff)
	}
	if n := s.count("vault.db", `SELECT count(*) FROM accounts`); n != 1 {
		s.t.Errorf("the vault has %d accounts", n)
	}
	// What a consumer had taken when it was killed is given out again after a minute, which the queue's own suite proves.
	until(s.t, "no message waits", func() bool {
		return s.count("tierkeep.db", `SELECT count(*) FROM messages WHERE dead = 1 OR receipt IS NULL`) == 0
	})
	until(s.t, "the agent has nothing left to tell", func() bool {
		return s.count("journal.db", `SELECT count(*) FROM results WHERE taken = 0`) == 0
	})
	if n := s.count("journal.db", `SELECT count(*) FROM results`); n > 1 {
		s.t.Errorf("the agent wrote down %d results", n)
	}
}
