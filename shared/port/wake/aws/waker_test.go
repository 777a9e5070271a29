package aws_test

import (
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/wake/aws"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

var (
	now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
)

// anyAgent knows every agent but one, by the same key.
type anyAgent struct{}

func (anyAgent) AgentKey(_ context.Context, agent string) (agentauth.Agent, error) {
	if agent == "agt_unknown" {
		return agentauth.Agent{}, problem.New(problem.NotFound, "")
	}
	return agentauth.Agent{Key: key.Public().(ed25519.PublicKey), Tenant: "ten_1"}, nil
}

// world is the adapter over rows of this machine and a management endpoint that the test plays.
type world struct {
	clock       *clock.Fake
	connections aws.Connections
	waker       *aws.Waker
	socket      aws.Socket
	log         *strings.Builder
	status      int // what the endpoint answers; 0: 200
	hangs       chan struct{}

	mu    sync.Mutex
	asked []string // what the endpoint was asked
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.NewFake(now), log: &strings.Builder{}}
	rows, err := sqlite.Open(filetest.Open(t), w.clock)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		w.asked = append(w.asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
		w.mu.Unlock()
		if w.hangs != nil {
			<-w.hangs
		}
		switch w.status {
		case 0:
		case http.StatusGone:
			reply.Header().Set("X-Amzn-ErrorType", "GoneException")
			reply.WriteHeader(w.status)
		default:
			reply.WriteHeader(w.status)
		}
	}))
	t.Cleanup(endpoint.Close)
	cfg := sdk.Config{Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("k", "s", "")}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	w.connections = aws.Connections{Rows: rows, Clock: w.clock}
	w.waker = aws.New(cfg, endpoint.URL+"/v1", w.connections, log)
	w.socket = aws.Socket{
		Verifier: agentauth.Verifier{Keys: anyAgent{}, Clock: w.clock}, Connections: w.connections, Waker: w.waker, Log: log,
	}
	return w
}

// event is what API Gateway sends; a connection that ends has no headers of its agent.
func (w *world) event(routeKey, connection, agent string, at time.Time) events.APIGatewayWebsocketProxyRequest {
	e := events.APIGatewayWebsocketProxyRequest{Headers: map[string]string{}}
	e.RequestContext.RouteKey, e.RequestContext.ConnectionID = routeKey, connection
	if agent != "" {
		h := http.Header{}
		sign.Sign(h, agent, key, sign.Wake, at, nil)
		for name := range h {
			e.Headers[strings.ToLower(name)] = h.Get(name)
		}
	}
	return e
}

