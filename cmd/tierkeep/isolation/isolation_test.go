package isolation

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// caller sends requests, as a person or as an agent.
type caller func(method, path string, body any, options ...platformtest.Option) (platformtest.Reply, error)

func as(p *platformtest.Person) caller {
	return func(method, path string, body any, options ...platformtest.Option) (platformtest.Reply, error) {
		return p.Call(context.Background(), method, path, body, options...)
	}
}

func asAgent(a *platformtest.Agent) caller {
	return func(method, path string, body any, _ ...platformtest.Option) (platformtest.Reply, error) {
		return a.Call(context.Background(), method, path, body)
	}
}

// aboutOneself are the operations that concern whoever calls and name no tenant: he changes nothing but himself.
var aboutOneself = []string{
	"get-session", "edit-session", "list-sessions", "end-session", "change-password", "sign-out",
	"get-second-factor", "begin-second-factor", "confirm-second-factor", "renew-recovery-codes", "remove-second-factor",
}

// ofACustomer are the operations whose tenant in the path is a customer.
var ofACustomer = []string{"list-sites", "create-site"}

// told is what a refusal of an operation looks like where it is not that something does not exist.
var told = map[string]problem.Code{
	"report-jobs": problem.BatchRefused, "report-events": problem.BatchRefused, "report-usage": problem.BatchRefused,
}

// request is an operation about somebody's things, ready to be sent.
type request struct {
	method, path string
	body         any
	options      []platformtest.Option
}

// about makes the request of an operation about a seller's things. An operation that the suite cannot fill fails the test:
// say in bodies_test.go what it takes, and in victim_test.go what stands for a new variable.
func (s *stage) about(t *testing.T, o operation, of seller) request {
	t.Helper()
	if slices.Contains(ofACustomer, o.ID) {
		of = of.withTenant(of.ids["customer"])
	}
	r := request{method: o.method, path: o.address(t, of.ids), options: o.options()}
	if o.Body != nil {
		content, known := body(o.ID, of, s.Clock.Now())
		if !known {
			t.Fatalf("%s takes a body: say what a plausible one is", o.ID)
		}
		r.body = content
	}
	return r
}

func (of seller) withTenant(t string) seller {
	ids := map[string]string{}
	for name, value := range of.ids {
		ids[name] = value
	}
	ids["tenant"] = t
	of.ids = ids
	return of
}

