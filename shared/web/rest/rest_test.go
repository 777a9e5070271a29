package rest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestBadInputNamesItsFieldsAndRepeatsNothing(t *testing.T) {
	for _, test := range []struct {
		name, give, wantCode string
		want                 []string // "pointer code"
		secret               string   // must not come back
	}{
		{"too short", `{"name":"x","password":"hunter2"}`, "invalid_input", []string{"/name too_short", "/password too_short"}, "hunter2"},
		{"too long", `{"name":"ok","password":"` + strings.Repeat("s3cret", 9) + `"}`, "invalid_input", []string{"/password too_long"}, "s3cret"},
		{"not an e-mail address", `{"name":"ok","email":"top secret <"}`, "invalid_input", []string{"/email format"}, "secret"},
		{"not in the list", `{"name":"ok","color":"mysecret"}`, "invalid_input", []string{"/color enum"}, "mysecret"},
		{"wrong type", `{"name":12345678}`, "invalid_input", []string{"/name type"}, "12345678"},
		{"missing", `{}`, "invalid_input", []string{"/name required"}, ""},
		{"unknown", `{"name":"ok","extra":"mysecret"}`, "invalid_input", []string{"/extra unknown"}, "mysecret"},
		{"another casing is another field", `{"Name":"mysecret"}`, "invalid_input", []string{"/Name unknown", "/name required"}, "mysecret"},
		{"within a list", `{"name":"ok","parts":[{"weight":1},{"weight":-77}]}`, "invalid_input", []string{"/parts/1/weight minimum"}, "77"},
		{"too many", `{"name":"ok","parts":[{"weight":1},{"weight":1},{"weight":1}]}`, "invalid_input", []string{"/parts too_many"}, ""},
		{"not a time", `{"name":"ok","born":"2026-13-99T"}`, "invalid_input", []string{"/born format"}, "13-99"},
		{"a number that no integer holds", `{"name":"ok","parts":[{"weight":1e99}]}`, "invalid_input", []string{" invalid"}, "1e99"},
		{"doubled", `{"name":"mysecret","name":"b"}`, "unreadable", []string{"/name doubled"}, "mysecret"},
		{"something behind", `{"name":"ok"} mysecret`, "unreadable", []string{" trailing"}, "mysecret"},
		{"not JSON", `name=mysecret`, "unreadable", []string{" syntax"}, "mysecret"},
		{"cut off", `{"name":"mysecret`, "unreadable", []string{"/name syntax"}, "mysecret"},
		{"too deep", `{"parts":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "unreadable", []string{"/parts" + strings.Repeat("/0", 31) + " too_deep"}, ""},
		{"not UTF-8", "{\"name\":\"\xff\"}", "unreadable", []string{" encoding"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			reply := w.send(http.MethodPost, things, test.give, nil)
			p := problemOf(t, reply)
			var got []string
			for _, f := range p.Fields {
				got = append(got, f.Name+" "+f.Code)
				if f.Detail == "" || strings.Contains(f.Detail, "%!") || strings.Contains(f.Detail, "\x1f") {
					t.Errorf("%s is told as %q", f.Name, f.Detail)
				}
			}
			slices.Sort(got)
			if p.Code != test.wantCode || !slices.Equal(got, test.want) {
				t.Errorf("got %s %q, want %s %q", p.Code, got, test.wantCode, test.want)
			}
			told := strings.ReplaceAll(reply.Body.String()+w.log.String(), p.RequestID, "") // which may hold any letters
			if test.secret != "" && strings.Contains(told, test.secret) {
				t.Errorf("%s repeats what was submitted", reply.Body)
			}
			if len(w.shop.things) != 0 {
				t.Error("something was made")
			}
		})
	}
}

func TestParametersAreCheckedByName(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ query, want string }{
		{"?limit=0", "limit minimum"},
		{"?limit=501", "limit maximum"},
		{"?limit=many", "limit type"},
		{"?limti=5", "limti unknown"},
	} {
		p := problemOf(t, w.send(http.MethodGet, things+test.query, "", nil))
		if len(p.Fields) != 1 || p.Fields[0].Name+" "+p.Fields[0].Code != test.want {
			t.Errorf("%s: %+v", test.query, p.Fields)
		}
	}
}

func TestTheBodyMustBeJSONOfAllowedSize(t *testing.T) {
	w := newWorld(t)
	p := problemOf(t, w.send(http.MethodPost, things, `{"name":"ok"}`, header{"Content-Type": "text/plain"}))
	if p.Code != "unreadable" || p.Fields[0].Name != "Content-Type" {
		t.Errorf("another media type: %+v", p)
	}
	big := `{"name":"` + strings.Repeat("x", 1<<20) + `"}`
	if p := problemOf(t, w.send(http.MethodPost, things, big, nil)); p.Code != "too_large" {
		t.Errorf("too large: %+v", p)
	}
	if p := problemOf(t, w.send(http.MethodPost, things, "", nil)); p.Code != "unreadable" {
		t.Errorf("no body: %+v", p)
	}
}

func TestWhatDoesNotExistIsAProblemToo(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		method, path string
		want         problem.Code
	}{
		{http.MethodGet, "/v1/nothing", problem.NotFound},
		{http.MethodGet, "/v1/tenants//things", problem.NotFound},
		{http.MethodGet, "/v1/tenants/ten_1/../ten_1/things", problem.NotFound},
		{http.MethodGet, things + "/", problem.NotFound},
		{http.MethodPut, things, problem.MethodNotAllowed},
		{"BREW", things, problem.MethodNotAllowed},
	} {
		reply := w.send(test.method, test.path, "", nil)
		if p := problemOf(t, reply); p.Code != string(test.want) {
			t.Errorf("%s %s: %s", test.method, test.path, p.Code)
		}
		if test.want == problem.MethodNotAllowed && reply.Header().Get("Allow") != "GET, POST" {
			t.Errorf("Allow is %q", reply.Header().Get("Allow"))
		}
	}
}

func TestAnUnknownFailureIsLoggedOnceAndToldWithoutDetail(t *testing.T) {
	for _, how := range []string{"error", "panic"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t)
			reply := w.send(http.MethodGet, "/v1/tenants/ten_1/break?how="+how, "", header{"X-Request-Id": "request-of-mine"})
			p := problemOf(t, reply)
			if p.Code != "internal" || p.Detail != "" || strings.Contains(reply.Body.String(), "fire") {
				t.Errorf("told as %s", reply.Body)
			}
			if p.RequestID != "request-of-mine" {
				t.Errorf("request id %s", p.RequestID)
			}
			if lines := strings.Count(w.log.String(), "\n"); lines != 1 || !strings.Contains(w.log.String(), "request-of-mine") || !strings.Contains(w.log.String(), "fire") {
				t.Errorf("logged %d lines: %s", lines, w.log)
			}
		})
	}
}

func TestARefusalIsNotLoggedAndTellsWhenToTryAgain(t *testing.T) {
	w := newWorld(t)
	reply := w.send(http.MethodGet, "/v1/tenants/ten_1/break?how=refused", "", nil)
	if p := problemOf(t, reply); p.Code != "rate_limited" || reply.Header().Get("Retry-After") != "2" || w.log.Len() != 0 {
		t.Errorf("%+v, Retry-After %q, log %s", p, reply.Header().Get("Retry-After"), w.log)
	}
}

func TestWhatChangedSomethingIsLoggedByRouteAndTenantAndRepeatsNothingElse(t *testing.T) {
	w := newWorld(t)
	if reply := w.send(http.MethodPost, things, `{"name":"lamp-of-mine"}`, header{"X-Request-Id": "request-of-mine"}); reply.Code != 201 {
		t.Fatalf("%d %s", reply.Code, reply.Body)
	}
	w.send(http.MethodGet, things, "", nil)
	var line struct {
		Level, Msg, Route string
		RequestID         string `json:"request_id"`
		Tenant            string `json:"tenant_id"`
		Status            int
	}
	if err := json.Unmarshal(w.log.Bytes(), &line); err != nil {
		t.Fatalf("%s: %v", w.log, err)
	}
	if line.Msg != "answered" || line.Route != "POST /v1/tenants/{tenant}/things" || line.RequestID != "request-of-mine" || line.Tenant != "ten_1" || line.Status != 201 {
		t.Errorf("%+v", line)
	}
	if strings.Contains(w.log.String(), "lamp") {
		t.Errorf("the log repeats what was sent: %s", w.log)
	}
}

func TestARequestIDFromOutsideIsTakenOnlyWhenHarmless(t *testing.T) {
	w := newWorld(t)
	for id, kept := range map[string]bool{"trace-12345": true, "short": false, "with space in it": false, strings.Repeat("x", 65): false} {
		got := w.send(http.MethodGet, things, "", header{"X-Request-Id": id}).Header().Get("X-Request-Id")
		if (got == id) != kept || got == "" {
			t.Errorf("%q became %q", id, got)
		}
	}
}

func TestEveryReplyCarriesSecurityHeaders(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{things, "/v1/nothing"} {
		h := w.send(http.MethodGet, path, "", nil).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"Strict-Transport-Security": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: policy %q", path, h.Get("Content-Security-Policy"))
		}
	}
	h := w.send(http.MethodGet, things, "", header{"X-Forwarded-Proto": "https", "Cookie": "__Host-tk=ann"}).Header()
	if h.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS with TLS")
	}
}

func TestAChangeNeedsTheVersionThatWasRead(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		ifMatch string
		want    problem.Code
	}{
		{"", problem.InvalidInput}, {"7", problem.InvalidInput}, {`"x"`, problem.InvalidInput}, {"*", problem.InvalidInput},
		{`"6"`, problem.VersionConflict},
	} {
		p := problemOf(t, w.send(http.MethodPatch, things+"/1", `{"name":"lamp"}`, header{"If-Match": test.ifMatch}))
		if p.Code != string(test.want) {
			t.Errorf("%q: %+v", test.ifMatch, p)
		}
		if test.want == problem.InvalidInput && (len(p.Fields) != 1 || p.Fields[0].Name != "If-Match") {
			t.Errorf("%q: %+v", test.ifMatch, p.Fields)
		}
	}
	for _, right := range []string{`"7"`, `W/"7"`} {
		reply := w.send(http.MethodPatch, things+"/1", `{"name":"lamp"}`, header{"If-Match": right})
		if reply.Code != 200 || reply.Header().Get("ETag") != `"8"` {
			t.Errorf("%s: %d %s", right, reply.Code, reply.Body)
		}
	}
}

func TestEmptyListsAreListsAndTheEndHasNoNext(t *testing.T) {
	w := newWorld(t)
	if got := strings.TrimSpace(w.send(http.MethodGet, things, "", nil).Body.String()); got != `{"items":[]}` {
		t.Errorf("empty: %s", got)
	}
	want := `{"items":[{"id":"1","name":"","tags":[]}],"next":"more"}`
	if got := strings.TrimSpace(w.send(http.MethodGet, things+"?limit=3", "", nil).Body.String()); got != want {
		t.Errorf("page: %s", got)
	}
}
