package rest

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// Authenticator knows persons. Identity implements it.
type Authenticator interface {
	// Authenticate returns whom a session or a key belongs to. Exactly one of the two is given. What is unknown, expired or
	// ended is the problem unauthenticated.
	Authenticate(ctx context.Context, c Credentials) (authz.Principal, error)
}

// Credentials are what a request showed.
type Credentials struct {
	Session string // the cookie's value
	Key     string // "tk_…", an API key
	Call    Call
}

// The session's cookie. The prefix __Host- makes browsers refuse it from plain HTTP, from a parent domain and for a part
// of the site; without TLS, on one's own machine only, the plain name is used.
const (
	secureCookie = "__Host-tk"
	plainCookie  = "tk"
)

// The cookie of a sign-in that waits for its second step. It lives for minutes and opens nothing by itself.
const (
	secureStepCookie = "__Host-tk-step"
	plainStepCookie  = "tk-step"
)

// keyPrefix begins every API key, so that leaked ones can be found by scanners.
const keyPrefix = "tk_"

// SessionCookie returns the cookie that begins a session. It fails with forbidden where the client came by plain HTTP from
// another machine, because the session could be read on its way.
func (c Call) SessionCookie(token string, expires time.Time) (http.Cookie, error) {
	name, ok := c.cookieName()
	if !ok {
		return http.Cookie{}, problem.New(problem.Forbidden, "signing in needs HTTPS")
	}
	return http.Cookie{ //nolint:gosec // Secure is set wherever the client came by TLS; without, on one's own machine only
		Name: name, Value: token, Path: "/", Expires: expires, Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}, nil
}

// EndedCookie returns the cookie that makes a browser forget its session.
func (c Call) EndedCookie() http.Cookie {
	name, _ := c.cookieName()
	if name == "" {
		name = secureCookie
	}
	return http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode} //nolint:gosec // as above
}

func (c Call) cookieName() (string, bool) {
	switch {
	case c.Secure:
		return secureCookie, true
	case onThisMachine(c.Host):
		return plainCookie, true
	}
	return "", false
}

// StepCookie returns the cookie that carries a sign-in to its second step. No other site's request carries it. It fails as
// SessionCookie does.
func (c Call) StepCookie(token string, expires time.Time) (http.Cookie, error) {
	name, ok := c.stepCookieName()
	if !ok {
		return http.Cookie{}, problem.New(problem.Forbidden, "signing in needs HTTPS")
	}
	return http.Cookie{ //nolint:gosec // as above
		Name: name, Value: token, Path: "/", Expires: expires, Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}, nil
}

func (c Call) stepCookieName() (string, bool) {
	name, ok := c.cookieName()
	if name == secureCookie {
		return secureStepCookie, ok
	}
	return plainStepCookie, ok
}

// stepOf returns the token of a sign-in that waits for its second step, or nothing.
func (c Call) stepOf(r *http.Request) string {
	name, ok := c.stepCookieName()
	if !ok {
		return ""
	}
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// WithCookie returns the error as one that sets a cookie where it is told.
func WithCookie(err error, c http.Cookie) error { return &cookieError{err, c} }

type cookieError struct {
	error
	cookie http.Cookie
}

func (e *cookieError) Unwrap() error { return e.error }

// credentials returns what the request shows, and false where it shows nothing. A key outranks a session, because it is
// sent on purpose.
func credentials(r *http.Request, call Call) (Credentials, bool) {
	if scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(key, keyPrefix) {
		return Credentials{Key: key, Call: call}, true
	}
	name, ok := call.cookieName()
	if !ok {
		return Credentials{}, false
	}
	cookie, err := r.Cookie(name)
	if err != nil || cookie.Value == "" {
		return Credentials{}, false
	}
	return Credentials{Session: cookie.Value, Call: call}, true
}

// sameOrigin refuses writes that a browser sends on behalf of another site. It reads Sec-Fetch-Site, and Origin where the
// browser is too old for it; clients that send neither are no browsers, and have no cookie jar to be abused.
func sameOrigin(r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return problem.Wrap(err, problem.OriginRefused, "the request came from a page of another site")
	}
	return nil
}
