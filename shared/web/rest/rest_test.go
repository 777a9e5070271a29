package rest_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/ratelimit"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shop is a feature small enough to see through: things with a name, kept in memory, changed through change.Log.
type shop struct {
	mu      sync.Mutex
	changes change.Log
	things  map[string]Thing
	seen    authz.Principal
	request change.Request
}

type Thing struct {
	ID   string   `json:"id"`
	Name string   `json:"name"`
	Tags []string `json:"tags"`
}

type NewThing struct {
	Name     string     `json:"name" minLength:"2" maxLength:"20"`
	Password string     `json:"password,omitempty" minLength:"12" maxLength:"40"`
	Email    string     `json:"email,omitempty" format:"email"`
	Color    string     `json:"color,omitempty" enum:"red,green"`
	Born     *time.Time `json:"born,omitempty"`
	Parts    []Part     `json:"parts,omitempty" maxItems:"2"`
}

type Part struct {
	Weight int `json:"weight" minimum:"1"`
}

type thingReply struct {
	rest.Versioned
	Body Thing
}

var errUnknown = errors.New("disk on fire at /var/secret")

func (s *shop) create(ctx context.Context, in *struct {
	Tenant tenant.ID `path:"tenant"`
	Body   NewThing
}) (*thingReply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, _ = authz.From(ctx)
	s.request = change.RequestFrom(ctx)
	thing := Thing{ID: "thing/" + in.Body.Name, Name: in.Body.Name}
	put := store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "things", SK: thing.Name}, Value: []byte("{}")}, If: store.Absent}}}
	err := s.changes.Commit(ctx, put, change.Change{Tenant: in.Tenant, Action: "thing.create", Subject: thing.ID})
	if store.FailedAt(err, put.Puts[0].Item.Key) {
		return nil, problem.New(problem.NameTaken, "")
	}
	if err != nil {
		return nil, err
	}
	s.things[thing.ID] = thing
	return &thingReply{rest.Version(1), thing}, nil
}

func (s *shop) register(api huma.API) {
	const things = "/v1/tenants/{tenant}/things"
	rest.Register(api, rest.Operation{
		ID: "create-thing", Method: http.MethodPost, Path: things, Summary: "Make a thing", Status: http.StatusCreated,
		Permission: authz.CustomersManage,
	}, s.create)
	rest.Register(api, rest.Operation{
		ID: "create-secret", Method: http.MethodPost, Path: "/v1/tenants/{tenant}/secrets", Summary: "Make a thing with a secret",
		Status: http.StatusCreated, Secret: true, Resource: things + "/{subject}",
	}, s.create)
	rest.Register(api, rest.Operation{
		ID: "get-thing", Method: http.MethodGet, Path: things + "/{thing}", Summary: "One thing",
	}, func(_ context.Context, in *struct {
		Tenant tenant.ID `path:"tenant"`
		Thing  string    `path:"thing"`
	}) (*thingReply, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		thing, ok := s.things[in.Thing]
		if !ok {
			return nil, problem.New(problem.NotFound, "")
		}
		return &thingReply{rest.Version(7), thing}, nil
	})
	rest.Register(api, rest.Operation{
		ID: "list-things", Method: http.MethodGet, Path: things, Summary: "Things",
	}, func(_ context.Context, in *struct {
		Tenant tenant.ID `path:"tenant"`
		rest.Page
	}) (*struct{ Body rest.List[Thing] }, error) {
		if in.Limit == 3 {
			return &struct{ Body rest.List[Thing] }{rest.NewList([]Thing{{ID: "1"}}, "more")}, nil
		}
		return &struct{ Body rest.List[Thing] }{}, nil
	})
	rest.Register(api, rest.Operation{
		ID: "rename-thing", Method: http.MethodPatch, Path: things + "/{thing}", Summary: "Rename a thing",
	}, func(_ context.Context, in *struct {
		Tenant tenant.ID `path:"tenant"`
		Thing  string    `path:"thing"`
		rest.IfMatch
		Body struct {
			Name string `json:"name"`
		}
	}) (*thingReply, error) {
		if in.Version() != 7 {
			return nil, problem.New(problem.VersionConflict, "")
		}
		return &thingReply{rest.Version(8), Thing{Name: in.Body.Name}}, nil
	})
	rest.Register(api, rest.Operation{
		ID: "delete-thing", Method: http.MethodDelete, Path: things + "/{thing}", Summary: "Delete a thing",
	}, func(ctx context.Context, in *struct {
		Tenant tenant.ID `path:"tenant"`
		Thing  string    `path:"thing"`
	}) (*struct{}, error) {
		row := store.Write{Deletes: []store.Delete{{Key: store.Key{PK: "things", SK: strings.TrimPrefix(in.Thing, "thing/")}, If: store.Present}}}
		if err := s.changes.Commit(ctx, row, change.Change{Tenant: in.Tenant, Action: "thing.delete", Subject: in.Thing}); err != nil {
			if store.Failed(err) {
				return nil, problem.Wrap(err, problem.NotFound, "")
			}
			return nil, err
		}
		return nil, nil
	})
	rest.Register(api, rest.Operation{
		ID: "break", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/break", Summary: "Fails",
	}, func(_ context.Context, in *struct {
		Tenant tenant.ID `path:"tenant"`
		How    string    `query:"how"`
	}) (*struct{}, error) {
		switch in.How {
		case "panic":
			panic(errUnknown)
		case "refused":
			return nil, &problem.Error{Code: problem.RateLimited, RetryAfter: 1500 * time.Millisecond}
		}
		return nil, errUnknown
	})
}

