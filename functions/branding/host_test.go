package branding

import (
	"strings"
	"testing"
)

func TestParseHost(t *testing.T) {
	for give, want := range map[string]string{
		"acme.localhost": "acme.localhost", "Acme.LocalHost:8080": "acme.localhost", "portal.example.com.": "portal.example.com",
		"localhost": "localhost", "a-b.example": "a-b.example",
		"": "", "127.0.0.1": "", "127.0.0.1:8080": "", "[::1]:8080": "", "::1": "", ".localhost": "", "acme..localhost": "",
		"-acme.localhost": "", "acme-.localhost": "", "acme.localhost:": "", "acme.localhost:x": "", "acme.localhost:123456": "",
		"acme.localhost:80:80": "", "ac me.localhost": "", "acme_1.localhost": "", "acme.localhost/": "", "a@b.localhost": "",
		"acmé.localhost": "", "acme.localhost\x00": "", strings.Repeat("a", 64) + ".localhost": "", strings.Repeat("a.", 127) + "aa": "",
	} {
		got, ok := parseHost(give)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q is read as %q, %v", give, got, ok)
		}
	}
}

func FuzzParseHost(f *testing.F) {
	f.Add("acme.localhost:8080")
	f.Add("[::1]:80")
	f.Fuzz(func(t *testing.T, host string) {
		name, ok := parseHost(host)
		if !ok {
			return
		}
		if again, ok := parseHost(name); !ok || again != name || name != strings.ToLower(name) {
			t.Fatalf("%q is read as %q, then %q", host, name, again)
		}
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Fatalf("%q is read as %q", host, name)
		}
	})
}

func TestSlugs(t *testing.T) {
	for give, want := range map[string]bool{
		"acme": true, "a1b": true, "acme-backup": true, strings.Repeat("a", maxSlug): true,
		"": false, "ab": false, "Acme": false, "acme.x": false, "-acme": false, "acme-": false, "ac--me": false, "123": false, "www": false,
		"admin": false, "acme_x": false, strings.Repeat("a", maxSlug+1): false, "xn--acme": false,
	} {
		if got := isSlug(give); got != want {
			t.Errorf("%q: %v", give, got)
		}
	}
}
