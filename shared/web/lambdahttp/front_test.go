package lambdahttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
)

func behind(t *testing.T, f lambdahttp.Front, headers map[string]string) (host, address string, left http.Header) {
	t.Helper()
	e := event(http.MethodGet, "/")
	for name, value := range headers {
		e.Headers[name] = value
	}
	_, err := f.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		host, address, left = r.Host, r.RemoteAddr, r.Header
	}))(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return host, address, left
}

func origin(secret string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(secret), nil }
}

func TestTheFrontIsBelievedOnlyWithItsSecret(t *testing.T) {
	unreadable := func(context.Context) ([]byte, error) { return nil, errors.New("out of reach") }
	const own, direct = "backup.example:8443", "192.0.2.7"
	for _, test := range []struct {
		name          string
		front         lambdahttp.Front
		give          map[string]string
		host, address string
	}{
		{"with the secret", lambdahttp.Front{Origin: origin("s3cret")}, map[string]string{
			"x-tk-host": "brand.example", "x-tk-origin": "s3cret", "x-tk-address": "198.51.100.10",
		}, "brand.example", "198.51.100.10"},
		{"an IPv6 address", lambdahttp.Front{Origin: origin("s3cret")}, map[string]string{
			"x-tk-host": "brand.example:8443", "x-tk-origin": "s3cret", "x-tk-address": "2001:db8::1",
		}, "brand.example:8443", "2001:db8::1"},
		{"what a client itself says of its address", lambdahttp.Front{Origin: origin("s3cret")}, map[string]string{
			"x-tk-host": "brand.example", "x-tk-origin": "s3cret", "x-tk-address": "198.51.100.10",
			"cloudfront-viewer-address": "10.6.6.6:46532", "x-forwarded-for": "10.6.6.6, 10.6.6.7, 130.176.0.1",
		}, "brand.example", "198.51.100.10"},
		{"a host that is none", lambdahttp.Front{Origin: origin("s3cret")}, map[string]string{
			"x-tk-host": "brand.example/../x", "x-tk-origin": "s3cret", "x-tk-address": "nonsense",
		}, own, direct},
		{"a wrong secret", lambdahttp.Front{Origin: origin("s3cret")}, map[string]string{
			"x-tk-host": "brand.example", "x-tk-origin": "s3cre", "x-tk-address": "198.51.100.10",
		}, own, direct},
		{"no secret", lambdahttp.Front{Origin: origin("s3cret")}, map[string]string{
			"x-tk-host": "brand.example", "x-tk-address": "198.51.100.10",
		}, own, direct},
		{"an empty secret", lambdahttp.Front{Origin: origin("")}, map[string]string{
			"x-tk-host": "brand.example", "x-tk-origin": "x",
		}, own, direct},
		{"a secret that cannot be read", lambdahttp.Front{Origin: unreadable}, map[string]string{
			"x-tk-host": "brand.example", "x-tk-origin": "s3cret",
		}, own, direct},
		{"nothing in front", lambdahttp.Front{}, map[string]string{
			"x-tk-host": "brand.example", "x-tk-origin": "", "x-tk-address": "198.51.100.10",
		}, own, direct},
	} {
		t.Run(test.name, func(t *testing.T) {
			host, address, left := behind(t, test.front, test.give)
			if host != test.host || address != test.address {
				t.Errorf("host %q, address %q", host, address)
			}
			for _, name := range []string{lambdahttp.HostHeader, lambdahttp.OriginHeader, lambdahttp.AddressHeader} {
				if left.Get(name) != "" {
					t.Errorf("%s goes on to the handler", name)
				}
			}
		})
	}
}

func TestAPanicBecomesAProblemAndIsLoggedOnce(t *testing.T) {
	for _, test := range []struct {
		name  string
		with  any
		lines int
	}{
		{"a panic", "on fire", 1},
		{"half a reply, which the handler has logged", http.ErrAbortHandler, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			e := event(http.MethodGet, "/")
			e.Headers["x-request-id"] = "request-of-mine"
			call := lambdahttp.Front{Log: slog.New(slog.NewJSONHandler(&log, nil))}.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if _, err := io.WriteString(w, `{"half":`); err != nil {
					t.Error(err)
				}
				panic(test.with)
			}))
			reply, err := call(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			var told struct {
				Code      string
				RequestID string `json:"request_id"`
			}
			if err := json.Unmarshal([]byte(reply.Body), &told); err != nil {
				t.Fatalf("%s: %v", reply.Body, err)
			}
			if reply.StatusCode != 500 || told.Code != "internal" || told.RequestID != "request-of-mine" || strings.Contains(reply.Body, "fire") {
				t.Errorf("%d %s", reply.StatusCode, reply.Body)
			}
			if reply.Headers["Content-Type"] != "application/problem+json" {
				t.Errorf("%v", reply.Headers)
			}
			if got := strings.Count(log.String(), "\n"); got != test.lines || test.lines > 0 && !strings.Contains(log.String(), "request-of-mine") {
				t.Errorf("%d lines: %s", got, log.String())
			}
		})
	}
}
