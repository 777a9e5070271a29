package rest

import (
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/ratelimit"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
)

// Deps is what answering needs. For the document alone the zero value will do.
type Deps struct {
	Authenticator Authenticator
	Agents        agentauth.Keys // nil where the feature has no operation for agents
	Store         store.Store    // where requests with an Idempotency-Key are remembered
	Clock         clock.Clock
	Log           *slog.Logger       // nil: nothing is logged
	Callers       *ratelimit.Limiter // brakes each person, key and agent; nil: nobody
	Addresses     *ratelimit.Limiter // brakes each address that shows no valid credential; nil: none
}

// Feature answers the operations of one feature.
type Feature struct {
	name string
	deps Deps
	mux  *http.ServeMux

	operations []registration
	document   func() *huma.OpenAPI
}

// Handler makes the http.Handler of a feature, whose name stands in shared/web/route. It panics when an operation was
// registered wrongly, so that a mistake shows in the first test or at start and never in a request. What only huma can find
// wrong shows when the document is made, which tests do for every feature.
func Handler(feature string, register func(huma.API), d Deps) *Feature {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	d.Log = d.Log.With("feature", feature)
	f := &Feature{name: feature, deps: d, mux: http.NewServeMux()}
	f.document = sync.OnceValue(f.describe)
	register(collector{feature: f})
	return f
}

// OpenAPI returns the document of this feature's operations.
func (f *Feature) OpenAPI() *huma.OpenAPI { return f.document() }

// ServeHTTP answers a request, also one for a path that the feature does not have.
func (f *Feature) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = Begin(w, r, f.deps.Clock, f.deps.Log)
	tracked := &responseWriter{ResponseWriter: w, status: http.StatusOK}
	began := f.deps.Clock.Now()
	defer func() {
		failure := recover()
		if failure == nil {
			logAnswer(r, tracked.status, f.deps.Clock.Now().Sub(began))
			return
		}
		err := fmt.Errorf("panic: %v\n%s", failure, debug.Stack())
		if tracked.wrote {
			logFailure(r.Context(), err)
			panic(http.ErrAbortHandler) // half a reply must not look like a whole one
		}
		WriteProblem(tracked, r, err)
	}()
	f.dispatch(tracked, r)
}

// dispatch stands before ServeMux, whose own refusals are plain text and whose redirects would lead around the API.
func (f *Feature) dispatch(w http.ResponseWriter, r *http.Request) {
	if escaped := r.URL.EscapedPath(); path.Clean(escaped) != escaped {
		WriteProblem(w, r, problem.New(problem.NotFound, ""))
		return
	}
	if _, pattern := f.mux.Handler(r); pattern != "" {
		f.mux.ServeHTTP(w, r)
		return
	}
	if allowed := f.methodsOf(r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		WriteProblem(w, r, problem.New(problem.MethodNotAllowed, ""))
		return
	}
	WriteProblem(w, r, problem.New(problem.NotFound, ""))
}

func (f *Feature) methodsOf(r *http.Request) []string {
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut} {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := f.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	return allowed
}

// responseWriter remembers whether a reply has begun.
type responseWriter struct {
	http.ResponseWriter
	wrote  bool
	status int
}

func (w *responseWriter) WriteHeader(status int) {
	if !w.wrote {
		w.wrote, w.status = true, status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
