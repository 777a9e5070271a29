package rest_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/ratelimit"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

func TestSignedInIsWhoShowsASessionOrAKeyInItsPlace(t *testing.T) {
	for _, test := range []struct {
		name string
		give header
		host string
		want int
	}{
		{"session on this machine", header{}, "localhost", 200},
		{"session on a brand of this machine", header{}, "acme.localhost:8080", 200},
		{"session on a loopback address", header{}, "127.0.0.1:8080", 200},
		{"session by IPv6", header{}, "[::1]:8080", 200},
		{"plain HTTP from elsewhere", header{}, "backup.example", 401},
		{"a host that only looks local", header{}, "localhost.example", 401},
		{"session with TLS", header{"X-Forwarded-Proto": "https", "Cookie": "__Host-tk=ann"}, "backup.example", 200},
		{"the plain cookie counts for nothing with TLS", header{"X-Forwarded-Proto": "https"}, "localhost", 401},
		{"key", header{"Cookie": "", "Authorization": "Bearer tk_key"}, "backup.example", 200},
		{"a wrong key is not saved by a session", header{"Authorization": "Bearer tk_wrong"}, "localhost", 401},
		{"unknown session", header{"Cookie": "tk=eve"}, "localhost", 401},
		{"nothing", header{"Cookie": ""}, "localhost", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			r := httptest.NewRequest(http.MethodGet, "http://"+test.host+things, nil)
			all := header{"Cookie": "tk=ann"}
			for name, value := range test.give {
				all[name] = value
			}
			for name, value := range all {
				r.Header.Set(name, value)
			}
			reply := httptest.NewRecorder()
			w.handler.ServeHTTP(reply, r)
			if reply.Code != test.want {
				t.Errorf("status %d: %s", reply.Code, reply.Body)
			}
			if test.want == 401 && reply.Header().Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
		})
	}
}