func (w *world) handle(t *testing.T, e events.APIGatewayWebsocketProxyRequest) events.APIGatewayProxyResponse {
	t.Helper()
	reply, err := w.socket.Handle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func (w *world) connect(t *testing.T, connection, agent string) {
	t.Helper()
	if reply := w.handle(t, w.event("$connect", connection, agent, w.clock.Now())); reply.StatusCode != 200 {
		t.Fatalf("%s of %s: %d", connection, agent, reply.StatusCode)
	}
}

func (w *world) disconnect(t *testing.T, connection string) {
	t.Helper()
	w.handle(t, w.event("$disconnect", connection, "", now))
}

func (w *world) hint(t *testing.T, agent string, want bool) {
	t.Helper()
	got, err := w.waker.Hint(t.Context(), agent)
	if err != nil || got != want {
		t.Errorf("a hint to %s: delivered is %v, want %v: %v", agent, got, want, err)
	}
}

func TestAHintGoesToTheNewestConnectionAndEndsTheOlderOne(t *testing.T) {
	w := newWorld(t)
	w.connect(t, "older=", "agt_1")
	w.clock.Advance(time.Second)
	w.connect(t, "newer=", "agt_1")
	w.hint(t, "agt_1", true)
	w.hint(t, "agt_2", false)
	w.disconnect(t, "older=")
	w.hint(t, "agt_1", true)
	w.disconnect(t, "newer=")
	w.hint(t, "agt_1", false)
	want := []string{"DELETE /v1/@connections/older=", `POST /v1/@connections/newer= {"do":"claim"}`, `POST /v1/@connections/newer= {"do":"claim"}`}
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff(want, w.asked); diff != "" {
		t.Error(diff)
	}
}

func TestAConnectionThatIsGoneIsForgottenUnlessItJustBegan(t *testing.T) {
	w := newWorld(t)
	w.connect(t, "one", "agt_1")
	w.status = http.StatusGone
	w.hint(t, "agt_1", false)
	if _, found, err := w.connections.Of(t.Context(), "agt_1"); !found || err != nil {
		t.Errorf("a connection that is being made is forgotten: %v", err)
	}
	w.clock.Advance(31 * time.Second)
	w.hint(t, "agt_1", false)
	if _, found, err := w.connections.Of(t.Context(), "agt_1"); found || err != nil {
		t.Errorf("a connection that is gone is kept: %v", err)
	}
}

func TestAnOlderConnectionThatIsGoneIsNoTrouble(t *testing.T) {
	w := newWorld(t)
	w.connect(t, "one", "agt_1")
	w.status = http.StatusGone
	w.connect(t, "two", "agt_1")
	if strings.Contains(w.log.String(), "WARN") {
		t.Errorf("complains: %s", w.log)
	}
	w.status = http.StatusForbidden
	w.connect(t, "three", "agt_1")
	if !strings.Contains(w.log.String(), "end an older connection") {
		t.Errorf("says nothing of a failure: %s", w.log)
	}
}

func TestAHintThatIsNotTakenIsNotDeliveredAndNoError(t *testing.T) {
	w := newWorld(t)
	w.connect(t, "one", "agt_1")
	w.status = http.StatusForbidden
	w.hint(t, "agt_1", false)
	if !strings.Contains(w.log.String(), "a hint was not taken") {
		t.Errorf("nobody hears of it: %s", w.log)
	}
	if _, found, _ := w.connections.Of(t.Context(), "agt_1"); !found {
		t.Error("the connection is forgotten")
	}
}

func TestAHintWaitsTwoSecondsAtMost(t *testing.T) {
	w := newWorld(t)
	w.connect(t, "one", "agt_1")
	w.hangs = make(chan struct{})
	defer close(w.hangs)
	began := time.Now()
	w.hint(t, "agt_1", false)
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestOnlyAgentsGetAConnection(t *testing.T) {
	w := newWorld(t)
	for name, e := range map[string]events.APIGatewayWebsocketProxyRequest{
		"unsigned":      w.event("$connect", "one", "", now),
		"unknown agent": w.event("$connect", "one", "agt_unknown", now),
		"wrong clock":   w.event("$connect", "one", "agt_1", now.Add(time.Hour)),
	} {
		reply := w.handle(t, e)
		if reply.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, reply.StatusCode)
		}
		if at, err := sign.ReadStamp(reply.Headers[sign.ServerTimeHeader]); err != nil || !at.Equal(now) {
			t.Errorf("%s: told the time %v %v", name, at, err)
		}
	}
	w.hint(t, "agt_1", false)
	if reply := w.handle(t, w.event("$default", "one", "agt_1", now)); reply.StatusCode != http.StatusNotFound {
		t.Errorf("another route: %d", reply.StatusCode)
	}
}

func TestWhoComesGoesOrIsTurnedAwayIsLogged(t *testing.T) {
	w := newWorld(t)
	for name, step := range map[string]struct {
		do   func()
		says []string
	}{
		"comes":          {func() { w.connect(t, "one", "agt_1") }, []string{"agt_1", "one"}},
		"goes":           {func() { w.disconnect(t, "two") }, []string{"two"}},
		"is turned away": {func() { w.handle(t, w.event("$connect", "three", "agt_unknown", now)) }, []string{"agt_unknown", "three", "unauthenticated"}},
	} {
		w.log.Reset()
		step.do()
		for _, word := range step.says {
			if !strings.Contains(w.log.String(), word) {
				t.Errorf("who %s: no %s in the log: %s", name, word, w.log)
			}
		}
	}
}

func TestRowsOfAConnectionExpireThatNobodySawEnd(t *testing.T) {
	w := newWorld(t)
	w.connect(t, "one", "agt_1")
	w.clock.Advance(126 * time.Minute)
	w.hint(t, "agt_1", false)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.asked) > 0 {
		t.Errorf("asked %v", w.asked)
	}
}
