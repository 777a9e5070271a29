package accountsapi_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/nacl/box"

	"github.com/tierkeep/tierkeep/functions/accounts"
	accountsapi "github.com/tierkeep/tierkeep/functions/accounts/api"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

const (
	seller   = tenant.ID("ten_01J00000000000000000000001")
	customer = tenant.ID("ten_01J00000000000000000000002")
	srv      = "srv_01J00000000000000000000001"
	base     = "/v1/tenants/" + string(seller) + "/accounts"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// around is everything around the feature: a tree of two tenants, one server with its agent, and people of both tenants.
type around struct{ sealKey []byte }

func (around) Chain(_ context.Context, t tenant.ID) ([]authz.Node, error) {
	chain := []authz.Node{{ID: seller, Level: tenant.Reseller, Variant: tenant.Whitelabel, Status: tenant.Active, TimeZone: "Europe/Amsterdam"}}
	switch t {
	case seller:
		return chain, nil
	case customer:
		return append(chain, authz.Node{
			ID: customer, Parent: seller, Name: "Bakery", Level: tenant.Customer, Status: tenant.Active, TimeZone: "Europe/Amsterdam",
		}), nil
	}
	return nil, problem.New(problem.NotFound, "")
}

func (a around) Placement(ctx context.Context, _ []authz.Node, server string, _ driver.AccountType) (servers.Placement, error) {
	if server != srv {
		return servers.Placement{}, problem.New(problem.ServerNotAllowed, "")
	}
	s, err := a.Server(ctx, seller, server)
	if err != nil {
		return servers.Placement{}, err
	}
	agent, err := a.AgentOf(ctx, s)
	return servers.Placement{Server: s, Agent: agent}, err
}

func (around) Server(context.Context, tenant.ID, string) (servers.Server, error) {
	return servers.Server{ID: srv, Owner: seller, Name: "Vault", Host: "vault.example:8082", Agent: "agt_x"}, nil
}

func (a around) AgentOf(context.Context, servers.Server) (servers.Agent, error) {
	return servers.Agent{ID: "agt_x", SealKey: a.sealKey}, nil
}

func (around) LoginPrefix(context.Context, tenant.ID) (string, error) { return "shop", nil }

func (around) Used(context.Context, tenant.ID, string) (int64, error) { return 0, nil }

func (around) LastGood(context.Context, tenant.ID, string) (time.Time, error) {
	return time.Time{}, nil
}

// Authenticate takes the key for the name of a tenant's person.
func (around) Authenticate(_ context.Context, c rest.Credentials) (authz.Principal, error) {
	p := authz.Principal{User: "usr_" + c.Key, Name: c.Key, HomeTenant: seller, Role: authz.Owner, Via: authz.ViaPortal}
	if c.Key == "tk_customer" {
		p.HomeTenant, p.Role = customer, authz.CustomerOwner
	}
	return p, nil
}

type world struct {
	testing.TB
	handler http.Handler
}

func newWorld(t testing.TB) world {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	public, _, err := box.GenerateKey(rand.Reader)
	must(err)
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "platform.db"))
	must(err)
	t.Cleanup(func() { must(file.Close()) })
	now := clock.NewFake(start)
	rows, err := sqlite.Open(file, now)
	must(err)
	a := around{public[:]}
	s := &accounts.Service{
		Guard: authz.Guard{Directory: a}, Reader: accounts.Reader{Rows: rows}, Changes: change.Log{Store: rows, Clock: now}, Clock: now,
		Operations: operations.Queue{Rows: rows, Clock: now}, Servers: a, Slugs: a, Usage: a,
	}
	return world{t, rest.Handler("accounts", func(api huma.API) { accountsapi.Register(api, s) }, rest.Deps{
		Authenticator: a, Store: rows, Clock: now,
	})}
}

type reply struct {
	*httptest.ResponseRecorder
	body map[string]any
}

// ask sends a request; headers come in pairs of name and value.
func (w world) ask(method, path, body string, headers ...string) reply {
	w.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer tk_seller")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	out := reply{ResponseRecorder: httptest.NewRecorder()}
	w.handler.ServeHTTP(out, r)
	if out.Body.Len() > 0 {
		if err := json.Unmarshal(out.Body.Bytes(), &out.body); err != nil {
			w.Fatalf("%s %s answers %s", method, path, out.Body)
		}
	}
	return out
}

