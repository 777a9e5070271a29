package agentauth_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

var (
	now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
)

type enrolled map[string]agentauth.Agent

var errStore = errors.New("the store is away")

func (e enrolled) AgentKey(_ context.Context, agent string) (agentauth.Agent, error) {
	if agent == "agt_broken" {
		return agentauth.Agent{}, errStore
	}
	a, ok := e[agent]
	if !ok {
		return agentauth.Agent{}, problem.New(problem.NotFound, "")
	}
	return a, nil
}

var verifier = agentauth.Verifier{
	Clock: clock.NewFake(now),
	Keys: enrolled{"agt_1": {
		Key: key.Public().(ed25519.PublicKey), Tenant: "ten_1", Servers: []string{"srv_1", "srv_2"},
	}},
}

func headers(agent string, signer ed25519.PrivateKey, at time.Time) http.Header {
	h := http.Header{}
	sign.Sign(h, agent, signer, sign.Wake, at, nil)
	return h
}

func TestTheSignerBecomesAnAgentPrincipalWithItsServers(t *testing.T) {
	got, err := verifier.Verify(t.Context(), headers("agt_1", key, now), sign.Wake, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := authz.Principal{Via: authz.ViaAgent, Agent: "agt_1", HomeTenant: "ten_1", Servers: []string{"srv_1", "srv_2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhoIsNotAnEnrolledAgentIsRefused(t *testing.T) {
	stranger := ed25519.NewKeyFromSeed([]byte("another seed of thirty-two bytes"))
	for _, test := range []struct {
		name string
		give http.Header
		want problem.Code
	}{
		{"nothing signed", http.Header{}, problem.Unauthenticated},
		{"unknown or revoked agent", headers("agt_2", key, now), problem.Unauthenticated},
		{"known agent, foreign key", headers("agt_1", stranger, now), problem.Unauthenticated},
		{"foreign key and a wrong clock learns nothing of the clock", headers("agt_1", stranger, now.Add(-time.Hour)), problem.Unauthenticated},
		{"clock behind", headers("agt_1", key, now.Add(-agentauth.MaxSkew-time.Millisecond)), problem.ClockSkew},
		{"clock ahead", headers("agt_1", key, now.Add(agentauth.MaxSkew+time.Millisecond)), problem.ClockSkew},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := verifier.Verify(t.Context(), test.give, sign.Wake, nil); !problem.Has(err, test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAClockWithinTheLimitIsRightEnough(t *testing.T) {
	for _, skew := range []time.Duration{agentauth.MaxSkew, -agentauth.MaxSkew} {
		if _, err := verifier.Verify(t.Context(), headers("agt_1", key, now.Add(skew)), sign.Wake, nil); err != nil {
			t.Errorf("%s off: %v", skew, err)
		}
	}
}

func TestAnAgentLearnsTheOffsetThatMakesItsNextRequestRight(t *testing.T) {
	wrong := now.Add(-3 * time.Hour)
	reply := http.Header{}
	verifier.SetServerTime(reply)
	server, err := sign.ReadStamp(reply.Get(sign.ServerTimeHeader))
	if err != nil {
		t.Fatal(err)
	}
	corrected := wrong.Add(server.Sub(wrong))
	if _, err := verifier.Verify(t.Context(), headers("agt_1", key, corrected), sign.Wake, nil); err != nil {
		t.Error(err)
	}
}

func TestAFailingLookupIsNotARefusal(t *testing.T) {
	_, err := verifier.Verify(t.Context(), headers("agt_broken", key, now), sign.Wake, nil)
	if !errors.Is(err, errStore) || problem.Has(err, problem.Unauthenticated) {
		t.Errorf("got %v", err)
	}
}