// people authenticates by table.
type people map[string]authz.Principal

func (p people) Authenticate(_ context.Context, c rest.Credentials) (authz.Principal, error) {
	found, ok := p[c.Session+c.Key]
	if !ok {
		return authz.Principal{}, problem.New(problem.Unauthenticated, "")
	}
	return found, nil
}

var everybody = people{
	"ann":    {User: "usr_ann", Via: authz.ViaPortal, Session: "ses_ann", HomeTenant: "ten_1"},
	"bob":    {User: "usr_bob", Via: authz.ViaPortal, Session: "ses_bob", HomeTenant: "ten_1"},
	"tk_key": {User: "usr_ann", Via: authz.ViaAPI, Key: "key_1", HomeTenant: "ten_1"},
}

type world struct {
	*testing.T
	handler http.Handler
	shop    *shop
	log     *bytes.Buffer
	clock   *clock.Fake
}

func newWorld(t *testing.T, adjust ...func(*rest.Deps)) *world {
	t.Helper()
	w := &world{T: t, log: &bytes.Buffer{}, clock: clock.NewFake(now)}
	rows := newRows(t, w.clock)
	w.shop = &shop{things: map[string]Thing{}, changes: change.Log{Store: rows, Clock: w.clock}}
	deps := rest.Deps{Authenticator: everybody, Store: rows, Clock: w.clock, Log: slog.New(slog.NewJSONHandler(w.log, nil))}
	for _, c := range adjust {
		c(&deps)
	}
	w.handler = rest.Handler("tenancy", w.shop.register, deps)
	return w
}

type header map[string]string

// send makes a request of ann's session, unless its headers say otherwise; a header "" is left out.
func (w *world) send(method, target, body string, headers header) *httptest.ResponseRecorder {
	w.Helper()
	r := httptest.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.7:1234"
	all := header{"Cookie": "tk=ann", "Content-Type": "application/json"}
	for name, value := range headers {
		all[name] = value
	}
	for name, value := range all {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	reply := httptest.NewRecorder()
	w.handler.ServeHTTP(reply, r)
	return reply
}

func problemOf(t *testing.T, reply *httptest.ResponseRecorder) rest.Problem {
	t.Helper()
	if got := reply.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q of %s", got, reply.Body)
	}
	var p rest.Problem
	if err := json.Unmarshal(reply.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v in %s", err, reply.Body)
	}
	if p.Status != reply.Code || p.RequestID == "" || p.RequestID != reply.Header().Get("X-Request-Id") || p.Title == "" {
		t.Errorf("status %d: %s", reply.Code, reply.Body)
	}
	return p
}

