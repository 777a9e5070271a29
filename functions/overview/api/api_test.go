package overviewapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/functions/overview"
	overviewapi "github.com/tierkeep/tierkeep/functions/overview/api"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

type nobody struct{}

func (nobody) InviteOwner(context.Context, tenancy.Tenant, string, string) (store.Write, string, error) {
	return store.Write{}, "", nil
}

// owner signs everybody in as the owner of a tenant.
type owner tenant.ID

func (o owner) Authenticate(context.Context, rest.Credentials) (authz.Principal, error) {
	return authz.Principal{User: "usr_x", Name: "Ann", HomeTenant: tenant.ID(o), Role: authz.Owner, Via: authz.ViaPortal}, nil
}

// newHandler is the feature over a platform that was just planted, and the supplier's own path.
func newHandler(t *testing.T) (h http.Handler, path string, root tenancy.Tenant) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "platform.db"))
	must(err)
	t.Cleanup(func() { must(file.Close()) })
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	rows, err := sqlite.Open(file, now)
	must(err)
	tree := tenancy.Reader{Rows: rows}
	directory := tenancy.NewDirectory(tree, now)
	guard := authz.Guard{Directory: directory}
	tenants := &tenancy.Service{
		Guard: guard, Reader: tree, Changes: change.Log{Store: rows, Clock: now}, Clock: now, Directory: directory, Owners: nobody{},
	}
	root, _, _, err = tenants.PlantRoot(context.Background(), tenancy.Profile{Name: "Northgate", Country: "NL", TimeZone: "UTC", Language: "nl"},
		tenancy.NewOwner{Name: "Owner", Email: "owner@northgate.example"})
	must(err)
	s := &overview.Service{
		Guard: guard, Store: rows, Clock: now, Tenants: tree, Accounts: accounts.Reader{Rows: rows}, Reports: reports.Reader{Rows: rows},
		Servers: servers.Reader{Rows: rows}, Operations: operations.Reader{Rows: rows},
		Approvals: approvals.Reader{Rows: rows},
	}
	h = rest.Handler("overview", func(api huma.API) { overviewapi.Register(api, s) }, rest.Deps{
		Authenticator: owner(root.ID), Store: rows, Clock: now,
	})
	return h, "/v1/tenants/" + string(root.ID) + "/overview", root
}

func get(t *testing.T, h http.Handler, path string) (status int, body map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, http.NoBody)
	r.Header.Set("Authorization", "Bearer tk_x")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s answers %d %s", path, w.Code, w.Body)
	}
	return w.Code, body
}

func TestAnEmptyPlatformHasEmptyListsAndNoNulls(t *testing.T) {
	h, path, _ := newHandler(t)
	step := func(name string) any { return map[string]any{"step": name, "done": false} }
	for url, want := range map[string]map[string]any{
		"/attention": {
			"groups": []any{}, "setup": []any{step("server"), step("agent")},
			"figures": map[string]any{
				"due": 0.0, "by_health": map[string]any{}, "used_bytes": 0.0, "quota_bytes": 0.0, "accounts": 0.0, "customers": 0.0,
			},
		},
		"/accounts?q=x&health=failed&state=active": {"items": []any{}, "total": 0.0},
		"/search?q=zzz":             {"items": []any{}},
		"/activity?subject=nothing": {"items": []any{}},
	} {
		status, got := get(t, h, path+url)
		if diff := cmp.Diff(want, got); status != http.StatusOK || diff != "" {
			t.Errorf("%s answers %d %s", url, status, diff)
		}
	}
}

func TestTheAuditLogTellsWhoDidWhat(t *testing.T) {
	h, path, root := newHandler(t)
	status, got := get(t, h, path+"/activity?subject="+string(root.ID))
	items, _ := got["items"].([]any)
	if status != http.StatusOK || len(items) != 1 {
		t.Fatalf("answers %d %v", status, got)
	}
	entry, _ := items[0].(map[string]any)
	if entry["action"] != "platform.plant" || entry["name"] != "Northgate" || entry["at"] != "2026-11-24T09:00:00Z" || entry["after"] == nil {
		t.Errorf("got %v", entry)
	}
}

func TestWhatCannotBeAskedIsNamed(t *testing.T) {
	h, path, _ := newHandler(t)
	for url, want := range map[string]string{
		"/search": "q", "/search?q=": "q", "/accounts?health=splendid": "health[0]", "/accounts?limit=0": "limit", "/accounts?state=lost": "state",
		"/accounts?cursor=!": "cursor",
	} {
		status, got := get(t, h, path+url)
		fields, _ := got["fields"].([]any)
		if status != http.StatusUnprocessableEntity || len(fields) != 1 || fields[0].(map[string]any)["name"] != want {
			t.Errorf("%s answers %d %v", url, status, got)
		}
	}
	if status, _ := get(t, h, "/v1/tenants/ten_01J00000000000000000000001/overview/attention"); status != http.StatusNotFound {
		t.Errorf("a foreign tenant answers %d", status)
	}
}
