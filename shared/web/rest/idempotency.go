package rest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// A request with an Idempotency-Key is carried out once within change.RememberFor, however often it is sent. What is kept
// is its hash, its status and where its result stands; a repeat reads the result as it is by then, under the rights of
// whoever repeats, which are those of the first sender because both are the same principal.
const (
	idempotencyHeader = "Idempotency-Key"
	replayedHeader    = "Idempotency-Replayed"
	maxKeyLength      = 64
)

var idempotencyParameter = &huma.Param{
	Name: idempotencyHeader, In: "header",
	Description: "At most 64 printable characters. The same request with the same key is carried out once within 24 hours; " +
		"a repeat is answered with what was made, and Idempotency-Replayed: true.",
	Schema: &huma.Schema{Type: huma.TypeString},
}

type replayKey struct{}

// replay marks the inner request by which a repeat reads its result.
type replay struct {
	principal authz.Principal
	requestID string
}

// repeat answers a request that was carried out before (done), or returns what the commit must remember.
func (f *Feature) repeat(ctx context.Context, w http.ResponseWriter, r *http.Request, op Operation, status int, key string, body []byte) (remember *change.Idempotency, done bool, err error) {
	if !printable(key) {
		return nil, false, problem.Invalid(idempotencyHeader, "pattern", "1 to 64 printable characters of ASCII")
	}
	p, _ := authz.From(ctx)
	resource := op.resource(r)
	i := change.Idempotency{
		Scope: string(p.Via) + ":" + p.User + ":" + p.Key, Key: key, Hash: requestHash(r, body), Status: status,
		Location: func(s string) string { return strings.ReplaceAll(resource, subject, pathEscape(s)) },
	}
	row, err := f.deps.Store.Get(ctx, i.RowKey())
	if errors.Is(err, store.ErrNotFound) {
		return &i, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the memory of an idempotent request: %w", err)
	}
	var before change.Remembered
	if err := json.Unmarshal(row.Value, &before); err != nil {
		return nil, false, fmt.Errorf("read the memory of an idempotent request: %w", err)
	}
	if before.Hash != i.Hash {
		return nil, false, problem.New(problem.IdempotencyReused, "")
	}
	w.Header().Set(replayedHeader, "true")
	if before.Location != "" {
		w.Header().Set("Location", before.Location)
	}
	if op.Secret {
		return nil, false, problem.New(problem.SecretAlreadyShown, "")
	}
	f.answerAgain(ctx, w, r, before, p)
	return nil, true, nil
}

func (f *Feature) answerAgain(ctx context.Context, w http.ResponseWriter, r *http.Request, before change.Remembered, p authz.Principal) {
	if before.Location == "" {
		w.WriteHeader(before.Status)
		return
	}
	ctx = context.WithValue(ctx, replayKey{}, &replay{principal: p, requestID: CallFrom(ctx).RequestID})
	read, err := http.NewRequestWithContext(ctx, http.MethodGet, before.Location, nil)
	if err != nil {
		WriteProblem(w, r, fmt.Errorf("repeat a request: %w", err))
		return
	}
	read.Host, read.RemoteAddr, read.TLS = r.Host, r.RemoteAddr, r.TLS
	for _, name := range []string{"Accept", "User-Agent", "X-Forwarded-Proto"} {
		read.Header[name] = r.Header[name]
	}
	reply := &recorder{header: http.Header{}, status: http.StatusOK}
	f.ServeHTTP(reply, read)
	maps.Copy(w.Header(), reply.header)
	if reply.status == http.StatusOK {
		reply.status = before.Status
	}
	w.WriteHeader(reply.status)
	if _, err := w.Write(reply.body.Bytes()); err != nil {
		logFailure(ctx, err)
	}
}

// requestHash tells requests of one sender apart. No part before the body can hold a line break.
func requestHash(r *http.Request, body []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n", r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("If-Match"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func printable(key string) bool {
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(key) > 0 && len(key) <= maxKeyLength
}

// recorder keeps a reply.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
