package frontend_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tierkeep/tierkeep/frontend"
)

func build() fstest.MapFS {
	return fstest.MapFS{
		"index.html":            {Data: []byte("<!doctype html><div id=root>")},
		"scheme.js":             {Data: []byte("// scheme")},
		"assets/index-a1b2.js":  {Data: []byte("// portal")},
		"assets/index-a1b2.css": {Data: []byte("body{}")},
		".gitkeep":              {Data: []byte{}},
	}
}

func TestSiteServesFilesForEverAndTheIndexForEveryOtherAddress(t *testing.T) {
	for _, test := range []struct {
		name, method, path string
		status             int
		kind, cache, body  string
	}{
		{"a hashed script is kept for ever", "GET", "/assets/index-a1b2.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "// portal"},
		{"a hashed style sheet has its own type", "GET", "/assets/index-a1b2.css", 200, "text/css; charset=utf-8", "public, max-age=31536000, immutable", "body{}"},
		{"a file without a hash is asked for again", "GET", "/scheme.js", 200, "text/javascript; charset=utf-8", "no-cache", "// scheme"},
		{"the root is the portal", "GET", "/", 200, "text/html; charset=utf-8", "no-cache", "<!doctype html><div id=root>"},
		{"a page of the portal is the portal", "GET", "/t/ten_1/accounts", 200, "text/html; charset=utf-8", "no-cache", "<!doctype html><div id=root>"},
		{"a path that climbs ends in the portal", "GET", "/../../etc/passwd", 200, "text/html; charset=utf-8", "no-cache", "<!doctype html><div id=root>"},
		{"the placeholder is no file of the portal", "GET", "/.gitkeep", 200, "text/html; charset=utf-8", "no-cache", "<!doctype html><div id=root>"},
		{"a script that is gone is an error, not a page", "GET", "/assets/index-old.js", 404, "text/plain; charset=utf-8", "no-store", "404 page not found\n"},
		{"a head has no body", "HEAD", "/", 200, "text/html; charset=utf-8", "no-cache", ""},
		{"nothing can be posted", "POST", "/", 405, "text/plain; charset=utf-8", "", "method not allowed\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(test.method, "/", http.NoBody)
			r.URL.Path = test.path
			frontend.Site(build()).ServeHTTP(w, r)
			h := w.Header()
			if w.Code != test.status || h.Get("Content-Type") != test.kind || h.Get("Cache-Control") != test.cache || w.Body.String() != test.body {
				t.Errorf("%s %s: got %d %q %q %q", test.method, test.path, w.Code, h.Get("Content-Type"), h.Get("Cache-Control"), w.Body)
			}
		})
	}
}

func TestEveryReplyCarriesThePolicy(t *testing.T) {
	for _, path := range []string{"/", "/assets/index-a1b2.js", "/assets/gone.js"} {
		w := httptest.NewRecorder()
		frontend.Site(build()).ServeHTTP(w, httptest.NewRequest("GET", path, http.NoBody))
		policy := w.Header().Get("Content-Security-Policy")
		for _, rule := range []string{"default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"} {
			if !strings.Contains(policy, rule) {
				t.Errorf("%s: no %q in %q", path, rule, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy allows inline code: %q", path, policy)
		}
	}
}

func TestWithoutABuildSiteSaysWhatToRun(t *testing.T) {
	w := httptest.NewRecorder()
	frontend.Site(fstest.MapFS{".gitkeep": {}}).ServeHTTP(w, httptest.NewRequest("GET", "/t/ten_1", http.NoBody))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

func TestBuildIsThereEvenWhenNothingHasBeenBuilt(t *testing.T) {
	files, err := frontend.Build()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := files.Open(".gitkeep"); err != nil {
		t.Errorf("the placeholder is gone: %v", err)
	}
}