// answers expects a status and, of a problem, its code.
func (w world) answers(r reply, status int, code problem.Code) {
	w.Helper()
	if got, _ := r.body["code"].(string); r.Code != status || got != string(code) {
		w.Fatalf("answers %d %s", r.Code, r.Body)
	}
}

// at walks down a reply; numbers are places in lists.
func (w world) at(v any, path ...any) any {
	w.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				w.Fatalf("nothing at %v", path)
			}
			v = l[step]
		}
	}
	return v
}

func (w world) text(v any, path ...any) string {
	w.Helper()
	s, ok := w.at(v, path...).(string)
	if !ok {
		w.Fatalf("no text at %v", path)
	}
	return s
}

const order = `{"customer":"` + string(customer) + `","server":"` + srv + `","type":"online","name":"mail","quota_bytes":50000000,` +
	`"device_name":"srv-1","plan":{"every":"week","at":"22:30","days":["fri","mon"],"grace_minutes":30}}`

func TestAnOrderIsAnsweredWithTheLoginOnceAndNeverAgain(t *testing.T) {
	w := newWorld(t)
	made := w.ask(http.MethodPost, base, order, "Idempotency-Key", "k1")
	w.answers(made, http.StatusAccepted, "")
	id, login := w.text(made.body, "account", "id"), w.text(made.body, "logins", 0, "login")
	password := w.text(made.body, "logins", 0, "password")
	if want := "rest:https://" + login + ":" + password + "@vault.example:8082/" + login + "/"; w.text(made.body, "logins", 0, "address") != want {
		t.Errorf("address %s, want %s", w.text(made.body, "logins", 0, "address"), want)
	}
	if w.text(made.body, "operation") != w.text(made.body, "account", "operation") {
		t.Error("another operation than the account's")
	}

	again := w.ask(http.MethodPost, base, order, "Idempotency-Key", "k1")
	w.answers(again, http.StatusConflict, problem.SecretAlreadyShown)
	if again.Header().Get("Location") != base+"/"+id {
		t.Errorf("a repeat points to %q", again.Header().Get("Location"))
	}
	list := w.ask(http.MethodGet, base, "")
	w.answers(list, http.StatusOK, "")
	one := w.ask(http.MethodGet, base+"/"+id, "")
	w.answers(one, http.StatusOK, "")
	for name, r := range map[string]reply{"the repeat": again, "the list": list, "the account": one} {
		if strings.Contains(r.Body.String(), password) {
			t.Errorf("%s shows the password", name)
		}
	}

	device := w.text(one.body, "devices", 0, "id")
	want := map[string]any{
		"id": id, "name": "mail", "customer": map[string]any{"id": string(customer), "name": "Bakery"}, "seller": string(seller),
		"server": map[string]any{"id": srv, "name": "Vault", "host": "vault.example:8082"}, "type": "online", "state": "pending",
		"wanted_state": "active", "quota_bytes": 50_000_000.0, "used_bytes": 0.0, "modules": []any{"files"}, "generation": 1.0,
		"observed_generation": 0.0, "operation": w.text(made.body, "operation"), "created_at": "2026-11-24T09:00:00Z", "version": 1.0,
		"devices": []any{map[string]any{
			"id": device, "name": "srv-1", "login": login, "address": "rest:https://vault.example:8082/" + login + "/",
			"sets": []any{map[string]any{
				"id": w.text(one.body, "devices", 0, "sets", 0, "id"), "name": "Standard",
				"plan": map[string]any{
					"every": "week", "at": "22:30", "days": []any{"mon", "fri"}, "time_zone": "Europe/Amsterdam", "grace_minutes": 30.0,
				},
			}},
		}},
		"actions": []any{"change_quota", "rename", "change_modules", "edit_sets", "add_device", "suspend", "new_password", "note", "delete"},
	}
	if diff := cmp.Diff(want, one.body); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"items": []any{want}}, list.body); diff != "" {
		t.Error(diff)
	}
}

