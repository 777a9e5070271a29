package lambdahttp

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"

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

// The headers that a function at the edge sets, over whatever a client says in them, and the key, which CloudFront adds as a
// custom header of the origin.
const (
	HostHeader    = "X-Tk-Host"
	AddressHeader = "X-Tk-Address"
	OriginHeader  = "X-Tk-Origin"
)

// believe puts the client's host and address in place where the front has proved itself. The proof and the claims go no
// further than here, so that nothing behind reads them unproved.
func (f Front) believe(r *http.Request) {
	host, address, shown := r.Header.Get(HostHeader), r.Header.Get(AddressHeader), r.Header.Get(OriginHeader)
	for _, name := range []string{HostHeader, AddressHeader, OriginHeader} {
		r.Header.Del(name)
	}
	if shown == "" || f.Origin == nil || !f.proved(r.Context(), shown) {
		return
	}
	if hosts.MatchString(host) {
		r.Host = host
	}
	if a, err := netip.ParseAddr(address); err == nil {
		r.RemoteAddr = a.Unmap().String()
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
