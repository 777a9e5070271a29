package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
)

// FuzzTheFunctionSeesThePathThatTheClientSent sends any target through the gateway, the event and the function.
func FuzzTheFunctionSeesThePathThatTheClientSent(f *testing.F) {
	for _, seed := range []string{"/v1/session?a=1&a=2", "/v1/tenants/a%2Fb/users", "/v1/session/%3F%23", "/brand/%00", "/v1/links/%E2%82%AC?x=%zz", "/v1/session/a:b@c;d", "/v1/links/x?#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		sent, err := url.ParseRequestURI(target)
		if err != nil || sent.Host != "" || sent.Scheme != "" {
			t.Skip("no net/http server would read it")
		}
		called := false
		seen := func(_ http.ResponseWriter, r *http.Request) {
			called = true
			if r.URL.EscapedPath() != sent.EscapedPath() || r.URL.RawQuery != sent.RawQuery || r.Host != "localhost" {
				t.Errorf("sent %q, seen %q with %q of %q", target, r.URL.EscapedPath(), r.URL.RawQuery, r.Host)
			}
		}
		g := newGateway(t, io.Discard, lambdahttp.Wrap(http.HandlerFunc(seen)))
		g.Site = http.HandlerFunc(seen)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL, r.Host = sent, "localhost"
		reply := httptest.NewRecorder()
		g.ServeHTTP(reply, r)
		if !called && reply.Code != http.StatusNotFound && sent.Path != "/agent/v1/wake" {
			t.Errorf("%q: status %d %s", target, reply.Code, reply.Body)
		}
	})
}
