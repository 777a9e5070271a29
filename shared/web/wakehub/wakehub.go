// Package wakehub is the embedded adapter of the wake port: agents hold one WebSocket to the local gateway, and a hint is
// one small text on it. A connection only says that an agent listens; whether it may still claim is decided when it
// claims.
package wakehub

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/tierkeep/tierkeep/shared/port/wake"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

const (
	// hint is the whole of what an agent is told.
	hint = `{"do":"claim"}`
	// hintTimeout is how long a peer that does not read is waited for, before its connection is dropped.
	hintTimeout = 2 * time.Second
	// idleTimeout ends a connection on which the agent said nothing, as API Gateway does.
	idleTimeout = 10 * time.Minute
	// maxMessage is the most that an agent's keep-alive may be long.
	maxMessage = 1 << 10
)

// Hub serves the agents' WebSockets and hints.
type Hub struct {
	verifier agentauth.Verifier
	log      *slog.Logger

	mu     sync.Mutex
	agents map[string]*websocket.Conn
	closed bool
}

var _ wake.Waker = (*Hub)(nil)

// New returns a hub without connections. Close ends it.
func New(v agentauth.Verifier, log *slog.Logger) *Hub {
	return &Hub{verifier: v, log: log, agents: map[string]*websocket.Conn{}}
}

// ServeHTTP takes an agent's signed dial (target sign.Wake, no body) and holds its connection until one side leaves. A
// newer connection of the same agent ends the older one.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = rest.Begin(w, r, h.verifier.Clock, h.log)
	h.verifier.SetServerTime(w.Header())
	agent, err := h.verifier.Verify(r.Context(), r.Header, sign.Wake, nil)
	if err != nil {
		rest.WriteProblem(w, r, err)
		return
	}
	c, err := websocket.Accept(w, r, nil)
	if err != nil { // Accept has answered
		h.log.InfoContext(r.Context(), "an agent's dial was no WebSocket", "agent_id", agent.Agent, "error", err.Error())
		return
	}
	c.SetReadLimit(maxMessage)
	if !h.enter(agent.Agent, c) {
		_ = c.CloseNow() // it is gone already, or will be
		return
	}
	defer h.leave(agent.Agent, c)
	h.listen(c)
}

// listen reads the agent's keep-alives until the connection ends. The library answers pings only while somebody reads, and
// its CloseRead would end the connection at the first text.
func (h *Hub) listen(c *websocket.Conn) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), idleTimeout)
		_, _, err := c.Read(ctx)
		cancel()
		if err != nil {
			return
		}
	}
}

func (h *Hub) enter(agent string, c *websocket.Conn) bool {
	h.mu.Lock()
	older := h.agents[agent]
	entered := !h.closed
	if entered {
		h.agents[agent] = c
	}
	h.mu.Unlock()
	if older != nil {
		_ = older.CloseNow() // it is gone already, or will be
	}
	return entered
}

func (h *Hub) leave(agent string, c *websocket.Conn) {
	h.mu.Lock()
	if h.agents[agent] == c {
		delete(h.agents, agent)
	}
	h.mu.Unlock()
	_ = c.CloseNow() // it is gone already, or will be
}

// Hint implements wake.Waker. A peer that does not read within two seconds loses its connection; it will dial again.
func (h *Hub) Hint(ctx context.Context, agent string) (bool, error) {
	h.mu.Lock()
	c := h.agents[agent]
	h.mu.Unlock()
	if c == nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte(hint)); err != nil {
		h.leave(agent, c)
		return false, nil // the connection was found, and was none any more
	}
	return true, nil
}

// Connected returns how many agents are connected.
func (h *Hub) Connected() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.agents)
}

// Close ends all connections and takes no new ones.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	all := h.agents
	h.agents = map[string]*websocket.Conn{}
	h.mu.Unlock()
	for _, c := range all {
		_ = c.CloseNow() // it is gone already, or will be
	}
}