const things = "/v1/tenants/ten_1/things"

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
			if test.secret != "" && strings.Contains(reply.Body.String()+w.log.String(), test.secret) {
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

func TestSignedInIsWhoShowsASessionOrAKeyInItsPlace(t *testing.T) {
	for _, test := range []struct {
		name string
		give header
		host string
		want int
	}{
		{"session on this machine", header{}, "localhost", 200},
		{"session on a brand of this machine", header{}, "acme.localhost:8080", 200},
		{"session on a loopback address", header{}, "127.0.0.1:8080", 200},
		{"session by IPv6", header{}, "[::1]:8080", 200},
		{"plain HTTP from elsewhere", header{}, "backup.example", 401},
		{"a host that only looks local", header{}, "localhost.example", 401},
		{"session with TLS", header{"X-Forwarded-Proto": "https", "Cookie": "__Host-tk=ann"}, "backup.example", 200},
		{"the plain cookie counts for nothing with TLS", header{"X-Forwarded-Proto": "https"}, "localhost", 401},
		{"key", header{"Cookie": "", "Authorization": "Bearer tk_key"}, "backup.example", 200},
		{"a wrong key is not saved by a session", header{"Authorization": "Bearer tk_wrong"}, "localhost", 401},
		{"unknown session", header{"Cookie": "tk=eve"}, "localhost", 401},
		{"nothing", header{"Cookie": ""}, "localhost", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			r := httptest.NewRequest(http.MethodGet, "http://"+test.host+things, nil)
			all := header{"Cookie": "tk=ann"}
			for name, value := range test.give {
				all[name] = value
			}
			for name, value := range all {
				r.Header.Set(name, value)
			}
			reply := httptest.NewRecorder()
			w.handler.ServeHTTP(reply, r)
			if reply.Code != test.want {
				t.Errorf("status %d: %s", reply.Code, reply.Body)
			}
			if test.want == 401 && reply.Header().Get("WWW-Authenticate") == "" {
				t.Error("401 without WWW-Authenticate")
			}
		})
	}
}

