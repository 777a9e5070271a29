package brandingapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/branding"
	brandingapi "github.com/tierkeep/tierkeep/functions/branding/api"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

const supplier = tenant.ID("ten_01J00000000000000000000000")

// root is a platform of one tenant, whose owner everybody with a key is.
type root struct{}

func (root) Chain(_ context.Context, t tenant.ID) ([]authz.Node, error) {
	if t != supplier {
		return nil, problem.New(problem.NotFound, "")
	}
	return []authz.Node{{ID: supplier, Level: tenant.Supplier, Status: tenant.Active}}, nil
}

func (root) Root(context.Context) (tenancy.Tenant, error) { return tenancy.Tenant{ID: supplier}, nil }

func (root) Authenticate(context.Context, rest.Credentials) (authz.Principal, error) {
	return authz.Principal{User: "usr_x", HomeTenant: supplier, Role: authz.Owner, Via: authz.ViaPortal}, nil
}

func newHandler(t *testing.T) http.Handler {
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
	hosts, err := branding.NewHosts(rows, root{}, root{}, "http://127.0.0.1:8080", "")
	must(err)
	s := &branding.Service{
		Guard: authz.Guard{Directory: root{}}, Rows: rows, Changes: change.Log{Store: rows, Clock: now}, Clock: now, Hosts: hosts,
	}
	return rest.Handler("branding", func(api huma.API) { brandingapi.Register(api, s) }, rest.Deps{Authenticator: root{}, Store: rows, Clock: now})
}

func send(h http.Handler, method, url, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, bytes.NewReader([]byte(body)))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer tk_x")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestFilesOfABrandAreCachedAndHarmless(t *testing.T) {
	h := newHandler(t)
	for path, c := range map[string]struct{ contentType, begins string }{
		"/brand.css":           {"text/css; charset=utf-8", ":root {\n  --brand-accent: #0b5c6e;"},
		"/brand.json":          {"application/json", `{"product":"Tierkeep"`},
		"/brand/logo.svg":      {"image/svg+xml", "<svg "},
		"/brand/logo-dark.svg": {"image/svg+xml", "<svg "},
		"/brand/icon.svg":      {"image/svg+xml", "<svg "},
	} {
		t.Run(path, func(t *testing.T) {
			w := send(h, "GET", "http://127.0.0.1:8080"+path, "")
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != c.contentType || !strings.HasPrefix(w.Body.String(), c.begins) {
				t.Fatalf("answers %d %s %s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if w.Header().Get("Cache-Control") != "public, max-age=60" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers are %v", w.Header())
			}
			if c.contentType == "image/svg+xml" && !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("the policy is %q", w.Header().Get("Content-Security-Policy"))
			}
			etag := w.Header().Get("ETag")
			w = send(h, "GET", "http://127.0.0.1:8080"+path, "", "If-None-Match", `"x", W/`+etag)
			if w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("ETag") != etag {
				t.Errorf("what the browser has is answered %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestABrandIsPublishedByHTTP(t *testing.T) {
	h := newHandler(t)
	const brand = "http://127.0.0.1:8080/v1/tenants/" + string(supplier) + "/brand"
	w := send(h, "GET", brand, "")
	var b brandingapi.Brand
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || !b.Inherited || b.Product != "Tierkeep" || b.Accent != "#0b5c6e" || w.Header().Get("ETag") != `"0"` {
		t.Fatalf("is %s, %v", w.Body, err)
	}
	wanted := `{"product":"Acme Vault","company":"Acme","slug":"acme","accent":"#7a2f5f","accent_dark":"#e3a0c9","radius":10,
		"website":"https://acme.example.com","logo_svg":"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><rect width='1' height='1'/></svg>"}`
	if w = send(h, "PUT", brand, wanted); w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("without If-Match: %d %s", w.Code, w.Body)
	}
	if w = send(h, "PUT", brand, wanted, "If-Match", `"0"`); w.Code != http.StatusOK || w.Header().Get("ETag") != `"1"` {
		t.Fatalf("answers %d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &b); err != nil || b.Inherited || b.Address != "http://acme.localhost:8080" || len(b.OwnImages) != 1 || b.Version != 1 {
		t.Fatalf("is %s, %v", w.Body, err)
	}
	if w = send(h, "GET", "http://acme.localhost:8080/brand.css", ""); !strings.Contains(w.Body.String(), "--brand-accent: #7a2f5f;") {
		t.Errorf("the style is %s", w.Body)
	}
	if w = send(h, "GET", "http://acme.localhost:8080/brand.json", ""); !strings.Contains(w.Body.String(), `"website":"https://acme.example.com"`) {
		t.Errorf("the words are %s", w.Body)
	}
	const secret = "url(https://example.com/x)"
	w = send(h, "PUT", brand, `{"product":"x","company":"x","slug":"acme","radius":1,"accent":"`+secret+`"}`, "If-Match", `"1"`)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"/accent"`) || strings.Contains(w.Body.String(), secret) {
		t.Errorf("a wrong colour is answered %d %s", w.Code, w.Body)
	}
}
