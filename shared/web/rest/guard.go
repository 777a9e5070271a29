package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/ratelimit"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// guard stands before every operation: it reads the body, finds out who is asking, brakes, and answers repeats.
func (f *Feature) guard(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	op, ok := ctx.Operation().Metadata[metadataKey].(Operation)
	if !ok {
		WriteProblem(w, r, errors.New("an operation without description"))
		return
	}
	admitted, done, err := f.admit(w, r, op, ctx.Operation())
	switch {
	case err != nil:
		WriteProblem(w, r, err)
	case !done:
		next(huma.WithContext(ctx, admitted))
	}
}

// admit returns the context in which the operation runs; done says that the request was answered already.
func (f *Feature) admit(w http.ResponseWriter, r *http.Request, op Operation, described *huma.Operation) (ctx context.Context, done bool, err error) {
	call := CallFrom(r.Context())
	if call.replay != nil {
		return authz.With(r.Context(), call.replay.principal), false, nil
	}
	body, err := readBody(r, op.MaxBody)
	if err != nil {
		return nil, false, err
	}
	ctx, err = f.identify(w, r, op, body, call)
	if err != nil {
		return nil, false, err
	}
	if described.RequestBody != nil && len(body) > 0 {
		if err := checkBody(r, body); err != nil {
			return nil, false, err
		}
	}
	request := change.Request{ID: call.RequestID, Address: call.Address}
	if op.Auth == route.Agent {
		request.Address = "" // an agent's address is no person's
	}
	if key := r.Header.Get(idempotencyHeader); key != "" && op.repeatable() {
		request.Idempotency, done, err = f.repeat(ctx, w, r, op, described.DefaultStatus, key, body)
		if err != nil || done {
			return nil, done, err
		}
	}
	return change.WithRequest(ctx, request), false, nil
}

// identify puts the principal into the context and brakes whoever it is.
func (f *Feature) identify(w http.ResponseWriter, r *http.Request, op Operation, body []byte, call Call) (context.Context, error) {
	ctx := r.Context()
	var p authz.Principal
	var err error
	switch op.Auth {
	case route.Public:
		if err := sameOrigin(r); err != nil {
			return nil, err
		}
		return ctx, brake(f.deps.Addresses, ratelimit.ByAddress(call.Address))
	case route.Agent:
		verifier := agentauth.Verifier{Keys: f.deps.Agents, Clock: f.deps.Clock}
		verifier.SetServerTime(w.Header())
		p, err = verifier.Verify(ctx, r.Header, sign.Target(r.Method, r.URL.EscapedPath()), body)
	case route.Person:
		p, err = f.person(r, call)
	}
	if problem.Has(err, problem.Unauthenticated) {
		if braked := brake(f.deps.Addresses, ratelimit.ByAddress(call.Address)); braked != nil {
			return nil, braked
		}
	}
	if err != nil {
		return nil, err
	}
	return authz.With(ctx, p), brake(f.deps.Callers, string(p.Via)+":"+p.Session+p.Key+p.Agent)
}

func (f *Feature) person(r *http.Request, call Call) (authz.Principal, error) {
	shown, ok := credentials(r, call)
	if !ok {
		return authz.Principal{}, problem.New(problem.Unauthenticated, "no session or key")
	}
	if shown.Session != "" {
		if err := sameOrigin(r); err != nil {
			return authz.Principal{}, err
		}
	}
	return f.deps.Authenticator.Authenticate(r.Context(), shown)
}

func brake(l *ratelimit.Limiter, key string) error {
	if l == nil {
		return nil
	}
	if wait := l.Take(key); wait > 0 {
		return &problem.Error{Code: problem.RateLimited, RetryAfter: wait}
	}
	return nil
}

// readBody reads the whole body, whose bytes are signed or hashed, and leaves it to be read again.
func readBody(r *http.Request, max int64) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, max+1))
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "the body broke off")
	}
	if int64(len(body)) > max {
		return nil, problem.New(problem.TooLarge, "")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

func checkBody(r *http.Request, body []byte) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return unreadable("Content-Type", "media_type", "application/json")
	}
	return checkJSON(body)
}

func pathEscape(segment string) string { return url.PathEscape(segment) }
