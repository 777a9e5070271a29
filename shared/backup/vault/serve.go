package vault

import (
	"fmt"
	"net/http"
	"strings"
)

// ServeHTTP answers a restic client.
func (v *Vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	d, refused, err := v.authenticate(r)
	if err != nil {
		v.fail(w, r, err)
		return
	}
	if refused != nil {
		refused.write(w)
		return
	}
	login, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	x := newExchange(v, d, r, login, "/"+path)
	if refused, err = x.admit(w); err != nil {
		v.fail(w, r, err)
		return
	}
	if refused != nil {
		refused.write(w)
		return
	}
	if err := x.serve(w); err != nil {
		// The storage has done what was asked, so the client is told so; the next tending writes down what was not.
		v.config.Log.ErrorContext(r.Context(), "keep what a client did", "device", d.id, "error", err)
	}
}

func (v *Vault) fail(w http.ResponseWriter, r *http.Request, err error) {
	v.config.Log.ErrorContext(r.Context(), "vault", "error", err)
	http.Error(w, "the server cannot do this now", http.StatusInternalServerError)
}

// refusal is an answer other than the client's wish.
type refusal struct {
	status     int
	text       string
	retryAfter int // seconds
}

func (r *refusal) write(w http.ResponseWriter) {
	if r.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="backup"`)
	}
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(r.retryAfter))
	}
	http.Error(w, r.text, r.status)
}

var (
	unauthorized = &refusal{status: http.StatusUnauthorized, text: "login or password is wrong"}
	otherLogin   = &refusal{status: http.StatusForbidden, text: "this login has another repository"}
	suspended    = &refusal{status: http.StatusForbidden, text: "this account is suspended"}
	readOnly     = &refusal{status: http.StatusForbidden, text: "this account takes nothing new: restores work"}
	overQuota    = &refusal{status: http.StatusForbidden, text: "the quota of this account is used up"}
	noLength     = &refusal{status: http.StatusLengthRequired, text: "say how long the upload is"}
)
