package branding

import (
	"net"
	"strings"
)

const (
	maxHostname = 253
	minSlug     = 3
	maxSlug     = 40
	localDomain = "localhost" // names below it always mean the machine itself (RFC 6761, 6.3)
)

// parseHost returns the lower-case hostname of a Host header, and false for what is no hostname: an address, a name with
// other letters than a to z, digits and hyphens, or a malformed port.
func parseHost(host string) (string, bool) {
	name := host
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		h, port, err := net.SplitHostPort(host)
		if err != nil || !isPort(port) {
			return "", false
		}
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" || len(name) > maxHostname {
		return "", false
	}
	letter := false
	for label := range strings.SplitSeq(name, ".") {
		if !isLabel(label) {
			return "", false
		}
		letter = strings.ContainsFunc(label, func(r rune) bool { return r >= 'a' && r <= 'z' })
	}
	return name, letter // a name whose last label is a number is an address
}

func isPort(s string) bool {
	return len(s) >= 1 && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}

func isLabel(s string) bool {
	return len(s) >= 1 && len(s) <= 63 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		s[0] != '-' && s[len(s)-1] != '-'
}

// reserved are the labels that the platform may want for itself, or that people would take for it.
var reserved = map[string]bool{
	"admin": true, "agent": true, "api": true, "app": true, "assets": true, "auth": true, "brand": true, "cdn": true,
	"docs": true, "download": true, "ftp": true, "help": true, "hooks": true, "imap": true, "localhost": true, "login": true,
	"mail": true, "ns1": true, "ns2": true, "platform": true, "pop": true, "portal": true, "root": true, "security": true,
	"smtp": true, "static": true, "status": true, "support": true, "tierkeep": true, "vault": true, "wake": true, "www": true,
}

// isSlug tells whether s may stand before the platform's domain. Two hyphens in a row are kept for encoded names.
func isSlug(s string) bool {
	return len(s) >= minSlug && len(s) <= maxSlug && isLabel(s) && !strings.Contains(s, "--") && !reserved[s] &&
		strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' })
}
