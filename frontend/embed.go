// Package frontend carries the built portal inside the binary and serves it. It owns how the files are cached and which
// rules a browser keeps on them; it knows no data, and no brand: those are other addresses of the same host.
package frontend

import (
	"embed"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Build is what `make build` wrote. A tracked .gitkeep keeps the folder in being where nothing has been built.
//
//go:embed all:portal/dist
var files embed.FS

// Build returns the files of the built portal; index.html is absent where nothing has been built.
func Build() (fs.FS, error) { return fs.Sub(files, "portal/dist") }

// notBuilt is what a browser shows instead of the portal.
const notBuilt = "The portal has not been built. Run `make build`, then start again.\n"

// Policy lets a page load from its own host only. Inline styles are refused too: the portal sets single properties through
// the object model, which no policy forbids.
const Policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Headers are what a page is sent with besides, wherever it is served from.
var Headers = map[string]string{
	"Cross-Origin-Opener-Policy": "same-origin",
	"Permissions-Policy":         "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

// Site serves a built portal: its hashed files for ever, and index.html, never kept, for every other address, because the
// portal's own router knows them. Without an index.html it says in one line what to run.
func Site(build fs.FS) http.Handler {
	index, err := fs.ReadFile(build, "index.html")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		for name, value := range Headers {
			h.Set(name, value)
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		if err != nil {
			h.Set("Cache-Control", "no-store")
			http.Error(w, notBuilt, http.StatusServiceUnavailable)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		body, err := fs.ReadFile(build, name)
		switch {
		case err == nil && name != "index.html" && !strings.HasPrefix(path.Base(name), "."):
			h.Set("Cache-Control", CacheControl(name))
			serve(w, r, ContentType(name), body)
		case strings.HasPrefix(name, "assets/"):
			// A page that was open while the portal was renewed asks for a file that is gone: an error, not a page.
			if !errors.Is(err, fs.ErrNotExist) {
				http.Error(w, "not readable", http.StatusInternalServerError)
				return
			}
			h.Set("Cache-Control", "no-store")
			http.NotFound(w, r)
		default:
			h.Set("Cache-Control", CacheControl("index.html"))
			serve(w, r, "text/html; charset=utf-8", index)
		}
	})
}

func serve(w http.ResponseWriter, r *http.Request, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	if r.Method == http.MethodHead {
		return
	}
	// A browser that has gone away is no failure of ours.
	_, _ = w.Write(body) //nolint:gosec // a file of our own build, never what a request brought
}

// CacheControl says how long a file of the build may be kept: what has a hash in its name for ever.
func CacheControl(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// ContentType does not ask the machine's own table for what the portal consists of, because it differs between machines.
func ContentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}
