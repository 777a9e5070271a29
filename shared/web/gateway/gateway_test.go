package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/web/gateway"
	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newGateway gives every feature the same function, which tells its name where the test gives none.
func newGateway(t *testing.T, log io.Writer, f lambdahttp.Func) *gateway.Gateway {
	t.Helper()
	g := gateway.Gateway{
		Functions: map[string]lambdahttp.Func{}, Clock: clock.NewFake(now), Log: slog.New(slog.NewJSONHandler(log, nil)),
		Socket: says("socket"), Site: says("site"),
	}
	for _, row := range route.Rows {
		g.Functions[row.Feature] = lambdahttp.Wrap(says(row.Feature))
		if f != nil {
			g.Functions[row.Feature] = f
		}
	}
	made, err := gateway.New(g)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func says(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	reply := httptest.NewRecorder()
	h.ServeHTTP(reply, httptest.NewRequest(http.MethodGet, path, nil))
	return reply
}

func TestEveryPathReachesWhoTheRouteTableNames(t *testing.T) {
	g := newGateway(t, io.Discard, nil)
	for path, want := range map[string]string{
		"/v1/session": "identity", "/v1/tenants/t/accounts/a": "accounts", "/v1/tenants/t/customers": "tenancy", "/brand.css": "branding",
		"/agent/v1/claim": "operations", "/agent/v1/wake": "socket", "/": "site", "/accounts": "site", "/assets/app.js": "site",
	} {
		if got := get(g, path).Body.String(); got != want {
			t.Errorf("%s is answered by %s, want %s", path, got, want)
		}
	}
}

func TestAPathOfTheAPIThatNobodyHasIsAProblem(t *testing.T) {
	for _, path := range []string{"/v1/nothing", "/agent/v9/claim"} {
		reply := get(newGateway(t, io.Discard, nil), path)
		var p rest.Problem
		if err := json.Unmarshal(reply.Body.Bytes(), &p); err != nil || p.Code != "not_found" || p.RequestID == "" || reply.Code != 404 {
			t.Errorf("%s: %d %s", path, reply.Code, reply.Body)
		}
	}
}

func TestAFeatureWithoutAFunctionShowsAtStart(t *testing.T) {
	g := newGateway(t, io.Discard, nil)
	delete(g.Functions, "reports")
	if _, err := gateway.New(*g); err == nil || !strings.Contains(err.Error(), "reports") {
		t.Errorf("got %v", err)
	}
}

func TestTheFunctionGetsTheEventThatAPIGatewayWouldSend(t *testing.T) {
	var got events.APIGatewayV2HTTPRequest
	g := newGateway(t, io.Discard, func(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		got = e
		return events.APIGatewayV2HTTPResponse{StatusCode: 204}, nil
	})
	r := httptest.NewRequest(http.MethodPost, "http://acme.localhost:8080/v1/tenants/a%2Fb/accounts?x=1&x=2", strings.NewReader(`{}`))
	r.RemoteAddr = "[2001:db8::1]:4711"
	r.Header = http.Header{
		"Cookie": {"a=1; b=2", "c=3"}, "X-Many": {"1", "2"}, "User-Agent": {"test"}, "Connection": {"keep-alive"},
		"X-Forwarded-For": {"198.51.100.1"}, "X-Forwarded-Proto": {"https"},
	}
	reply := httptest.NewRecorder()
	g.ServeHTTP(reply, r)
	if reply.Code != 204 {
		t.Fatalf("status %d: %s", reply.Code, reply.Body)
	}
	got.RequestContext.RequestID = ""
	want := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "ANY /v1/tenants/{tenant}/accounts", RawPath: "/v1/tenants/a%2Fb/accounts", RawQueryString: "x=1&x=2",
		Cookies: []string{"a=1", "b=2", "c=3"}, Body: "{}",
		Headers: map[string]string{
			"host": "acme.localhost:8080", "x-many": "1,2", "user-agent": "test", "x-forwarded-for": "2001:db8::1", "x-forwarded-proto": "http",
		},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "ANY /v1/tenants/{tenant}/accounts", Stage: "$default", DomainName: "acme.localhost:8080",
			Time: "01/Mar/2026:12:00:00 +0000", TimeEpoch: now.UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "POST", Path: "/v1/tenants/a/b/accounts", Protocol: "HTTP/1.1", SourceIP: "2001:db8::1", UserAgent: "test",
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBytesThatAreNoTextPassBothWays(t *testing.T) {
	g := newGateway(t, io.Discard, lambdahttp.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		if _, err := io.Copy(w, r.Body); err != nil {
			t.Error(err)
		}
	})))
	binary := []byte{0xff, 0, 1}
	reply := httptest.NewRecorder()
	g.ServeHTTP(reply, httptest.NewRequest(http.MethodPost, "/v1/session", bytes.NewReader(binary)))
	if !bytes.Equal(reply.Body.Bytes(), binary) || len(reply.Result().Cookies()) != 2 {
		t.Errorf("%q %v", reply.Body, reply.Header())
	}
}

func TestWhatAFunctionCannotBeSentIsTooLarge(t *testing.T) {
	g := newGateway(t, io.Discard, nil)
	for size, want := range map[int]int{gateway.MaxBody: 200, gateway.MaxBody + 1: 413} {
		reply := httptest.NewRecorder()
		g.ServeHTTP(reply, httptest.NewRequest(http.MethodPost, "/agent/v1/jobs", bytes.NewReader(make([]byte, size))))
		if reply.Code != want {
			t.Errorf("%d bytes: status %d", size, reply.Code)
		}
	}
}

func TestAHostThatIsNoneIsRefused(t *testing.T) {
	g := newGateway(t, io.Discard, nil)
	for host, want := range map[string]int{
		"acme.localhost:8080": 200, "[::1]:8080": 200, "127.0.0.1": 200, "": 400, "a/b": 400, "a?b": 400, "user@host": 400, "a:b:c": 400, "a b": 400,
	} {
		r := httptest.NewRequest(http.MethodGet, "/v1/session", nil)
		r.Host = host
		reply := httptest.NewRecorder()
		g.ServeHTTP(reply, r)
		if reply.Code != want {
			t.Errorf("%q: status %d", host, reply.Code)
		}
	}
}

func TestAFunctionThatFailsIsLoggedOnceAndToldWithoutDetail(t *testing.T) {
	for name, f := range map[string]lambdahttp.Func{
		"error": func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
			return events.APIGatewayV2HTTPResponse{}, errors.New("on fire")
		},
		"panic": func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
			panic("on fire")
		},
		"no status": func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
			return events.APIGatewayV2HTTPResponse{Body: "on fire"}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			reply := get(newGateway(t, &log, f), "/v1/session")
			var p rest.Problem
			if err := json.Unmarshal(reply.Body.Bytes(), &p); err != nil || p.Code != "internal" || reply.Code != 500 {
				t.Errorf("%d %s", reply.Code, reply.Body)
			}
			if strings.Contains(reply.Body.String(), "fire") || strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), p.RequestID) {
				t.Errorf("told %s, logged %s", reply.Body, log.String())
			}
		})
	}
}

func TestServingEndsWithTheContextAndLetsARunningRequestEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	running := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(running)
		<-ctx.Done()
		_, _ = io.WriteString(w, "done")
	})
	ended := make(chan error, 1)
	go func() { ended <- gateway.Serve(ctx, l, h, slog.New(slog.DiscardHandler)) }()
	go func() {
		<-running
		stop()
	}()
	reply, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if body, err := io.ReadAll(reply.Body); err != nil || string(body) != "done" {
		t.Errorf("%q %v", body, err)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
