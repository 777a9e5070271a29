package platformtest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/tierkeep/tierkeep/shared/backup/agent"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/backup/driver/resticvault"
	"github.com/tierkeep/tierkeep/shared/backup/vault"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

// Agent is an enrolled agent beside a vault of its own. It works in rounds, while it is up.
type Agent struct {
	Identity agent.Identity
	Server   string
	Up       bool

	world   *World
	agent   *agent.Agent
	journal *agent.Journal
	vault   *vault.Vault
	told    *told
}

// Enrol trades an enrolment token for an agent, with a new vault, that is up.
func (w *World) Enrol(ctx context.Context, token string) (*Agent, error) {
	folder := filepath.Join(w.Folder, "agent-"+strconv.Itoa(len(w.agents)))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	identity, err := agent.Enrol(ctx, w.Address, token, folder)
	if err != nil {
		return nil, err
	}
	journal, err := agent.OpenJournal(folder)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	v, err := vault.Open(vault.Config{Folder: filepath.Join(folder, "vault"), Clock: w.Clock, Log: log})
	if err != nil {
		return nil, errors.Join(err, journal.Close())
	}
	t := &told{Driver: resticvault.Driver{Vault: v}}
	a := &Agent{
		Identity: identity, Server: identity.Servers[0], Up: true, world: w, journal: journal, vault: v, told: t,
		agent: &agent.Agent{
			Client: &agent.Client{HTTP: w.server.Client(), Clock: w.Clock, Identity: identity}, Journal: journal,
			Drivers: map[string]driver.Driver{identity.Servers[0]: t}, Clock: w.Clock, Log: log,
		},
	}
	w.agents = append(w.agents, a)
	return a, nil
}

func (a *Agent) close() error { return errors.Join(a.told.Close(), a.journal.Close()) }

// Call sends a request of the agent's own making, signed by its key.
func (a *Agent) Call(ctx context.Context, method, path string, body any) (Reply, error) {
	request, err := a.world.request(ctx, method, path, body)
	if err != nil {
		return Reply{}, err
	}
	content, err := bodyOf(request)
	if err != nil {
		return Reply{}, err
	}
	key := ed25519.NewKeyFromSeed(a.Identity.SignSeed)
	sign.Sign(request.Header, a.Identity.Agent, key, sign.Target(method, request.URL.EscapedPath()), a.world.Clock.Now(), content)
	return a.world.send(request)
}

// bodyOf reads a copy of a request's body.
func bodyOf(r *http.Request) ([]byte, error) {
	if r.GetBody == nil {
		return nil, nil
	}
	again, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(again)
}

// Visit is a backup client that knocks at the vault with a login and a password, and returns the vault's answer.
func (a *Agent) Visit(ctx context.Context, login, password string) (status int) {
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/"+login+"/config", nil)
	request.SetBasicAuth(login, password)
	reply := httptest.NewRecorder()
	a.vault.ServeHTTP(reply, request)
	return reply.Code
}

// Tell lets the agent's server have recorded something, which the agent's next round reports.
func (a *Agent) Tell(r driver.Reports) { a.told.add(r) }

// OutOfOrder lets the agent's server fail whatever it is asked for, or work again.
func (a *Agent) OutOfOrder(fails bool) {
	a.told.mu.Lock()
	defer a.told.mu.Unlock()
	a.told.fails = fails
}

// Post is Call with the method of everything that agents send.
func (a *Agent) Post(ctx context.Context, path string, body any) (Reply, error) {
	return a.Call(ctx, http.MethodPost, path, body)
}

// told is the vault's driver with reports that a test made up behind the vault's own, and with failures.
type told struct {
	driver.Driver
	mu    sync.Mutex
	queue []driver.Reports
	fails bool
}

var errOutOfOrder = errors.New("the server is out of order")

// Ensure implements driver.Driver.
func (t *told) Ensure(ctx context.Context, spec driver.AccountSpec) (driver.Observed, error) {
	t.mu.Lock()
	fails := t.fails
	t.mu.Unlock()
	if fails {
		return driver.Observed{}, errOutOfOrder
	}
	return t.Driver.Ensure(ctx, spec)
}

func (t *told) add(r driver.Reports) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue = append(t.queue, r)
}

// Reports implements driver.Driver. What a test told is given once, under the cursor of before.
func (t *told) Reports(ctx context.Context, cursor string, limit int) (driver.Reports, error) {
	own, err := t.Driver.Reports(ctx, cursor, limit)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.queue {
		own.Jobs, own.Events, own.Usage = append(own.Jobs, r.Jobs...), append(own.Events, r.Events...), append(own.Usage, r.Usage...)
	}
	t.queue = nil
	return own, err
}
