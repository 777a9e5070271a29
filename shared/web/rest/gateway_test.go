package rest_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/web/gateway"
	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// behindGateway serves the shop as it is served on one machine: gateway, event, function, handler.
func behindGateway(t *testing.T, w *world) *httptest.Server {
	t.Helper()
	functions := map[string]lambdahttp.Func{}
	for _, row := range route.Rows {
		functions[row.Feature] = lambdahttp.Wrap(w.handler)
	}
	g, err := gateway.New(gateway.Gateway{
		Functions: functions, Socket: http.NotFoundHandler(), Site: http.NotFoundHandler(), Clock: w.clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return server
}

func TestAHandlerAnswersTheSameBehindTheGateway(t *testing.T) {
	w := newWorld(t)
	server := behindGateway(t, w)
	send := func(method, path, body string, headers header) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		for name, value := range headers {
			r.Header.Set(name, value)
		}
		reply, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		text, err := io.ReadAll(reply.Body)
		if err != nil {
			t.Fatal(err)
		}
		return reply, string(text)
	}
	ann := header{"Cookie": "theme=dark; tk=ann", "Idempotency-Key": "k1", "Origin": server.URL}
	first, made := send(http.MethodPost, things, `{"name":"lamp"}`, ann)
	again, repeated := send(http.MethodPost, things, `{"name":"lamp"}`, ann)
	if first.StatusCode != 201 || again.StatusCode != 201 || made != repeated || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d %s, then %d %s", first.StatusCode, made, again.StatusCode, repeated)
	}
	if reply, text := send(http.MethodGet, again.Header.Get("Location"), "", ann); reply.StatusCode != 200 || text != made {
		t.Errorf("at its location: %d %s", reply.StatusCode, text)
	}
	if w.shop.request.Address != "127.0.0.1" {
		t.Errorf("the service knows the client as %q", w.shop.request.Address)
	}
	t.Run("a client cannot claim TLS or another address", func(t *testing.T) {
		reply, text := send(http.MethodGet, things, "", header{"Cookie": "__Host-tk=ann", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"})
		if reply.StatusCode != 401 || reply.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%d %s", reply.StatusCode, text)
		}
	})
}