func TestEveryRefusalNamesItsFieldAndRepeatsNoValue(t *testing.T) {
	w := newWorld(t)
	made := w.ask(http.MethodPost, base, order)
	account := base + "/" + w.text(made.body, "account", "id")
	const odd = "Zq7odd"
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		code                     problem.Code
		field                    string
	}{
		{"no customer of the seller", http.MethodPost, base, strings.Replace(order, string(customer), odd, 1), 422, problem.InvalidInput, "/customer"},
		{"a type that is none", http.MethodPost, base, strings.Replace(order, `"online"`, `"`+odd+`"`, 1), 422, problem.InvalidInput, "/type"},
		{"a server of somebody else", http.MethodPost, base, strings.Replace(order, srv, odd, 1), 422, problem.ServerNotAllowed, ""},
		{"too small a quota", http.MethodPost, base, strings.Replace(order, "50000000", "7777", 1), 422, problem.InvalidInput, "/quota_bytes"},
		{"a time that is none", http.MethodPost, base, strings.Replace(order, "22:30", odd, 1), 422, problem.InvalidInput, "/plan/at"},
		{"a day that is none", http.MethodPost, base, strings.Replace(order, `"fri"`, `"`+odd+`"`, 1), 422, problem.InvalidInput, "/plan/days"},
		{"an unknown field", http.MethodPost, base, strings.Replace(order, `"name"`, `"tea"`, 1), 422, problem.InvalidInput, "/tea"},
		{"a module that is none", http.MethodPatch, account, `{"modules":["` + odd + `"]}`, 422, problem.InvalidInput, "/modules"},
		{"a device without a name", http.MethodPost, account + "/devices", `{"name":""}`, 422, problem.InvalidInput, "/name"},
		{"no such device", http.MethodPost, account + "/devices/" + odd + "/password", "", 404, problem.NotFound, ""},
		{"no such account", http.MethodPost, base + "/" + odd + "/suspend", "", 404, problem.NotFound, ""},
		{"too long a note", http.MethodPut, account + "/note", `{"text":"` + strings.Repeat(odd, 2000) + `"}`, 422, problem.InvalidInput, "/text"},
		{"half a request", http.MethodPut, account + "/note", `{"text":"` + odd, 400, problem.Unreadable, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world{t, w.handler}
			r := w.ask(c.method, c.path, c.body, "If-Match", `"1"`)
			w.answers(r, c.status, c.code)
			if c.field != "" && w.text(r.body, "fields", 0, "name") != c.field {
				t.Errorf("names %v, want %s", r.body["fields"], c.field)
			}
			if strings.Contains(r.Body.String(), odd) {
				t.Errorf("repeats what was sent: %s", r.Body)
			}
		})
	}
	if left := w.ask(http.MethodGet, base, ""); len(left.body["items"].([]any)) != 1 {
		t.Errorf("half-made accounts stayed: %s", left.Body)
	}
}

func TestAnEditInsistsOnTheVersionThatWasRead(t *testing.T) {
	w := newWorld(t)
	made := w.ask(http.MethodPost, base, order)
	account := base + "/" + w.text(made.body, "account", "id")
	read := w.ask(http.MethodGet, account, "")
	w.answers(w.ask(http.MethodPatch, account, `{"name":"post"}`), 422, problem.InvalidInput)
	first := w.ask(http.MethodPatch, account, `{"quota_bytes":60000000}`, "If-Match", read.Header().Get("ETag"))
	w.answers(first, http.StatusAccepted, "")
	if first.Header().Get("ETag") != `"2"` || w.at(first.body, "generation") != 2.0 {
		t.Errorf("%s %s", first.Header().Get("ETag"), first.Body)
	}
	w.answers(w.ask(http.MethodPatch, account, `{"name":"post"}`, "If-Match", read.Header().Get("ETag")), 412, problem.VersionConflict)
	if now := w.ask(http.MethodGet, account, ""); w.text(now.body, "name") != "mail" {
		t.Error("a stale edit was written")
	}
}

