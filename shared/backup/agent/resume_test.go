package agent

import (
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
)

func TestARestartedAgentAsksAgainUnderTheClaimsThatDidNotEnd(t *testing.T) {
	var asked []string
	reachable := true
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c claimRequest
		if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
			t.Error(err)
		}
		asked = append(asked, c.ClaimID)
		if !reachable {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"code":"forbidden"}`)) // what no second try within the same claim can change
			return
		}
		_, _ = w.Write([]byte(`{"leases":[],"poll_seconds":60}`))
	}))
	t.Cleanup(platform.Close)
	journal, err := OpenJournal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := journal.Close(); err != nil {
			t.Error(err)
		}
	})
	now := clock.NewFake(time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC))
	a := &Agent{
		Client: &Client{HTTP: platform.Client(), Clock: now, Identity: Identity{
			Platform: platform.URL, Agent: "agt_x", Servers: []string{"srv_x"}, SignSeed: make([]byte, ed25519.SeedSize),
		}},
		Journal: journal, Clock: now, Log: slog.New(slog.DiscardHandler),
	}
	for claim, age := range map[string]time.Duration{"of last week": 7 * 24 * time.Hour, "of a minute ago": time.Minute} {
		if err := journal.beginClaim(t.Context(), claim, now.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}

	reachable = false
	a.resume(t.Context())
	reachable = true
	a.resume(t.Context())
	a.busy.Wait()
	a.resume(t.Context())
	if diff := cmp.Diff([]string{"of a minute ago", "of a minute ago"}, asked); diff != "" {
		t.Errorf("claims that were asked for again (-want +got):\n%s", diff)
	}
}