func send(t *testing.T, call caller, r request) platformtest.Reply {
	t.Helper()
	reply, err := call(r.method, r.path, r.body, r.options...)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func refusedWith(t *testing.T, reply platformtest.Reply, want problem.Code) {
	t.Helper()
	if got := reply.Problem(); got != want {
		t.Errorf("answered %d %q, want %s: %s", reply.Status, got, want, reply.Body)
	}
}

func TestNobodyReachesAForeignTenant(t *testing.T) {
	s := setTheStage(t)
	operations := documentOf(t, s.World).operations()
	for _, who := range []struct {
		name string
		call caller
		want problem.Code
		home string
	}{
		{"the owner of a reseller beside it", as(s.intruder.owner), problem.NotFound, s.intruder.ids["tenant"]},
		{"the owner of that reseller's customer", as(s.intruder.customerOwner), problem.NotFound, s.intruder.ids["customer"]},
		{"the owner of another customer of the victim's", as(s.sibling), problem.NotFound, s.siblingID},
		{"an API key with every scope", as(s.intruder.key), problem.NotFound, s.intruder.ids["tenant"]},
		{"an agent of another server", asAgent(s.intruder.agent), problem.Unauthenticated, "no tenant"},
	} {
		t.Run(who.name, func(t *testing.T) {
			for _, place := range []struct{ name, tenant string }{
				{"reseller", s.victim.ids["tenant"]}, {"customer", s.victim.ids["customer"]}, {"site", s.victim.site}, {"seller below", s.victim.ids["child"]},
			} {
				before := s.rows(who.home)
				for _, o := range operations {
					if o.Auth != "person" || slices.Contains(aboutOneself, o.ID) {
						continue
					}
					t.Run(place.name+"/"+o.ID, func(t *testing.T) {
						reply := send(t, who.call, s.about(t, o, s.victim.withTenant(place.tenant)))
						refusedWith(t, reply, who.want)
					})
				}
				s.unchanged(t, before, who.home)
			}
		})
	}
}

func TestNoIdentifierOfAnotherWorksBelowTheOwnTenant(t *testing.T) {
	s := setTheStage(t)
	operations := documentOf(t, s.World).operations()
	// Two customers of one seller share its partition of rows, and the seller itself is known to both.
	shared := map[string]bool{"tenant": true, "server": true}
	for _, who := range []struct {
		name string
		call caller
		home string
		not  seller // whose things the caller must not be told of
	}{
		{"a reseller's session", as(s.intruder.owner), s.intruder.ids["tenant"], s.victim},
		{"a reseller's key", as(s.intruder.key), s.intruder.ids["tenant"], s.victim},
		{"another customer of the same reseller", as(s.sibling), s.siblingID, s.victim.without(shared)},
	} {
		t.Run(who.name, func(t *testing.T) {
			before := s.rows(who.home)
			mixed := s.victim.withTenant(who.home)
			for _, o := range operations {
				if o.Auth != "person" || !slices.Contains(o.variables(), "tenant") {
					continue
				}
				t.Run(o.ID, func(t *testing.T) {
					r := s.about(t, o, mixed)
					named := len(o.variables()) > 1 || mentions(t, r.body, who.not) || strings.Contains(r.path, s.victim.ids["customer"])
					if o.writes() && !named {
						return // it would do something of the caller's own
					}
					reply := send(t, who.call, r)
					if named && reply.Status < http.StatusBadRequest {
						t.Errorf("answered %d %s", reply.Status, reply.Body)
					}
					if code := reply.Problem(); len(o.variables()) > 1 && code != problem.NotFound && code != problem.Forbidden {
						t.Errorf("answered %d, want not_found: %s", reply.Status, reply.Body)
					}
					mentionsNothing(t, reply, who.not)
				})
			}
			s.unchanged(t, before, who.home)
		})
	}
}

func (of seller) without(names map[string]bool) seller {
	ids := map[string]string{}
	for name, value := range of.ids {
		if !names[name] {
			ids[name] = value
		}
	}
	of.ids = ids
	return of
}

// mentions tells whether a body names something of a seller's.
func mentions(t *testing.T, body any, of seller) bool {
	t.Helper()
	text := asText(t, body)
	for _, value := range of.ids {
		if strings.Contains(text, value) {
			return true
		}
	}
	return false
}

// mentionsNothing fails where a reply tells an identifier or a name of a seller's.
func mentionsNothing(t *testing.T, reply platformtest.Reply, of seller) {
	t.Helper()
	for name, value := range of.ids {
		if bytes.Contains(reply.Body, []byte(value)) {
			t.Errorf("the reply tells the victim's %s", name)
		}
	}
	if _, known := of.ids["tenant"]; known && bytes.Contains(bytes.ToLower(reply.Body), []byte("victim")) {
		t.Errorf("the reply tells a name of the victim's: %s", reply.Body)
	}
}

func TestWhatConcernsOneselfTellsAndChangesNobodyElse(t *testing.T) {
	s := setTheStage(t)
	before := s.rows(s.intruder.ids["tenant"])
	done := map[string]bool{}
	for _, o := range documentOf(t, s.World).operations() {
		if o.Auth == "person" && slices.Contains(aboutOneself, o.ID) && o.ID != "sign-out" {
			mentionsNothing(t, send(t, as(s.intruder.owner), s.about(t, o, s.victim)), s.victim)
			done[o.ID] = true
		}
	}
	if len(done) != len(aboutOneself)-1 {
		t.Errorf("only %v exist of those that concern oneself", done)
	}
	send(t, as(s.intruder.owner), request{method: http.MethodDelete, path: "/v1/session"})
	s.unchanged(t, before, s.intruder.ids["tenant"])
}

func TestAnAgentReachesItsOwnServersOnly(t *testing.T) {
	s := setTheStage(t)
	before := s.rows(s.intruder.ids["tenant"])
	// Lies are told about the victim's server, and about the victim's account as if it stood on the intruder's own server.
	elsewhere := s.victim.withTenant(s.victim.ids["tenant"])
	elsewhere.ids["server"] = s.intruder.ids["server"]
	for _, o := range documentOf(t, s.World).operations() {
		if o.Auth != "agent" {
			continue
		}
		want := problem.NotFound
		if code, other := told[o.ID]; other {
			want = code
		}
		t.Run("of another server/"+o.ID, func(t *testing.T) {
			reply := send(t, asAgent(s.intruder.agent), s.about(t, o, s.victim))
			refusedWith(t, reply, want)
		})
		if _, batch := told[o.ID]; batch || len(o.variables()) > 0 {
			t.Run("of its own server about another's account/"+o.ID, func(t *testing.T) {
				refusedWith(t, send(t, asAgent(s.intruder.agent), s.about(t, o, elsewhere)), want)
			})
		}
		for name, call := range map[string]caller{"a person": as(s.victim.owner), "a key": as(s.victim.key), "nobody": as(s.Stranger())} {
			t.Run(name+"/"+o.ID, func(t *testing.T) {
				refusedWith(t, send(t, call, s.about(t, o, s.victim)), problem.Unauthenticated)
			})
		}
	}
	s.unchanged(t, before, s.intruder.ids["tenant"])
}
