// Package route is the one table of who answers which path. The local gateway, the Lambda functions' handlers and the
// infrastructure read it; it imports nothing of the platform. It knows prefixes only: what lies below a prefix, and which
// permission it needs, is the feature's.
package route

import "strings"

// Auth is the least that every operation below a prefix asks of its caller; a single operation may ask for more.
type Auth string

// The ways in.
const (
	Public Auth = "public" // nothing: sign-in, one-time links, brands
	Person Auth = "person" // a session or an API key
	Agent  Auth = "agent"  // a signature by an enrolled agent
)

// Row gives a prefix to a feature.
type Row struct {
	Prefix  string // a template of whole segments: "/v1/tenants/{tenant}/customers"
	Feature string // the package below functions/ that answers
	Auth    Auth
	Exact   bool // nothing lies below the prefix
	Local   bool // on one machine only: on AWS nobody answers
	Socket  bool // a WebSocket: on AWS another API, in the local gateway a handler of its own
}

// Rows is the table. The longest matching prefix wins; a path that matches none is the portal's, unless Reserved says that
// it can only be meant for the API.
var Rows = []Row{
	{Prefix: "/v1/session", Feature: "identity", Auth: Public},
	{Prefix: "/v1/links", Feature: "identity", Auth: Public},
	{Prefix: "/v1/tenants/{tenant}/users", Feature: "identity", Auth: Person},
	{Prefix: "/v1/tenants/{tenant}/roles", Feature: "identity", Auth: Person},
	{Prefix: "/v1/tenants/{tenant}/keys", Feature: "identity", Auth: Person},

	{Prefix: "/v1/tenants/{tenant}", Feature: "tenancy", Auth: Person},

	{Prefix: "/brand.css", Feature: "branding", Auth: Public, Exact: true},
	{Prefix: "/brand.json", Feature: "branding", Auth: Public, Exact: true},
	{Prefix: "/brand", Feature: "branding", Auth: Public},
	{Prefix: "/v1/tenants/{tenant}/brand", Feature: "branding", Auth: Person},

	{Prefix: "/v1/tenants/{tenant}/servers", Feature: "servers", Auth: Person},
	{Prefix: "/agent/v1/enrol", Feature: "servers", Auth: Public, Exact: true},
	{Prefix: "/agent/v1/hello", Feature: "servers", Auth: Agent, Exact: true},
	{Prefix: "/agent/v1/wake", Feature: "servers", Auth: Agent, Exact: true, Socket: true},

	{Prefix: "/v1/tenants/{tenant}/operations", Feature: "operations", Auth: Person},
	{Prefix: "/agent/v1/claim", Feature: "operations", Auth: Agent, Exact: true},
	{Prefix: "/agent/v1/operations", Feature: "operations", Auth: Agent},

	{Prefix: "/v1/tenants/{tenant}/accounts", Feature: "accounts", Auth: Person},

	{Prefix: "/v1/tenants/{tenant}/approvals", Feature: "approvals", Auth: Person},

	{Prefix: "/v1/tenants/{tenant}/jobs", Feature: "reports", Auth: Person},
	{Prefix: "/v1/tenants/{tenant}/expectations", Feature: "reports", Auth: Person},
	{Prefix: "/v1/tenants/{tenant}/health", Feature: "reports", Auth: Person},
	{Prefix: "/v1/tenants/{tenant}/usage", Feature: "reports", Auth: Person},
	{Prefix: "/agent/v1/jobs", Feature: "reports", Auth: Agent, Exact: true},
	{Prefix: "/agent/v1/events", Feature: "reports", Auth: Agent, Exact: true},
	{Prefix: "/agent/v1/usage", Feature: "reports", Auth: Agent, Exact: true},

	{Prefix: "/v1/tenants/{tenant}/overview", Feature: "overview", Auth: Person},

	{Prefix: "/v1/tenants/{tenant}/outbox", Feature: "notifications", Auth: Person, Local: true},
}

// Match returns the row of a path, which is the escaped one, so that an escaped slash stays within its segment.
func Match(escapedPath string) (Row, bool) {
	segments := split(escapedPath)
	best, found := Row{}, false
	for _, row := range Rows {
		if row.matches(segments) && (!found || len(split(row.Prefix)) > len(split(best.Prefix))) {
			best, found = row, true
		}
	}
	return best, found
}

// Reserved tells whether a path belongs to the API even where no row matches it: it is then not found, and never a page
// of the portal.
func Reserved(escapedPath string) bool {
	first := split(escapedPath)[0]
	return first == "v1" || first == "agent"
}

// GatewayKeys returns the route keys by which API Gateway sends a row's requests to its function. An API Gateway matches
// whole templates and not prefixes, so that a row has one key for itself and one for what lies below.
func (r Row) GatewayKeys() []string {
	switch {
	case r.Socket, r.Local:
		return nil
	case r.Exact:
		return []string{"ANY " + r.Prefix}
	}
	return []string{"ANY " + r.Prefix, "ANY " + r.Prefix + "/{proxy+}"}
}

// GatewayKey returns the one of GatewayKeys that API Gateway picks for a path that the row matched.
func (r Row) GatewayKey(escapedPath string) string {
	keys := r.GatewayKeys()
	if len(keys) == 0 {
		return ""
	}
	if len(split(escapedPath)) > len(split(r.Prefix)) {
		return keys[len(keys)-1]
	}
	return keys[0]
}

func (r Row) matches(segments []string) bool {
	want := split(r.Prefix)
	if len(segments) < len(want) || r.Exact && len(segments) != len(want) {
		return false
	}
	for i, w := range want {
		if isVariable(w) && segments[i] != "" || w == segments[i] {
			continue
		}
		return false
	}
	return true
}

func split(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

func isVariable(segment string) bool { return strings.HasPrefix(segment, "{") }
