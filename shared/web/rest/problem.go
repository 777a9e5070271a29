package rest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// Problem is how a refusal is told (RFC 9457). Its media type is application/problem+json.
type Problem struct {
	Type      string          `json:"type" doc:"Names the kind of problem, as the code does" example:"urn:tierkeep:problem:not_found"`
	Title     string          `json:"title" doc:"The kind of problem in English"`
	Status    int             `json:"status"`
	Code      string          `json:"code" doc:"The violated rule; codes never change their meaning" example:"not_found"`
	Detail    string          `json:"detail,omitempty" doc:"What was wrong this time, in English; repeats nothing that was submitted"`
	Fields    []problem.Field `json:"fields,omitempty" doc:"The fields that are wrong: JSON pointers, or names of parameters"`
	RequestID string          `json:"request_id" doc:"Under which the platform's logs speak of this request"`

	retryAfter int    // seconds
	cookie     string // to be set, empty: none
}

func newProblem(ctx context.Context, p *problem.Error) *Problem {
	meaning := p.Meaning()
	told := &Problem{
		Type: "urn:tierkeep:problem:" + string(p.Code), Title: meaning.Title, Status: meaning.Status, Code: string(p.Code),
		Detail: p.Detail, Fields: p.Fields, RequestID: CallFrom(ctx).RequestID,
	}
	if p.RetryAfter > 0 {
		told.retryAfter = int(math.Ceil(p.RetryAfter.Seconds()))
	}
	return told
}

// toldOf returns the problem that an error is told as. An error that is none is logged, here and only here, and told as
// internal without detail.
func toldOf(ctx context.Context, err error) *Problem {
	var p *problem.Error
	if !errors.As(err, &p) {
		p = problem.New(problem.Internal, "")
	}
	if p.Code == problem.Internal {
		logFailure(ctx, err)
		p = problem.New(problem.Internal, "")
	}
	told := newProblem(ctx, p)
	var c *cookieError
	if errors.As(err, &c) {
		told.cookie = c.cookie.String()
	}
	return told
}

// WriteProblem answers a request, which has passed Begin, with a refusal, or with internal where the error is not one.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	told := toldOf(r.Context(), err)
	for name, values := range told.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", told.ContentType("application/json"))
	w.WriteHeader(told.Status)
	if r.Method == http.MethodHead {
		return
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(told); err != nil { // the client has gone; there is nobody left to tell
		logFailure(r.Context(), err)
	}
}

// TransformSchema lists the codes in the document, so that generated clients know them all.
func (p *Problem) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	codes := slices.Sorted(maps.Keys(problem.Codes()))
	for _, code := range codes {
		s.Properties["code"].Enum = append(s.Properties["code"].Enum, string(code))
	}
	return s
}

// Error makes a Problem one of huma's errors.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.cookie != "" {
		h.Set("Set-Cookie", p.cookie)
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer") // RFC 9110, 15.5.2 wants one; browsers show no dialogue for it
	}
	return h
}

// ContentType makes application/problem+json of application/json.
func (p *Problem) ContentType(given string) string {
	return strings.Replace(given, "application/json", "application/problem+json", 1)
}
