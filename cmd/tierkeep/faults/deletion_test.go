package faults

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/tierkeep/tierkeep/shared/killpoint"
)

// TestADeletionHappensOnceWhoeverIsKilled lets a second person agree to the deletion of an account with a real client's
// backup, kills the platform or the agent at each point that the deletion comes past, and restores the account: the client is
// shut out in between, and gets back what it had, byte by byte.
func TestADeletionHappensOnceWhoeverIsKilled(t *testing.T) {
	programs := build(t)
	for _, c := range []struct {
		point killpoint.Point
		agent bool // it is killed, not the platform
	}{
		{killpoint.AfterCommit, false}, {killpoint.AfterPublish, false}, {killpoint.AfterClaim, true}, {killpoint.AfterDriver, true}, {killpoint.AfterResult, true},
	} {
		t.Run(string(c.point), func(t *testing.T) {
			t.Parallel()
			s := open(t, programs, c.point)
			m := s.machine()
			m.must("init")
			m.must("backup", ".")
			asker := s.colleague()
			s.factor()
			path := "/v1/tenants/" + s.seller + "/accounts/" + m.account
			var asked struct{ Removal struct{ Approval string } }
			asker.must(http.MethodPost, path+"/delete", map[string]string{"reason": "The contract has ended."}, &asked)

			s.published()
			until(t, "the machine asks the deciders", func() bool {
				return s.count("tierkeep.db", `SELECT count(*) FROM items WHERE pk LIKE '%#approval' AND json_extract(value, '$.token') <> ''`) == 1
			})
			time.Sleep(time.Second) // the decider's age
			if err := os.Remove(s.marker()); err != nil {
				t.Fatal(err)
			}
			approve := "/v1/tenants/" + s.root + "/approvals/" + asked.Removal.Approval
			status, text, err := s.call(http.MethodPost, approve+"/approve", map[string]string{}, "")
			if err == nil && status != http.StatusOK {
				t.Fatalf("approve: %d %s", status, text)
			}
			if c.agent {
				s.agent.dies(t)
				s.startAgent()
			} else {
				s.platform.dies(t)
				s.startPlatform()
				s.listening()
			}
			var approval struct{ State string }
			s.must(http.MethodGet, approve, nil, &approval)
			if approval.State != "approved" {
				t.Fatalf("the approval is %s", approval.State)
			}
			within(t, redelivered, "the account is in the trash", func() bool { return s.state(path) == "in_trash" })
			m.mustFail("snapshots")

			s.must(http.MethodPost, path+"/restore", nil, &struct{}{})
			within(t, redelivered, "the account is back", func() bool { return s.state(path) == "active" })
			m.mustRestore()
			if n := s.count("vault.db", `SELECT count(*) FROM accounts WHERE trashed = 0`); n != 1 {
				t.Errorf("the vault has %d accounts", n)
			}
			within(t, redelivered, "the machine is over", func() bool {
				return s.count("tierkeep.db", `SELECT count(*) FROM executions WHERE status = 'SUCCEEDED'`) == 1
			})
		})
	}
}

func (s *site) state(account string) string {
	s.t.Helper()
	var a struct{ State string }
	s.must(http.MethodGet, account, nil, &a)
	return a.State
}

// colleague is a second person of the supplier's, at a browser of his own.
func (s *site) colleague() *site {
	s.t.Helper()
	var invited struct{ Link string }
	s.must(http.MethodPost, "/v1/tenants/"+s.root+"/users", map[string]string{
		"name": "Colleague", "email": "colleague@supplier.example", "role": "administrator",
	}, &invited)
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := *s
	c.browser = http.Client{Jar: jar}
	_, token, _ := strings.Cut(invited.Link, "/link#")
	c.must(http.MethodPost, "/v1/links/follow", map[string]string{"token": token, "password": "correct horse battery staple"}, &struct{}{})
	return &c
}

// factor gives the owner a second factor.
func (s *site) factor() {
	s.t.Helper()
	const path = "/v1/session/second-factor"
	var setup struct{ Secret string }
	s.must(http.MethodPost, path, map[string]string{"current": "correct horse battery staple"}, &setup)
	code, err := totp.GenerateCode(setup.Secret, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	s.must(http.MethodPost, path+"/confirm", map[string]string{"code": code}, &struct{}{})
}

// machine is a customer's machine with a real restic client.
type machine struct {
	t          *testing.T
	account    string
	repository string
	cache      string
	content    []byte
	source     string
}

// machine orders an account and sets up a client for it.
func (s *site) machine() *machine {
	s.t.Helper()
	var made struct {
		Account struct{ ID string }
		Logins  []struct{ Address string }
	}
	s.must(http.MethodPost, "/v1/tenants/"+s.seller+"/accounts", map[string]any{
		"customer": s.customer, "server": s.server, "type": "online", "quota_bytes": 5_000_000_000,
	}, &made)
	until(s.t, "the account is active", func() bool { return s.look() == seen{"active", "succeeded"} })
	m := &machine{
		t: s.t, account: made.Account.ID, repository: made.Logins[0].Address, cache: s.t.TempDir(), content: make([]byte, 2_000_000), source: s.t.TempDir(),
	}
	_, _ = rand.NewChaCha8([32]byte{1}).Read(m.content)
	if err := os.WriteFile(filepath.Join(m.source, "letters"), m.content, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (m *machine) run(args ...string) ([]byte, error) {
	m.t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", ".tools", "bin", "restic"))
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		m.t.Fatal("no restic client: run make tools")
	}
	c := exec.CommandContext(m.t.Context(), path, args...)
	c.Dir = m.source
	c.Env = append(os.Environ(), "RESTIC_REPOSITORY="+m.repository, "RESTIC_PASSWORD=only the customer knows", "RESTIC_CACHE_DIR="+m.cache)
	return c.CombinedOutput()
}

func (m *machine) must(args ...string) {
	m.t.Helper()
	if out, err := m.run(args...); err != nil {
		m.t.Fatalf("restic %v: %v\n%s", args, err, out)
	}
}

func (m *machine) mustFail(args ...string) {
	m.t.Helper()
	if out, err := m.run(args...); err == nil {
		m.t.Fatalf("restic %v ended well:\n%s", args, out)
	}
}

// mustRestore restores the latest snapshot and compares it with the source, byte by byte.
func (m *machine) mustRestore() {
	m.t.Helper()
	target := m.t.TempDir()
	m.must("restore", "latest", "--target", target)
	got, err := os.ReadFile(filepath.Join(target, "letters"))
	if err != nil || !bytes.Equal(got, m.content) {
		m.t.Errorf("not restored as it was: %v", err)
	}
}
