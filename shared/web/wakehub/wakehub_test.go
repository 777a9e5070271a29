package wakehub_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/wake/waketest"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/gateway"
	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
	"github.com/tierkeep/tierkeep/shared/web/route"
	"github.com/tierkeep/tierkeep/shared/web/wakehub"
)

var (
	now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
)

// anyAgent knows every agent but one, by the same key.
type anyAgent struct{}

func (anyAgent) AgentKey(_ context.Context, agent string) (agentauth.Agent, error) {
	if agent == "agt_unknown" {
		return agentauth.Agent{}, problem.New(problem.NotFound, "")
	}
	return agentauth.Agent{Key: key.Public().(ed25519.PublicKey)}, nil
}

func newHub() *wakehub.Hub {
	return wakehub.New(agentauth.Verifier{Keys: anyAgent{}, Clock: clock.NewFake(now)}, slog.New(slog.DiscardHandler))
}

func dial(ctx context.Context, url, agent string, at time.Time, client *http.Client) (*websocket.Conn, *http.Response, error) {
	h := http.Header{}
	sign.Sign(h, agent, key, sign.Wake, at, nil)
	return websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: h, HTTPClient: client})
}

// connection reads in the background, as agents do, because pings are answered only while somebody reads.
type connection struct {
	c     *websocket.Conn
	hints chan string
}

func listen(c *websocket.Conn) connection {
	l := connection{c, make(chan string, 100)}
	go func() {
		defer close(l.hints)
		for {
			_, text, err := c.Read(context.Background())
			if err != nil {
				return
			}
			l.hints <- string(text)
		}
	}()
	return l
}

func (c connection) Close() error { return c.c.Close(websocket.StatusNormalClosure, "") }

func (c connection) Next(ctx context.Context) error {
	select { // what has come counts, also when the context has ended
	case text, open := <-c.hints:
		return checkHint(text, open)
	default:
	}
	select {
	case text, open := <-c.hints:
		return checkHint(text, open)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func checkHint(text string, open bool) error {
	if !open {
		return net.ErrClosed
	}
	if text != `{"do":"claim"}` {
		return errors.New("an agent was told something else than to claim")
	}
	return nil
}

func TestHubKeepsThePromisesOfThePort(t *testing.T) {
	waketest.Run(t, func(t *testing.T) waketest.Harness {
		hub := newHub()
		server := httptest.NewServer(hub)
		t.Cleanup(server.Close)
		t.Cleanup(hub.Close)
		return waketest.Harness{Waker: hub, Connect: func(t *testing.T, agent string) waketest.Connection {
			c, _, err := dial(t.Context(), server.URL, agent, now, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.CloseNow() })
			l := listen(c)
			// The dial returns before the hub has entered the connection. It reads only what it has entered, so that an
			// answered ping says that hints arrive.
			if err := c.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			return l
		}}
	})
}

func TestOnlyAgentsGetAConnection(t *testing.T) {
	hub := newHub()
	server := httptest.NewServer(hub)
	defer server.Close()
	for name, dialer := range map[string]func() (*http.Response, error){
		"unsigned": func() (*http.Response, error) {
			_, r, err := websocket.Dial(t.Context(), server.URL, nil)
			return r, err
		},
		"unknown agent": func() (*http.Response, error) {
			_, r, err := dial(t.Context(), server.URL, "agt_unknown", now, nil)
			return r, err
		},
		"wrong clock": func() (*http.Response, error) {
			_, r, err := dial(t.Context(), server.URL, "agt_1", now.Add(time.Hour), nil)
			return r, err
		},
	} {
		r, err := dialer()
		if err == nil || r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if server, err := sign.ReadStamp(r.Header.Get(sign.ServerTimeHeader)); err != nil || !server.Equal(now) {
			t.Errorf("%s: told the time %v %v", name, server, err)
		}
	}
	if hub.Connected() != 0 {
		t.Errorf("%d are connected", hub.Connected())
	}
}

func TestKeepAlivesDoNotEndTheConnection(t *testing.T) {
	hub := newHub()
	server := httptest.NewServer(hub)
	defer server.Close()
	defer hub.Close()
	c, _, err := dial(t.Context(), server.URL, "agt_1", now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	for range 3 {
		if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"action":"k"}`)); err != nil {
			t.Fatal(err)
		}
	}
	l := listen(c)
	if err := c.Ping(t.Context()); err != nil { // the hub has read all that was before
		t.Fatal(err)
	}
	if delivered, err := hub.Hint(t.Context(), "agt_1"); !delivered || err != nil {
		t.Fatalf("%v %v", delivered, err)
	}
	if err := l.Next(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAgentsReachTheHubThroughTheGateway(t *testing.T) {
	hub := newHub()
	defer hub.Close()
	g := gateway.Gateway{Functions: map[string]lambdahttp.Func{}, Socket: hub, Site: http.NotFoundHandler(), Clock: clock.NewFake(now)}
	for _, row := range route.Rows {
		g.Functions[row.Feature] = lambdahttp.Wrap(http.NotFoundHandler())
	}
	front, err := gateway.New(g)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(front)
	defer server.Close()
	c, _, err := dial(t.Context(), server.URL+"/agent/v1/wake", "agt_1", now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	l := listen(c)
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if delivered, err := hub.Hint(t.Context(), "agt_1"); !delivered || err != nil {
		t.Fatalf("%v %v", delivered, err)
	}
	if err := l.Next(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAClosedHubTakesNobody(t *testing.T) {
	hub := newHub()
	server := httptest.NewServer(hub)
	defer server.Close()
	hub.Close()
	c, _, err := dial(t.Context(), server.URL, "agt_1", now, nil)
	if err == nil {
		_, _, err = c.Read(t.Context())
	}
	if err == nil || hub.Connected() != 0 {
		t.Errorf("connected after the end: %v", err)
	}
}

// TestAPeerThatDoesNotReadIsWaitedForTwoSecondsAndDropped runs in a bubble of fake time, over connections without buffers.
func TestAPeerThatDoesNotReadIsWaitedForTwoSecondsAndDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := newHub()
		pipes := &pipeListener{accept: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{Handler: hub}
		served := make(chan error, 1)
		go func() { served <- server.Serve(pipes) }()
		client := &http.Client{Transport: &http.Transport{DialContext: pipes.dial}}
		c, _, err := dial(t.Context(), "http://pipe", "agt_1", now, client)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		before := time.Now()
		delivered, err := hub.Hint(t.Context(), "agt_1")
		if err != nil || delivered {
			t.Errorf("delivered is %v: %v", delivered, err)
		}
		if waited := time.Since(before); waited != 2*time.Second {
			t.Errorf("waited %s of fake time", waited)
		}
		if hub.Connected() != 0 {
			t.Error("the dead connection was kept")
		}
		_ = c.CloseNow()
		hub.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		client.CloseIdleConnections()
	})
}

// pipeListener connects both sides in process, without any buffer between them.
type pipeListener struct {
	accept chan net.Conn
	closed chan struct{}
}

func (p *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.accept <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.accept:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipeListener) Close() error {
	close(p.closed)
	return nil
}

func (p *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
