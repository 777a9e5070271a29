package rest

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/pattern"
)

// Call is what a handler may need to know of the request beyond its input.
type Call struct {
	RequestID string
	Host      string // as the client knows the platform, with a port where it has one
	Address   string // the client's, without a port
	Client    string // the client's User-Agent, at most 200 bytes
	Secure    bool   // the client came by TLS
	Step      string // the token of a sign-in that waits for its second step, empty: none

	log    *slog.Logger
	replay *replay
}

type callKey struct{}

func withCall(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallFrom returns the call that a context belongs to, or the zero value outside of a request.
func CallFrom(ctx context.Context) Call {
	c, _ := ctx.Value(callKey{}).(Call)
	return c
}

// requestIDHeader carries the identifier under which a request is found in the logs, both ways.
const requestIDHeader = "X-Request-Id"

var acceptableRequestID = pattern.New(`^[A-Za-z0-9._-]{8,64}$`)

// Begin gives a request its Call and the reply the headers that every reply carries. Handlers of features do it by
// themselves; others that answer with WriteProblem begin with it.
func Begin(w http.ResponseWriter, r *http.Request, now clock.Clock, log *slog.Logger) *http.Request {
	c := Call{
		RequestID: r.Header.Get(requestIDHeader), Host: r.Host, Address: address(r.RemoteAddr), Client: r.UserAgent(),
		// The gateways, ours and Amazon's, overwrite what a client says here.
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
		log:    log,
	}
	if !acceptableRequestID.MatchString(c.RequestID) {
		c.RequestID = id.New("req", now.Now())
	}
	if len(c.Client) > 200 {
		c.Client = strings.ToValidUTF8(c.Client[:200], "")
	}
	c.Step = c.stepOf(r)
	c.replay, _ = r.Context().Value(replayKey{}).(*replay)
	if c.replay != nil {
		c.RequestID = c.replay.requestID
	}
	setHeaders(w.Header(), c)
	return r.WithContext(withCall(r.Context(), c))
}

func address(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	return a.Unmap().String()
}

// onThisMachine tells whether a host name can only mean the machine that the client runs on, where plain HTTP is safe.
func onThisMachine(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return a.IsLoopback()
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
