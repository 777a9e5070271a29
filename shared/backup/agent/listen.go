package agent

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

const (
	dialTakes  = 20 * time.Second
	keepAlive  = 4 * time.Minute // API Gateway cuts a connection after ten idle minutes
	firstRetry = 2 * time.Second
	lastRetry  = 5 * time.Minute
)

// listen keeps one WebSocket over which the platform says "claim now". It carries no work, so a connection that is down
// costs time only: polling goes on.
func (a *Agent) listen(ctx context.Context) {
	retry := firstRetry
	for ctx.Err() == nil {
		began := a.Clock.Now()
		err := a.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if a.Clock.Now().Sub(began) > time.Minute {
			retry = firstRetry
		}
		a.Log.InfoContext(ctx, "no wake-up connection", "error", err)
		a.pause(ctx, retry/2+rand.N(retry)) //nolint:gosec // spreads load, guards nothing
		retry = min(2*retry, lastRetry)
	}
}

// session holds one connection until it breaks or grows old: API Gateway cuts it at two hours.
func (a *Agent) session(ctx context.Context) error {
	header := http.Header{}
	sign.Sign(header, a.Client.Identity.Agent, a.Client.Identity.signKey(), sign.Wake, a.Client.now(), nil)
	dialing, stop := context.WithTimeout(ctx, dialTakes)
	conn, _, err := websocket.Dial(dialing, a.Client.Identity.WakeURL, &websocket.DialOptions{HTTPHeader: header}) //nolint:bodyclose // the library closes it
	stop()
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }()
	a.connected.Store(true)
	defer a.connected.Store(false)
	a.hint() // whatever was hinted while the connection was down

	ctx, cancel := context.WithTimeout(ctx, 100*time.Minute+rand.N(15*time.Minute)) //nolint:gosec // spreads reconnects
	defer cancel()
	go a.ping(ctx, cancel, conn)
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			return err
		}
		a.hint()
	}
}

// ping finds a path that went dead in silence: without a pong the connection is given up.
func (a *Agent) ping(ctx context.Context, cancel context.CancelFunc, conn *websocket.Conn) {
	for a.pause(ctx, keepAlive) {
		trying, stop := context.WithTimeout(ctx, dialTakes)
		err := conn.Ping(trying)
		if err == nil {
			err = conn.Write(trying, websocket.MessageText, []byte(`{"action":"k"}`)) // what surely resets the idle clock
		}
		stop()
		if err != nil {
			cancel()
			return
		}
	}
}

// hint makes the claim loop claim; hints that wait already are enough.
func (a *Agent) hint() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}
