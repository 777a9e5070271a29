package isolation

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// public is what every operation that asks for no credential answers to somebody who knows nothing. A new one has to be
// thought about.
var public = map[string]int{
	"brand": http.StatusOK, "brand-style": http.StatusOK, "brand-logo": http.StatusOK, "brand-logo-dark": http.StatusOK, "brand-icon": http.StatusOK,
	"sign-in": http.StatusUnauthorized, "sign-in-with-code": http.StatusGone, "open-link": http.StatusGone, "follow-link": http.StatusGone, "enrol-agent": http.StatusGone,
}

func TestWithoutCredentialsNothingIsToldOrDone(t *testing.T) {
	s := setTheStage(t)
	before := s.rows()
	for _, o := range documentOf(t, s.World).operations() {
		t.Run(o.ID, func(t *testing.T) {
			r := s.about(t, o, s.victim)
			if o.Auth == "public" {
				want, known := public[o.ID]
				if !known {
					t.Fatal("asks nobody who he is: say why that is right, and what it answers")
				}
				reply := send(t, as(s.Stranger()), r)
				if reply.Status != want {
					t.Errorf("answered %d, want %d: %s", reply.Status, want, reply.Body)
				}
				mentionsNothing(t, reply, s.victim)
				return
			}
			for name, p := range map[string]*platformtest.Person{"nothing": s.Stranger(), "a key that never was": s.WithKey("tk_" + secret)} {
				reply := send(t, as(p), r)
				if got := reply.Problem(); got != problem.Unauthenticated || reply.Status != http.StatusUnauthorized {
					t.Errorf("with %s: answered %d %s, want unauthenticated", name, reply.Status, got)
				}
				mentionsNothing(t, reply, s.victim)
			}
		})
	}
	s.unchanged(t, before)
}

func TestNoReplyEchoesASecretOrARefusedValue(t *testing.T) {
	s := setTheStage(t)
	d := documentOf(t, s.World)
	for _, o := range d.operations() {
		if o.ID == "sign-out" || o.ID == "end-session" {
			continue // the owner is needed on
		}
		t.Run(o.ID, func(t *testing.T) {
			who := as(s.victim.owner)
			if o.Auth == "agent" {
				who = asAgent(s.victim.agent)
			}
			r := s.about(t, o, s.victim)
			if o.Body == nil {
				return
			}
			for name, content := range map[string]any{
				"every text":       d.filled(o.Body.schema(), secret),
				"a text":           secret,
				"unreadable":       []byte(`{"password": "` + secret),
				"an unknown field": map[string]any{"unknown": secret},
			} {
				reply := send(t, who, request{r.method, r.path, content, r.options})
				if reply.Status >= 400 && bytes.Contains(reply.Body, []byte(secret)) {
					t.Errorf("%s: the refusal repeats what was sent: %s", name, reply.Body)
				}
			}
			for _, given := range takesSecrets(o.ID) {
				if reply := send(t, who, r); bytes.Contains(reply.Body, []byte(secret)) {
					t.Errorf("the reply repeats %s: %d %s", given, reply.Status, reply.Body)
				}
			}
		})
	}
}

// takesSecrets names the operations that are given secrets.
func takesSecrets(operation string) []string {
	return map[string][]string{
		"sign-in": {"the password"}, "change-password": {"a password"}, "follow-link": {"the password", "the token"}, "open-link": {"the token"},
		"enrol-agent": {"the token"}, "sign-in-with-code": {"the code"}, "begin-second-factor": {"the password"},
		"confirm-second-factor": {"the code"}, "renew-recovery-codes": {"the code"}, "remove-second-factor": {"the password", "the code"},
	}[operation]
}
