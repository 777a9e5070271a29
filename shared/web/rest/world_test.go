package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
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
