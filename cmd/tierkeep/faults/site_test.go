package faults

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver of the programs' files

	"github.com/tierkeep/tierkeep/shared/killpoint"
)

// site is a platform and an agent as two programs on this machine, and the supplier's owner at a browser.
type site struct {
	t        *testing.T
	programs string // their folder
	folder   string
	address  string
	vault    string
	point    killpoint.Point
	platform *program
	agent    *program
	browser  http.Client

	root, seller, customer, server string
}

// marker is the file by which a point is disarmed: a program that comes past it while the file is there lives on.
func (s *site) marker() string { return filepath.Join(s.folder, "killed") }

func (s *site) env(more ...string) []string {
	return append(more, "KILL_AT="+string(s.point), "KILL_ONCE="+s.marker())
}

// open starts both programs with the point disarmed, and makes a customer.
func open(t *testing.T, programs string, point killpoint.Point) *site {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, programs: programs, folder: t.TempDir(), point: point, vault: freeAddress(t), browser: http.Client{Jar: jar}}
	if err := os.WriteFile(s.marker(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := s.firstStart()
	_, token, _ := strings.Cut(link, "/link#")
	var session struct{ Home struct{ ID string } }
	s.must(http.MethodPost, "/v1/links/follow", map[string]string{"token": token, "password": "correct horse battery staple"}, &session)
	s.root = session.Home.ID

	var below struct{ Items []struct{ ID string } }
	s.must(http.MethodGet, "/v1/tenants/"+s.root+"/children", nil, &below)
	s.seller = below.Items[0].ID
	var made struct{ ID, Token string }
	s.must(http.MethodPost, "/v1/tenants/"+s.seller+"/customers", map[string]string{"kind": "business", "name": "Bakery"}, &made)
	s.customer = made.ID
	s.must(http.MethodPost, "/v1/tenants/"+s.root+"/servers", map[string]any{"name": "Vault", "host": s.vault, "types": []string{"online"}}, &made)
	s.server = made.ID
	s.must(http.MethodPost, "/v1/tenants/"+s.root+"/servers/"+s.server+"/enrolments", nil, &made)
	feed(t, filepath.Join(programs, "tierkeep-agent"), s.agentEnv(), made.Token+"\n", "enrol", "--platform", "http://"+s.address, "--token-stdin")
	s.startAgent()
	until(t, "the agent said hello", func() bool {
		var server struct{ Driver string }
		s.must(http.MethodGet, "/v1/tenants/"+s.root+"/servers/"+s.server, nil, &server)
		return server.Driver != ""
	})
	s.published()
	return s
}

// published waits until everything so far is on its way to its consumers.
func (s *site) published() {
	s.t.Helper()
	until(s.t, "everything so far is published", func() bool {
		var last int64
		var position string
		s.read("tierkeep.db", `SELECT coalesce(max(position), 0) FROM feed`, &last)
		s.read("tierkeep.db", `SELECT coalesce(max(json_extract(value, '$.after')), '') FROM items WHERE pk = 'P#publisher'`, &position)
		return position == fmt.Sprint(last)
	})
}

var signInLink = regexp.MustCompile(`http\S+/link#\S+`)

// firstStart starts the platform on an address of its own, another one where somebody was faster, and returns the way in.
func (s *site) firstStart() (link string) {
	for range 5 {
		s.address = freeAddress(s.t)
		s.startPlatform()
		until(s.t, "the platform prints its link", func() bool {
			link = signInLink.FindString(s.platform.said())
			return link != "" || !s.platform.alive()
		})
		if link != "" {
			s.listening()
			return link
		}
	}
	s.t.Fatal("the platform does not start")
	return ""
}

func (s *site) startPlatform() {
	s.platform = start(s.t, s.folder, filepath.Join(s.programs, "tierkeep"), s.env(
		"TIERKEEP_ADDR="+s.address, "TIERKEEP_DATA="+filepath.Join(s.folder, "data"), "TIERKEEP_LOCAL_AGENT=false",
		"TIERKEEP_DECIDER_AGE=1s",
	), "run")
}

func (s *site) listening() {
	until(s.t, "the platform answers", func() bool {
		status, _, err := s.call(http.MethodGet, "/brand.json", nil, "")
		return err == nil && status == http.StatusOK
	})
}

func (s *site) agentEnv() []string {
	return s.env("TIERKEEP_AGENT_DATA="+filepath.Join(s.folder, "agent"), "TIERKEEP_VAULT_ADDR="+s.vault)
}

func (s *site) startAgent() {
	s.agent = start(s.t, s.folder, filepath.Join(s.programs, "tierkeep-agent"), s.agentEnv(), "run")
}

// call sends a request as the owner. A connection that breaks is an error, and no failure of the test.
func (s *site) call(method, path string, body any, idempotencyKey string) (int, []byte, error) {
	s.t.Helper()
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		content = bytes.NewReader(b)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+path, content)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if idempotencyKey != "" {
		request.Header.Set("Idempotency-Key", idempotencyKey)
	}
	reply, err := s.browser.Do(request)
	if err != nil {
		return 0, nil, err
	}
	text, err := io.ReadAll(reply.Body)
	return reply.StatusCode, text, errors.Join(err, reply.Body.Close())
}

func (s *site) must(method, path string, body, out any) {
	s.t.Helper()
	status, text, err := s.call(method, path, body, "")
	if err != nil {
		s.t.Fatal(err)
	}
	if status >= http.StatusMultipleChoices {
		s.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		s.t.Fatal(err)
	}
}

// read reads one value from the file of a program.
func (s *site) read(file, query string, out any) {
	s.t.Helper()
	folder := map[string]string{"tierkeep.db": "data", "journal.db": "agent", "vault.db": "agent/vault"}[file]
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.folder, folder, file)+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(s.t.Context(), query).Scan(out); err != nil {
		s.t.Fatalf("%s: %s: %v", file, query, err)
	}
}

// count reads a number from the file of a program.
func (s *site) count(file, query string) (n int) {
	s.t.Helper()
	s.read(file, query, &n)
	return n
}