func TestARepeatedSuspensionShowsTheAccountAsItIs(t *testing.T) {
	w := newWorld(t)
	made := w.ask(http.MethodPost, base, order)
	account := base + "/" + w.text(made.body, "account", "id")
	for i, action := range []string{"suspend", "suspend", "resume", "suspend"} {
		r := w.ask(http.MethodPost, account+"/"+action, "", "Idempotency-Key", action)
		w.answers(r, http.StatusAccepted, "")
		state, generation := "suspended", 2.0
		if i > 1 {
			state, generation = "active", 3.0 // the last one repeats the first
		}
		if w.text(r.body, "wanted_state") != state || w.at(r.body, "generation") != generation {
			t.Errorf("%d %s: %s", i, action, r.Body)
		}
	}
}

func TestDevicesPasswordsAndSets(t *testing.T) {
	w := newWorld(t)
	made := w.ask(http.MethodPost, base, order)
	account := base + "/" + w.text(made.body, "account", "id")
	added := w.ask(http.MethodPost, account+"/devices", `{"name":"laptop"}`)
	w.answers(added, http.StatusAccepted, "")
	device := account + "/devices/" + w.text(added.body, "account", "devices", 1, "id")
	if w.text(added.body, "logins", 0, "login") != w.text(added.body, "account", "devices", 1, "login") {
		t.Errorf("shows another device's login: %s", added.Body)
	}

	renewed := w.ask(http.MethodPost, device+"/password", "", "Idempotency-Key", "p")
	w.answers(renewed, http.StatusAccepted, "")
	if w.text(renewed.body, "password") == w.text(added.body, "logins", 0, "password") || len(w.text(renewed.body, "password")) < 20 {
		t.Error("not a new password")
	}
	w.answers(w.ask(http.MethodPost, device+"/password", "", "Idempotency-Key", "p"), http.StatusConflict, problem.SecretAlreadyShown)

	set := device + "/sets/" + w.text(added.body, "account", "devices", 1, "sets", 0, "id")
	edited := w.ask(http.MethodPatch, set, `{"name":"Photos","plan":{"every":"none"}}`)
	w.answers(edited, http.StatusOK, "")
	want := map[string]any{"id": w.text(added.body, "account", "devices", 1, "sets", 0, "id"), "name": "Photos", "plan": map[string]any{"every": "none"}}
	if diff := cmp.Diff(want, w.at(edited.body, "devices", 1, "sets", 0)); diff != "" {
		t.Error(diff)
	}
}

func TestACustomersPathShowsItsAccountsAndItsOwnNote(t *testing.T) {
	w := newWorld(t)
	made := w.ask(http.MethodPost, base, order)
	id := w.text(made.body, "account", "id")
	theirs := "/v1/tenants/" + string(customer) + "/accounts"
	as := []string{"Authorization", "Bearer tk_customer"}
	list := w.ask(http.MethodGet, theirs, "", as...)
	w.answers(list, http.StatusOK, "")
	if w.text(list.body, "items", 0, "id") != id {
		t.Errorf("%s", list.Body)
	}
	if diff := cmp.Diff([]any{"new_password", "note"}, w.at(list.body, "items", 0, "actions")); diff != "" {
		t.Error(diff)
	}
	w.answers(w.ask(http.MethodGet, base, "", as...), http.StatusNotFound, problem.NotFound)
	w.answers(w.ask(http.MethodPost, theirs+"/"+id+"/suspend", "", as...), http.StatusForbidden, problem.Forbidden)

	note := w.ask(http.MethodPut, base+"/"+id+"/note", `{"text":"pays late"}`)
	w.answers(note, http.StatusOK, "")
	if diff := cmp.Diff(map[string]any{"text": "pays late", "author": "tk_seller", "updated_at": "2026-11-24T09:00:00Z"}, note.body); diff != "" {
		t.Error(diff)
	}
	seen := w.ask(http.MethodGet, theirs+"/"+id+"/note", "", as...)
	w.answers(seen, http.StatusOK, "")
	if diff := cmp.Diff(map[string]any{"text": ""}, seen.body); diff != "" {
		t.Error(diff)
	}
	w.answers(w.ask(http.MethodGet, theirs+"/"+id+"/note", ""), http.StatusNotFound, problem.NotFound) // the seller, acting below
}
