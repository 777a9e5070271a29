package e2e

import (
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/cloud"
)

// patience is how long the test waits for what takes a second or two: functions start cold here.
const patience = 60 * time.Second

func TestAnAccountLivesOnTheDeployedPlatform(t *testing.T) {
	s := newStage(t)
	supplier := s.person().follow(s.plant())

	// The supplier makes a reseller, whose owner comes in by a link; then a customer, and a server with a real agent.
	var child struct {
		Tenant struct{ ID string }
		Link   string
	}
	supplier.ask(http.MethodPost, "/v1/tenants/"+supplier.home()+"/children", map[string]any{
		"name": "Blue", "level": "reseller", "variant": "whitelabel", "edition": "premium",
		"owner": map[string]string{"name": "Blue", "email": "owner@blue.example"},
	}, &child)
	blue := "/v1/tenants/" + child.Tenant.ID
	reseller := s.person().follow(child.Link)
	var customer, server struct{ ID string }
	reseller.ask(http.MethodPost, blue+"/customers", map[string]any{"kind": "business", "name": "Bakery", "email": "owner@bakery.example"}, &customer)
	reseller.ask(http.MethodPost, blue+"/servers", map[string]any{"name": "Vault", "host": "vault.example", "types": []string{"online"}}, &server)
	var enrolment struct{ Token string }
	reseller.ask(http.MethodPost, blue+"/servers/"+server.ID+"/enrolments", nil, &enrolment)
	vault := s.agent(enrolment.Token)
	s.until("the agent is online", patience, func() bool {
		var v struct{ Status string }
		reseller.ask(http.MethodGet, blue+"/servers/"+server.ID, nil, &v)
		return v.Status == "online"
	})

	// An order goes from the API through table, stream, queue and hint to the agent, and its result back.
	var ordered struct {
		Account struct {
			ID      string
			Devices []struct{ Login string }
		}
		Logins []struct{ Password string }
	}
	began := time.Now()
	reseller.ask(http.MethodPost, blue+"/accounts", map[string]any{
		"customer": customer.ID, "server": server.ID, "type": "online", "name": "Till", "quota_bytes": 50_000_000_000,
		"plan": map[string]any{"every": "day", "at": "22:00", "time_zone": "Europe/Amsterdam"},
	}, &ordered)
	account := blue + "/accounts/" + ordered.Account.ID
	state := func(want string) func() bool {
		return func() bool {
			var v struct{ State string }
			reseller.ask(http.MethodGet, account, nil, &v)
			return v.State == want
		}
	}
	s.until("the account is active", patience, state("active"))
	t.Logf("ordered to active: %s", time.Since(began).Round(10*time.Millisecond))
	login, secret := ordered.Account.Devices[0].Login, ordered.Logins[0].Password
	if status, err := visit(t.Context(), vault, login, secret); err != nil || status != http.StatusNotFound {
		t.Fatalf("the vault answered its new client %d, %v", status, err)
	}

	// The reseller asks for its deletion, and may not decide; the supplier decides, and the agent takes it away.
	s.delete(reseller, supplier, blue, account)
	s.until("the account is in the trash", patience, state("in_trash"))
	s.until("the client is refused", patience, func() bool {
		status, err := visit(t.Context(), vault, login, secret)
		return err == nil && (status == http.StatusUnauthorized || status == http.StatusForbidden)
	})
	s.machineEnded()
	s.mailed("owner@supplier.example", "owner@blue.example")
}

// plant is what an operator does once after the first deployment: make sign-in.
func (s *stage) plant() (link string) {
	s.Helper()
	deployed, err := cloud.Open(s.Context(), s.aws, stack, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	link, err = deployed.SignIn(s.Context(), assemble.First{
		Company: "Supplier", Owner: "owner@supplier.example", TimeZone: "Europe/Amsterdam",
	}, "")
	if err != nil {
		s.Fatal(err)
	}
	return link
}

// home is the tenant of whoever is signed in.
func (p *person) home() string {
	p.Helper()
	var session struct {
		Home struct{ ID string }
	}
	p.ask(http.MethodGet, "/v1/session", nil, &session)
	return session.Home.ID
}

type approval struct {
	ID      string
	State   string
	Actions []string
}

// delete asks as one person for an account to be deleted, and agrees as another.
func (s *stage) delete(asker, decider *person, seller, account string) {
	s.Helper()
	var before struct{ Version int64 }
	asker.ask(http.MethodGet, account, nil, &before)
	asker.ask(http.MethodPost, account+"/delete", map[string]string{"reason": "The customer left."}, nil, before.Version)
	decider.addFactor()
	waiting := "/v1/tenants/" + decider.home() + "/approvals"
	var found approval
	s.until("the approval waits for the supplier", patience, func() bool {
		var list struct{ Items []approval }
		decider.ask(http.MethodGet, waiting, nil, &list)
		if len(list.Items) == 1 {
			found = list.Items[0]
		}
		return found.ID != ""
	})
	if status, reply := asker.call(http.MethodPost, seller+"/approvals/"+found.ID+"/approve", map[string]string{}); status != http.StatusForbidden {
		s.Fatalf("who asked decided: %d %s", status, reply)
	}
	decider.ask(http.MethodGet, waiting+"/"+found.ID, nil, &found)
	if !slices.Contains(found.Actions, "approve") {
		s.Fatalf("the supplier may not approve: %+v", found)
	}
	decider.ask(http.MethodPost, waiting+"/"+found.ID+"/approve", map[string]string{"reason": "Fine."}, nil)
}