func TestAWriteFromAnotherSiteIsRefusedForSessions(t *testing.T) {
	const body = `{"name":"ok"}`
	for _, test := range []struct {
		name   string
		method string
		give   header
		want   int
	}{
		{"another origin", http.MethodPost, header{"Origin": "http://evil.example"}, 403},
		{"another brand's origin", http.MethodPost, header{"Origin": "http://other.localhost"}, 403},
		{"a sandboxed page", http.MethodPost, header{"Origin": "null"}, 403},
		{"the browser says so", http.MethodPost, header{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a sister site", http.MethodPost, header{"Sec-Fetch-Site": "same-site"}, 403},
		{"the portal", http.MethodPost, header{"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 201},
		{"no browser", http.MethodPost, nil, 201},
		{"reading is harmless", http.MethodGet, header{"Origin": "http://evil.example"}, 200},
		{"a key is no cookie", http.MethodPost, header{"Origin": "http://evil.example", "Cookie": "", "Authorization": "Bearer tk_key"}, 201},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			give := body
			if test.method == http.MethodGet {
				give = ""
			}
			reply := w.send(test.method, things, give, test.give)
			if reply.Code != test.want {
				t.Errorf("status %d: %s", reply.Code, reply.Body)
			}
			if test.want == 403 {
				if p := problemOf(t, reply); p.Code != "origin_refused" {
					t.Errorf("code %s", p.Code)
				}
			}
		})
	}
}

func TestTheSessionsCookieIsAsSafeAsTheConnection(t *testing.T) {
	for _, test := range []struct {
		call     rest.Call
		wantName string
	}{
		{rest.Call{Secure: true, Host: "backup.example"}, "__Host-tk"},
		{rest.Call{Host: "acme.localhost:8080"}, "tk"},
		{rest.Call{Host: "backup.example"}, ""},
	} {
		c, err := test.call.SessionCookie("token", now)
		if test.wantName == "" {
			if !problem.Has(err, problem.Forbidden) {
				t.Errorf("plain HTTP from elsewhere: %v", err)
			}
			continue
		}
		if err != nil || c.Name != test.wantName || c.Secure != test.call.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
			t.Errorf("%+v %v", c, err)
		}
		if ended := test.call.EndedCookie(); ended.Name != c.Name || ended.MaxAge >= 0 {
			t.Errorf("%+v does not end %s", ended, c.Name)
		}
		step, err := test.call.StepCookie("token", now)
		if err != nil || step.Name != test.wantName+"-step" || step.Secure != c.Secure || !step.HttpOnly || step.SameSite != http.SameSiteStrictMode {
			t.Errorf("%+v %v", step, err)
		}
	}
}

func TestARefusalSetsACookieWhereItIsTold(t *testing.T) {
	reply := httptest.NewRecorder()
	call := rest.Call{Host: "acme.localhost"}
	step, err := call.StepCookie("token", now)
	if err != nil {
		t.Fatal(err)
	}
	refusal := fmt.Errorf("sign in: %w", rest.WithCookie(problem.New(problem.SecondFactorNeeded, ""), step))
	rest.WriteProblem(reply, httptest.NewRequest(http.MethodPost, "/v1/session", nil), refusal)
	if got := reply.Header().Get("Set-Cookie"); reply.Code != http.StatusUnauthorized || got != step.String() {
		t.Errorf("%d sets %q", reply.Code, got)
	}
}

func TestCallersAndAddressesAreBraked(t *testing.T) {
	w := newWorld(t, func(d *rest.Deps) {
		d.Callers = ratelimit.New(d.Clock, ratelimit.Limit{Burst: 2, Every: time.Second}, 10)
		d.Addresses = ratelimit.New(d.Clock, ratelimit.Limit{Burst: 1, Every: 10 * time.Second}, 10)
	})
	codes := func(h header) (all []int) {
		for range 3 {
			all = append(all, w.send(http.MethodGet, things, "", h).Code)
		}
		return all
	}
	if got := codes(nil); !slices.Equal(got, []int{200, 200, 429}) {
		t.Errorf("ann: %v", got)
	}
	if got := codes(header{"Cookie": "tk=bob"}); !slices.Equal(got, []int{200, 200, 429}) {
		t.Errorf("bob, who has a brake of his own: %v", got)
	}
	if got := codes(header{"Cookie": "tk=eve"}); !slices.Equal(got, []int{401, 429, 429}) {
		t.Errorf("a stranger: %v", got)
	}
	reply := w.send(http.MethodGet, things, "", header{"Cookie": "tk=eve"})
	if problemOf(t, reply); reply.Header().Get("Retry-After") != "10" {
		t.Errorf("Retry-After %q", reply.Header().Get("Retry-After"))
	}
}

func TestAgentsAreKnownByTheirSignature(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	const claim = "/agent/v1/claim"
	var seen authz.Principal
	handler := rest.Handler("operations", func(api huma.API) {
		rest.Register(api, rest.Operation{
			ID: "claim", Method: http.MethodPost, Path: claim, Summary: "Claim", Auth: route.Agent,
		}, func(ctx context.Context, _ *struct {
			Body struct {
				Max int `json:"max"`
			}
		}) (*struct{}, error) {
			seen, _ = authz.From(ctx)
			return nil, nil
		})
	}, rest.Deps{Clock: clock.NewFake(now), Agents: agentKeys{"agt_1": {Key: key.Public().(ed25519.PublicKey), Servers: []string{"srv_1"}}}})
	send := func(at time.Time, signed, sent string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, claim, strings.NewReader(sent))
		r.Header.Set("Content-Type", "application/json")
		sign.Sign(r.Header, "agt_1", key, sign.Target(http.MethodPost, claim), at, []byte(signed))
		reply := httptest.NewRecorder()
		handler.ServeHTTP(reply, r)
		return reply
	}
	if reply := send(now, `{"max":1}`, `{"max":1}`); reply.Code != 204 || seen.Agent != "agt_1" || seen.Via != authz.ViaAgent {
		t.Errorf("%d %s %+v", reply.Code, reply.Body, seen)
	}
	if p := problemOf(t, send(now, `{"max":1}`, `{"max":9}`)); p.Code != "unauthenticated" {
		t.Errorf("a changed body: %s", p.Code)
	}
	reply := send(now.Add(time.Hour), `{"max":1}`, `{"max":1}`)
	if p := problemOf(t, reply); p.Code != "clock_skew" || p.Status != 401 {
		t.Errorf("a wrong clock: %+v", p)
	}
	if server, err := sign.ReadStamp(reply.Header().Get(sign.ServerTimeHeader)); err != nil || !server.Equal(now) {
		t.Errorf("told the time %v %v", server, err)
	}
}

type agentKeys map[string]agentauth.Agent

func (a agentKeys) AgentKey(_ context.Context, id string) (agentauth.Agent, error) {
	found, ok := a[id]
	if !ok {
		return agentauth.Agent{}, problem.New(problem.NotFound, "")
	}
	return found, nil
}
