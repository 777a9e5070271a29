package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

// stage is an agent between a platform and a server that tests play. It needs no network, so that tests can let hours pass.
type stage struct {
	*Agent
	folder   string
	platform ed25519.PrivateKey
	server   *playedServer
	log      *lockedBuffer

	mu      sync.Mutex
	calls   []call
	answers map[string]func(body []byte) answer // by the last word of the path
}

type call struct {
	path   string
	body   []byte
	header http.Header
}

type answer struct {
	status int
	body   any
	header http.Header
	lost   error // the reply never came
}

func newStage(t *testing.T) *stage {
	t.Helper()
	keys, err := newKeys()
	if err != nil {
		t.Fatal(err)
	}
	public, platform, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys.Platform, keys.Agent, keys.Servers, keys.PlatformKey = "https://platform.example", "agt_x", []string{"srv_x"}, public
	s := &stage{
		folder: t.TempDir(), platform: platform, server: &playedServer{}, log: &lockedBuffer{},
		answers: map[string]func([]byte) answer{
			"claim": func([]byte) answer { return answer{body: claimReply{Leases: []Lease{}, PollSeconds: 60}} },
			"hello": func([]byte) answer { return answer{body: helloReply{PollSeconds: 60}} },
		},
	}
	s.start(t, keys)
	t.Cleanup(func() {
		if err := s.Journal.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *stage) start(t *testing.T, keys Identity) {
	t.Helper()
	journal, err := OpenJournal(s.folder)
	if err != nil {
		t.Fatal(err)
	}
	s.Agent = &Agent{
		Client:  &Client{HTTP: &http.Client{Transport: s}, Clock: clock.System{}, Identity: keys},
		Journal: journal, Drivers: map[string]driver.Driver{"srv_x": s.server}, Clock: clock.System{},
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// restart ends the process and starts it again: what is left is what stands on disk.
func (s *stage) restart(t *testing.T) {
	t.Helper()
	if err := s.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	s.start(t, s.Client.Identity)
}

// RoundTrip is the platform.
func (s *stage) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	word := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	s.mu.Lock()
	s.calls = append(s.calls, call{r.URL.Path, body, r.Header})
	play := s.answers[word]
	s.mu.Unlock()
	a := answer{body: struct{}{}}
	if play != nil {
		a = play(body)
	}
	if a.lost != nil {
		return nil, a.lost
	}
	reply, err := json.Marshal(a.body)
	if err != nil {
		return nil, err
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{
		StatusCode: max(a.status, http.StatusOK), Header: a.header, Body: io.NopCloser(bytes.NewReader(reply)), Request: r,
	}, nil
}

func (s *stage) play(word string, f func(body []byte) answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[word] = f
}

// sent reads the bodies that came in under a path's last word.
func sent[Body any](t *testing.T, s *stage, word string) (all []Body) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if !strings.HasSuffix(c.path, "/"+word) {
			continue
		}
		var b Body
		if err := json.Unmarshal(c.body, &b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// lease is an operation of the platform, rightly signed.
func (s *stage) lease(t *testing.T, attempt int, spec driver.AccountSpec) Lease {
	t.Helper()
	body, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	l := Lease{
		Tenant: "ten_x", Operation: "op_x", Lease: "lea_x", Attempt: attempt, Kind: kindEnsure, Account: "acc_x", Server: "srv_x",
		Spec: body, LeaseSeconds: 60,
	}
	l.Signature = ed25519.Sign(s.platform, sign.Operation(l.Tenant, l.Operation, l.Attempt, l.Kind, l.Account, l.Server, l.Spec))
	return l
}

// sealed is a password that only the holder of the key can read.
func sealed(t *testing.T, password string, public []byte) []byte {
	t.Helper()
	b, err := box.SealAnonymous(nil, []byte(password), (*[32]byte)(public), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// playedServer is a backup server that does and tells what a test wants.
type playedServer struct {
	mu      sync.Mutex
	ensured []driver.AccountSpec
	asked   []string // to trash, restore and purge
	ensure  func(ctx context.Context) error
	reports driver.Reports
}

func (p *playedServer) Info(context.Context) (driver.Info, error) {
	return driver.Info{Product: "played", Version: "1", Driver: "played/1"}, nil
}

func (p *playedServer) Ensure(ctx context.Context, spec driver.AccountSpec) (driver.Observed, error) {
	p.mu.Lock()
	p.ensured = append(p.ensured, spec)
	p.mu.Unlock()
	if p.ensure != nil {
		if err := p.ensure(ctx); err != nil {
			return driver.Observed{}, err
		}
	}
	return driver.Observed{Account: spec.Account, Generation: spec.Generation}, nil
}

func (p *playedServer) Trash(_ context.Context, account string, generation int64) error {
	p.asked = append(p.asked, fmt.Sprintf("trash %s %d", account, generation))
	return nil
}

func (p *playedServer) Restore(_ context.Context, account string, generation int64) (driver.Observed, error) {
	p.asked = append(p.asked, fmt.Sprintf("restore %s %d", account, generation))
	return driver.Observed{Account: account, Generation: generation, UsedBytes: 7}, nil
}

func (p *playedServer) Purge(_ context.Context, account string, generation int64, approval string) error {
	p.asked = append(p.asked, fmt.Sprintf("purge %s %d %s", account, generation, approval))
	return nil
}

func (p *playedServer) Reports(_ context.Context, cursor string, _ int) (driver.Reports, error) {
	switch cursor {
	case "":
		return p.reports, nil
	case p.reports.Next:
		return driver.Reports{Next: cursor}, nil
	}
	return driver.Reports{}, driver.ErrInvalid
}

func (p *playedServer) Close() error { return nil }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
