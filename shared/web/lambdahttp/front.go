package lambdahttp

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/pattern"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Front is what stands between clients and a function on AWS. CloudFront serves every brand's host and calls the API by the
// API's own name, so that it says in headers of its own whom the client asked for. Anybody could say the same to the API
// directly: these headers count only beside the secret that CloudFront and the platform share. The zero value believes
// nobody, which is right where nothing stands in front.
type Front struct {
	// Origin tells the secret of the origin. It is asked for each request that shows one.
	Origin func(ctx context.Context) ([]byte, error)
	Log    *slog.Logger // nil: nothing is logged
}

// The headers that CloudFront adds: ours by a function and as a custom header of the origin, Amazon's by the policy of
// requests to the origin.
const (
	HostHeader   = "X-Tk-Host"
	OriginHeader = "X-Tk-Origin"

	viewerHeader  = "Cloudfront-Viewer-Address"
	forwardHeader = "X-Forwarded-For"
)

// believe puts the client's host and address in place where the front has proved itself. The proof and the claims go no
// further than here, so that nothing behind reads them unproved.
func (f Front) believe(r *http.Request) {
	host, shown := r.Header.Get(HostHeader), r.Header.Get(OriginHeader)
	viewer, forwarded := r.Header.Get(viewerHeader), r.Header.Get(forwardHeader)
	for _, name := range []string{HostHeader, OriginHeader, viewerHeader} {
		r.Header.Del(name)
	}
	if shown == "" || f.Origin == nil || !f.proved(r.Context(), shown) {
		return
	}
	if hosts.MatchString(host) {
		r.Host = host
	}
	if a := viewerOf(viewer, forwarded); a.IsValid() {
		r.RemoteAddr = a.String()
	}
}

func (f Front) proved(ctx context.Context, shown string) bool {
	want, err := f.Origin(ctx)
	if err != nil {
		f.log().ErrorContext(ctx, "the secret of the origin cannot be read; hosts of brands are not known", "error", err)
		return false
	}
	return len(want) > 0 && subtle.ConstantTimeCompare([]byte(shown), want) == 1
}

var hosts = pattern.New(`^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?$`)

// viewerOf reads the client's address: what CloudFront says of it, where an IPv6 address stands without brackets before the
// port, else the one before last in the list of forwarders, to which CloudFront and the API have each added whom they saw.
func viewerOf(viewer, forwarded string) netip.Addr {
	if i := strings.LastIndexByte(viewer, ':'); i > 0 {
		if a, err := netip.ParseAddr(strings.Trim(viewer[:i], "[]")); err == nil {
			return a.Unmap()
		}
	}
	seen := strings.Split(forwarded, ",")
	if len(seen) < 2 {
		return netip.Addr{}
	}
	text := strings.TrimSpace(seen[len(seen)-2])
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// broken answers a request whose handler panicked. A handler that gave up half a reply has said why already; nothing of that
// half has gone out, so that the client gets a whole refusal.
func (f Front) broken(ctx context.Context, e events.APIGatewayV2HTTPRequest, failure any, stack []byte) (events.APIGatewayV2HTTPResponse, error) {
	log := f.log()
	if err, ok := failure.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		log = slog.New(slog.DiscardHandler)
	}
	adapter := httpadapter.NewV2(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repair(r, &e)
		rest.WriteProblem(w, rest.Begin(w, r, clock.System{}, log), fmt.Errorf("panic: %v\n%s", failure, stack))
	}))
	return adapter.ProxyWithContext(ctx, e)
}

func (f Front) log() *slog.Logger {
	if f.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return f.Log
}
