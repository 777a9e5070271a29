package rest

import "net/http"

// setHeaders sets what every reply of the API carries (OWASP ASVS 4.0.3, 14.4 and 8.2.1); a handler may overwrite one with
// a header of its own, as brands do to be cached.
func setHeaders(h http.Header, c Call) {
	h.Set(requestIDHeader, c.RequestID)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	if c.Secure {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}
