// Package gateway stands in for API Gateway on one machine. It matches the route table, builds the event that API Gateway
// would send, and calls the function that would run as a Lambda, so that both worlds share one path. It decides nothing:
// who may do what, and what is told, is the functions'.
package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/web/lambdahttp"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// MaxBody is what a Lambda function can be sent at most, 6 MB; the functions' own limits are tighter.
const MaxBody = 6 << 20

// Gateway answers everything that comes to the platform's address.
type Gateway struct {
	Functions map[string]lambdahttp.Func // by feature
	Socket    http.Handler               // the agents' WebSocket, which is another API on AWS
	Site      http.Handler               // the portal: every path that no row claims
	Clock     clock.Clock
	Log       *slog.Logger
}

// New returns a gateway, or an error that names a feature of the route table without a function.
func New(g Gateway) (*Gateway, error) {
	for _, row := range route.Rows {
		if row.Socket {
			continue
		}
		if g.Functions[row.Feature] == nil {
			return nil, fmt.Errorf("no function answers %s: feature %s is missing", row.Prefix, row.Feature)
		}
	}
	if g.Socket == nil || g.Site == nil {
		return nil, errors.New("a gateway needs a socket and a site")
	}
	return &g, nil
}

var hostName = regexp.MustCompile(`^([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?$`)

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		failure := recover()
		switch failure {
		case nil:
		case http.ErrAbortHandler: // a reply broke off; net/http closes the connection
			panic(failure)
		default:
			g.refuse(w, r, fmt.Errorf("panic: %v\n%s", failure, debug.Stack()))
		}
	}()
	if !hostName.MatchString(r.Host) {
		g.refuse(w, r, problem.New(problem.Unreadable, "the Host header is no host"))
		return
	}
	row, found := route.Match(r.URL.EscapedPath())
	switch {
	case !found && route.Reserved(r.URL.EscapedPath()):
		g.refuse(w, r, problem.New(problem.NotFound, ""))
	case !found:
		g.Site.ServeHTTP(w, r)
	case row.Socket:
		g.Socket.ServeHTTP(w, r)
	default:
		g.call(w, r, row)
	}
}

func (g *Gateway) call(w http.ResponseWriter, r *http.Request, row route.Row) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		g.refuse(w, r, problem.Wrap(err, problem.TooLarge, ""))
		return
	case err != nil:
		g.refuse(w, r, problem.Wrap(err, problem.Unreadable, "the body broke off"))
		return
	}
	reply, err := g.Functions[row.Feature](r.Context(), g.event(r, row, body))
	if err != nil {
		g.refuse(w, r, fmt.Errorf("call %s: %w", row.Feature, err))
		return
	}
	if err := send(w, reply); err != nil {
		g.refuse(w, r, fmt.Errorf("reply of %s: %w", row.Feature, err))
	}
}

// refuse answers what no function did. What is no refusal but a failure of ours is logged here, for the same reason.
func (g *Gateway) refuse(w http.ResponseWriter, r *http.Request, err error) {
	rest.WriteProblem(w, rest.Begin(w, r, g.Clock, g.Log), err)
}

// event builds what API Gateway sends: names in lower case, values of one name joined, cookies apart, text as it is and
// anything else in base64. What only a gateway may say about a client replaces what the client says itself.
func (g *Gateway) event(r *http.Request, row route.Row, body []byte) events.APIGatewayV2HTTPRequest {
	now := g.Clock.Now()
	source := sourceOf(r)
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: row.GatewayKey(r.URL.EscapedPath()), RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery,
		Cookies: cookiesOf(r), Headers: map[string]string{}, Body: string(body),
	}
	for name, values := range r.Header {
		if !hopByHop[name] && name != "Cookie" {
			e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	e.Headers["host"] = r.Host
	e.Headers["x-forwarded-for"] = source
	e.Headers["x-forwarded-proto"] = "http"
	if r.TLS != nil {
		e.Headers["x-forwarded-proto"] = "https"
	}
	if !utf8.Valid(body) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	e.RequestContext = events.APIGatewayV2HTTPRequestContext{
		RouteKey: e.RouteKey, Stage: "$default", RequestID: id.New("req", now), DomainName: r.Host, TimeEpoch: now.UnixMilli(),
		Time: now.Format("02/Jan/2006:15:04:05 -0700"),
		HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
			Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: source, UserAgent: r.UserAgent(),
		},
	}
	return e
}

// hopByHop are headers of one connection (RFC 9110, 7.6.1) and of proxies that stand in front of nothing here.
var hopByHop = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "Te": true, "Trailer": true,
	"Transfer-Encoding": true, "Upgrade": true, "Forwarded": true, "X-Forwarded-Host": true, "X-Forwarded-Port": true,
}

func sourceOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func cookiesOf(r *http.Request) []string {
	var all []string
	for _, line := range r.Header["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				all = append(all, pair)
			}
		}
	}
	return all
}

// send writes a function's reply. A reply that cannot be one is an error, before anything was written.
func send(w http.ResponseWriter, reply events.APIGatewayV2HTTPResponse) error {
	body := []byte(reply.Body)
	if reply.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(reply.Body); err != nil {
			return err
		}
	}
	if reply.StatusCode < 200 || reply.StatusCode > 599 {
		return fmt.Errorf("status %d", reply.StatusCode)
	}
	for name, value := range reply.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range reply.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(reply.StatusCode)
	_, _ = w.Write(body) // the client has gone where this fails, and there is nobody left to tell
	return nil
}
