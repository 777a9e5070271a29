// Package lambdahttp makes a function of API Gateway's HTTP API (payload 2.0) of an http.Handler. It alone imports
// aws-lambda-go-api-proxy, which is archived, and repairs what that library does to requests; when it is replaced, this
// file is.
package lambdahttp

import (
	"context"
	"net/http"
	"net/textproto"
	"runtime/debug"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// Func is what lambda.Start takes, and what the local gateway calls.
type Func func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Wrap makes the function of a handler that nothing stands in front of; see Front.
func Wrap(h http.Handler) Func { return Front{}.Wrap(h) }

// Wrap makes the function. The handler sees the request as the client sent it: headers whole, cookies joined, the host
// that the client asked for, the path still escaped. The event must come from the stage $default, because the name of any
// other stays in the path. A handler that panics ends its request and not the process.
func (f Front) Wrap(h http.Handler) Func {
	adapter := httpadapter.NewV2(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e, ok := r.Context().Value(eventKey{}).(*events.APIGatewayV2HTTPRequest); ok {
			repair(r, e)
			f.believe(r)
		}
		reply := &replyWriter{ResponseWriter: w}
		h.ServeHTTP(reply, r)
		if !reply.begun { // net/http says 200 for a handler that says nothing; the library fails
			w.WriteHeader(http.StatusOK)
		}
	}))
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (reply events.APIGatewayV2HTTPResponse, err error) {
		defer func() {
			if failure := recover(); failure != nil {
				reply, err = f.broken(ctx, e, failure, debug.Stack())
			}
		}()
		return adapter.ProxyWithContext(context.WithValue(ctx, eventKey{}, &e), e)
	}
}

type eventKey struct{}

// repair puts back what the library splits at commas (a signature, a date, the cookies) and what it leaves out.
func repair(r *http.Request, e *events.APIGatewayV2HTTPRequest) {
	for name, value := range e.Headers {
		r.Header[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
	}
	if len(e.Cookies) > 0 {
		r.Header["Cookie"] = []string{strings.Join(e.Cookies, "; ")}
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	r.Header.Del("Host") // as net/http does
	if e.RawQueryString != "" {
		r.URL.RawQuery, r.URL.Fragment, r.URL.RawFragment = e.RawQueryString, "", "" // a "#" within a query is no fragment
	}
	r.RequestURI = r.URL.RequestURI()
}

type replyWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *replyWriter) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *replyWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}