func TestAWriteFromAnotherSiteIsRefusedForSessions(t *testing.T) {
	const body = `{"name":"ok"}`
	for _, test := range []struct {
		name   string
		method string
		give   header
		want   int
	}{
		{"another origin", http.MethodPost, header{"Origin": "http://evil.example"}, 403},
		{"another brand's origin", http.MethodPost, header{"Origin": "http://other.localhost"}, 403},
		{"a sandboxed page", http.MethodPost, header{"Origin": "null"}, 403},
		{"the browser says so", http.MethodPost, header{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a sister site", http.MethodPost, header{"Sec-Fetch-Site": "same-site"}, 403},
		{"the portal", http.MethodPost, header{"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 201},
		{"no browser", http.MethodPost, nil, 201},
		{"reading is harmless", http.MethodGet, header{"Origin": "http://evil.example"}, 200},
		{"a key is no cookie", http.MethodPost, header{"Origin": "http://evil.example", "Cookie": "", "Authorization": "Bearer tk_key"}, 201},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			give := body
			if test.method == http.MethodGet {
				give = ""
			}
			reply := w.send(test.method, things, give, test.give)
			if reply.Code != test.want {
				t.Errorf("status %d: %s", reply.Code, reply.Body)
			}
			if test.want == 403 {
				if p := problemOf(t, reply); p.Code != "origin_refused" {
					t.Errorf("code %s", p.Code)
				}
			}
		})
	}
}

func TestTheSessionsCookieIsAsSafeAsTheConnection(t *testing.T) {
	for _, test := range []struct {
		call     rest.Call
		wantName string
	}{
		{rest.Call{Secure: true, Host: "backup.example"}, "__Host-tk"},
		{rest.Call{Host: "acme.localhost:8080"}, "tk"},
		{rest.Call{Host: "backup.example"}, ""},
	} {
		c, err := test.call.SessionCookie("token", now)
		if test.wantName == "" {
			if !problem.Has(err, problem.Forbidden) {
				t.Errorf("plain HTTP from elsewhere: %v", err)
			}
			continue
		}
		if err != nil || c.Name != test.wantName || c.Secure != test.call.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
			t.Errorf("%+v %v", c, err)
		}
		if ended := test.call.EndedCookie(); ended.Name != c.Name || ended.MaxAge >= 0 {
			t.Errorf("%+v does not end %s", ended, c.Name)
		}
	}
}

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

func TestCallersAndAddressesAreBraked(t *testing.T) {
	w := newWorld(t, func(d *rest.Deps) {
		d.Callers = ratelimit.New(d.Clock, ratelimit.Limit{Burst: 2, Every: time.Second}, 10)
		d.Addresses = ratelimit.New(d.Clock, ratelimit.Limit{Burst: 1, Every: 10 * time.Second}, 10)
	})
	codes := func(h header) (all []int) {
		for range 3 {
			all = append(all, w.send(http.MethodGet, things, "", h).Code)
		}
		return all
	}
	if got := codes(nil); !slices.Equal(got, []int{200, 200, 429}) {
		t.Errorf("ann: %v", got)
	}
	if got := codes(header{"Cookie": "tk=bob"}); !slices.Equal(got, []int{200, 200, 429}) {
		t.Errorf("bob, who has a brake of his own: %v", got)
	}
	if got := codes(header{"Cookie": "tk=eve"}); !slices.Equal(got, []int{401, 429, 429}) {
		t.Errorf("a stranger: %v", got)
	}
	reply := w.send(http.MethodGet, things, "", header{"Cookie": "tk=eve"})
	if problemOf(t, reply); reply.Header().Get("Retry-After") != "10" {
		t.Errorf("Retry-After %q", reply.Header().Get("Retry-After"))
	}
}

func TestAgentsAreKnownByTheirSignature(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	const claim = "/agent/v1/claim"
	var seen authz.Principal
	handler := rest.Handler("operations", func(api huma.API) {
		rest.Register(api, rest.Operation{
			ID: "claim", Method: http.MethodPost, Path: claim, Summary: "Claim", Auth: route.Agent,
		}, func(ctx context.Context, _ *struct {
			Body struct {
				Max int `json:"max"`
			}
		}) (*struct{}, error) {
			seen, _ = authz.From(ctx)
			return nil, nil
		})
	}, rest.Deps{Clock: clock.NewFake(now), Agents: agentKeys{"agt_1": {Key: key.Public().(ed25519.PublicKey), Servers: []string{"srv_1"}}}})
	send := func(at time.Time, signed, sent string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, claim, strings.NewReader(sent))
		r.Header.Set("Content-Type", "application/json")
		sign.Sign(r.Header, "agt_1", key, sign.Target(http.MethodPost, claim), at, []byte(signed))
		reply := httptest.NewRecorder()
		handler.ServeHTTP(reply, r)
		return reply
	}
	if reply := send(now, `{"max":1}`, `{"max":1}`); reply.Code != 204 || seen.Agent != "agt_1" || seen.Via != authz.ViaAgent {
		t.Errorf("%d %s %+v", reply.Code, reply.Body, seen)
	}
	if p := problemOf(t, send(now, `{"max":1}`, `{"max":9}`)); p.Code != "unauthenticated" {
		t.Errorf("a changed body: %s", p.Code)
	}
	reply := send(now.Add(time.Hour), `{"max":1}`, `{"max":1}`)
	if p := problemOf(t, reply); p.Code != "clock_skew" || p.Status != 401 {
		t.Errorf("a wrong clock: %+v", p)
	}
	if server, err := sign.ReadStamp(reply.Header().Get(sign.ServerTimeHeader)); err != nil || !server.Equal(now) {
		t.Errorf("told the time %v %v", server, err)
	}
}

type agentKeys map[string]agentauth.Agent

func (a agentKeys) AgentKey(_ context.Context, id string) (agentauth.Agent, error) {
	found, ok := a[id]
	if !ok {
		return agentauth.Agent{}, problem.New(problem.NotFound, "")
	}
	return found, nil
}
