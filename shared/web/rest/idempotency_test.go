package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestARepeatWithTheSameKeyIsAnsweredAndNotDone(t *testing.T) {
	w := newWorld(t)
	first := w.send(http.MethodPost, things, `{"name":"lamp"}`, header{"Idempotency-Key": "k1"})
	if first.Code != 201 || first.Header().Get("Idempotency-Replayed") != "" {
		t.Fatalf("first: %d %s", first.Code, first.Body)
	}
	again := w.send(http.MethodPost, things, `{"name":"lamp"}`, header{"Idempotency-Key": "k1"})
	if again.Code != 201 || again.Header().Get("Idempotency-Replayed") != "true" || again.Body.String() != first.Body.String() {
		t.Errorf("repeat: %d %v %s", again.Code, again.Header(), again.Body)
	}
	if got := again.Header().Get("Location"); got != things+"/thing%2Flamp" {
		t.Errorf("Location %q", got)
	}
	if got := again.Header().Get("ETag"); got != `"7"` {
		t.Errorf("the repeat shows version %s, not the present one", got)
	}
	if w.shop.seen.User != "usr_ann" || w.shop.request.Address != "192.0.2.7" {
		t.Errorf("seen %+v %+v", w.shop.seen, w.shop.request)
	}
}

func TestAnIdempotencyKeyBelongsToOneRequestOfOneSender(t *testing.T) {
	w := newWorld(t)
	key := header{"Idempotency-Key": "k1"}
	w.send(http.MethodPost, things, `{"name":"lamp"}`, key)
	if p := problemOf(t, w.send(http.MethodPost, things, `{"name":"chair"}`, key)); p.Code != "idempotency_key_reuse" {
		t.Errorf("another body: %s", p.Code)
	}
	if p := problemOf(t, w.send(http.MethodPost, "/v1/tenants/ten_2/things", `{"name":"lamp"}`, key)); p.Code != "idempotency_key_reuse" {
		t.Errorf("another tenant: %s", p.Code)
	}
	for name, other := range map[string]header{
		"another person": {"Idempotency-Key": "k1", "Cookie": "tk=bob"},
		"a key of ann's": {"Idempotency-Key": "k1", "Cookie": "", "Authorization": "Bearer tk_key"},
	} {
		reply := w.send(http.MethodPost, things, `{"name":"of `+name+`"}`, other)
		if reply.Code != 201 {
			t.Errorf("%s: %d %s", name, reply.Code, reply.Body)
		}
	}
	for _, bad := range []string{strings.Repeat("x", 65), "with space", "ümlaut"} {
		p := problemOf(t, w.send(http.MethodPost, things, `{"name":"ok"}`, header{"Idempotency-Key": bad}))
		if p.Code != "invalid_input" || p.Fields[0].Name != "Idempotency-Key" {
			t.Errorf("%q: %+v", bad, p)
		}
	}
}

func TestARefusedRequestMayBeSentAgainWithItsKey(t *testing.T) {
	w := newWorld(t)
	w.send(http.MethodPost, things, `{"name":"lamp"}`, nil)
	key := header{"Idempotency-Key": "k1"}
	if p := problemOf(t, w.send(http.MethodPost, things, `{"name":"lamp"}`, key)); p.Code != "name_taken" {
		t.Fatalf("code %s", p.Code)
	}
	if reply := w.send(http.MethodDelete, things+"/thing%2Flamp", "", nil); reply.Code != 204 {
		t.Fatalf("%d %s", reply.Code, reply.Body)
	}
	if reply := w.send(http.MethodPost, things, `{"name":"lamp"}`, key); reply.Code != 201 || reply.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("after the reason was gone: %d %s", reply.Code, reply.Body)
	}
}

func TestAnIdempotencyKeyIsForgottenAfterADay(t *testing.T) {
	w := newWorld(t)
	key := header{"Idempotency-Key": "k1"}
	w.send(http.MethodPost, things, `{"name":"lamp"}`, key)
	w.clock.Advance(24*time.Hour + time.Second)
	if p := problemOf(t, w.send(http.MethodPost, things, `{"name":"lamp"}`, key)); p.Code != "name_taken" {
		t.Errorf("code %s", p.Code)
	}
}

func TestADeletionIsRepeatedByItsStatus(t *testing.T) {
	w := newWorld(t)
	w.send(http.MethodPost, things, `{"name":"lamp"}`, nil)
	for _, replayed := range []string{"", "true"} {
		reply := w.send(http.MethodDelete, things+"/thing%2Flamp", "", header{"Idempotency-Key": "k2"})
		if reply.Code != 204 || reply.Header().Get("Idempotency-Replayed") != replayed || reply.Body.Len() != 0 {
			t.Errorf("%d %v %s", reply.Code, reply.Header(), reply.Body)
		}
	}
}

func TestASecretIsNeverShownAgain(t *testing.T) {
	w := newWorld(t)
	key := header{"Idempotency-Key": "k1"}
	if reply := w.send(http.MethodPost, "/v1/tenants/ten_1/secrets", `{"name":"lamp"}`, key); reply.Code != 201 {
		t.Fatalf("%d %s", reply.Code, reply.Body)
	}
	reply := w.send(http.MethodPost, "/v1/tenants/ten_1/secrets", `{"name":"lamp"}`, key)
	if p := problemOf(t, reply); p.Code != "secret_already_shown" || reply.Header().Get("Location") != things+"/thing%2Flamp" {
		t.Errorf("%s, Location %q", p.Code, reply.Header().Get("Location"))
	}
}

func TestARepeatShowsWhatIsTrueByThen(t *testing.T) {
	w := newWorld(t)
	key := header{"Idempotency-Key": "k1"}
	w.send(http.MethodPost, things, `{"name":"lamp"}`, key)
	clear(w.shop.things)
	reply := w.send(http.MethodPost, things, `{"name":"lamp"}`, key)
	if p := problemOf(t, reply); p.Code != "not_found" || reply.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("%s %v", p.Code, reply.Header())
	}
}
