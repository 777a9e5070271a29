package vault_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzRequest sends what no client would: whatever it is, the vault answers, counts to the byte, and writes nowhere but into
// the device's own folder.
func FuzzRequest(f *testing.F) {
	o := newObject(40)
	f.Add(http.MethodGet, "/shop-a1b2c/config", []byte(nil), false)
	f.Add(http.MethodPost, "/shop-a1b2c/?create=true", []byte(nil), false)
	f.Add(http.MethodPost, "/shop-a1b2c/config", []byte("x"), false)
	f.Add(http.MethodDelete, "/shop-a1b2c/config", []byte(nil), false)
	f.Add(http.MethodPost, "/shop-a1b2c/data/"+o.name, o.content, false)
	f.Add(http.MethodPost, "/shop-a1b2c/locks/"+o.name, o.content, true)
	f.Add(http.MethodDelete, "/shop-a1b2c/locks/"+o.name, []byte(nil), false)
	f.Add(http.MethodPost, "/shop-a1b2c/snapshots/"+o.name, o.content, false)
	f.Add(http.MethodPost, "/shop-a1b2c/data/../../../../vault.db", []byte("x"), false)
	f.Add("PATCH", "//..//", []byte("x"), true)

	w, s := newWorld(f), newSpec("shop-a1b2c")
	w.ensure(s)
	f.Fuzz(func(t *testing.T, method, path string, body []byte, short bool) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", strings.NewReader(string(body)))
		r.Method, r.URL = method, &url.URL{Path: path}
		if at := strings.IndexByte(path, '?'); at >= 0 {
			r.URL.Path, r.URL.RawQuery = path[:at], path[at+1:]
		}
		if short {
			r.ContentLength = int64(len(body)) - 1
		}
		r.SetBasicAuth("shop-a1b2c", password)
		reply := httptest.NewRecorder()
		w.vault.ServeHTTP(reply, r)
		if reply.Code == 0 {
			t.Fatal("no answer")
		}
		w.t = t
		defer func() { w.t = f }()
		w.wantExact(s)
		for _, j := range w.jobs() {
			if j.Account != s.Account {
				t.Fatalf("%+v", j)
			}
		}
		outside, err := filepath.Glob(filepath.Join(w.folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range outside {
			if name := filepath.Base(path); name != "data" && name != "trash" && !strings.HasPrefix(name, "vault.db") {
				t.Fatalf("%s was written", path)
			}
		}
		if inside, err := os.ReadDir(filepath.Join(w.folder, "data")); err != nil || len(inside) > 1 {
			t.Fatalf("%v (%v)", inside, err)
		}
	})
}
