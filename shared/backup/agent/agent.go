// Package agent is the side that stands beside a backup server and only calls out. It enrols once, signs every request,
// claims operations and has its drivers carry them out, writes each result into a journal before it tells the platform,
// and sends the server's jobs, events and used space in batches. It knows no feature of the platform.
package agent

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/killpoint"
)

// Agent drives the servers that it is bound to.
type Agent struct {
	Client  *Client
	Journal *Journal
	Drivers map[string]driver.Driver // by server
	Clock   clock.Clock
	Log     *slog.Logger

	// ReportEvery is how often the servers are asked for new jobs, events and used space; zero means five seconds.
	ReportEvery time.Duration

	connected   atomic.Bool
	pollSeconds atomic.Int64
	wake        chan struct{}
	busy        sync.WaitGroup
}

const (
	claimMax        = 10
	helloEvery      = time.Minute
	pollUnconnected = 15 * time.Second
	journalKeeps    = 30 * 24 * time.Hour
	claimsHold      = 10 * time.Minute // longer than any lease holds without a heartbeat
)

// afterHint is when the agent claims after a hint: the platform's index may lag behind the hint by some of this.
var afterHint = []time.Duration{0, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}

// Run works until the context ends, and then lets what is under way finish.
func (a *Agent) Run(ctx context.Context) error {
	a.wake = make(chan struct{}, 1)
	var loops sync.WaitGroup
	loops.Go(func() { a.listen(ctx) })
	loops.Go(func() { a.every(ctx, helloEvery, a.hello) })
	loops.Go(func() { a.every(ctx, a.reportEvery(), a.report) })
	loops.Go(func() { a.claimLoop(ctx) })
	loops.Wait()
	a.busy.Wait()
	return nil
}

// Round does once what Run does again and again, and returns when it is done: for whoever moves the clock himself.
func (a *Agent) Round(ctx context.Context) {
	a.hello(ctx)
	a.bringPending(ctx)
	a.drain(ctx)
	a.busy.Wait()
	a.report(ctx)
}

func (a *Agent) reportEvery() time.Duration {
	if a.ReportEvery > 0 {
		return a.ReportEvery
	}
	return 5 * time.Second
}

// every calls f now and then again after each interval, give or take a tenth, so that agents do not call in step.
func (a *Agent) every(ctx context.Context, d time.Duration, f func(context.Context)) {
	for ctx.Err() == nil {
		f(ctx)
		a.pause(ctx, d-d/10+rand.N(d/5)) //nolint:gosec // spreads load, guards nothing
	}
}

// claimLoop claims after each hint, after each connection, and at the pace that the platform set when hints are missing.
func (a *Agent) claimLoop(ctx context.Context) {
	a.bringPending(ctx)
	a.resume(ctx)
	a.drain(ctx)
	for ctx.Err() == nil {
		poll := time.NewTimer(a.pollEvery())
		select {
		case <-ctx.Done():
		case <-a.wake:
			a.claimAfterHint(ctx)
		case <-poll.C:
			a.bringPending(ctx)
			a.drain(ctx)
		}
		poll.Stop()
	}
}

func (a *Agent) pollEvery() time.Duration {
	if s := a.pollSeconds.Load(); a.connected.Load() && s > 0 {
		return time.Duration(s) * time.Second
	}
	return pollUnconnected
}

func (a *Agent) claimAfterHint(ctx context.Context) {
	began := a.Clock.Now()
	for _, at := range afterHint {
		if !a.pause(ctx, at-a.Clock.Now().Sub(began)) || a.drain(ctx) > 0 {
			return
		}
	}
}

// drain claims until nothing is left, and starts each lease at once: the platform gives out one per account.
func (a *Agent) drain(ctx context.Context) (got int) {
	for ctx.Err() == nil {
		leases, err := a.claim(ctx, id.New("clm", a.Clock.Now()))
		if err != nil {
			if ctx.Err() == nil {
				a.Log.WarnContext(ctx, "claim", "error", err)
			}
			return got
		}
		if leases == 0 {
			return got
		}
		got += leases
	}
	return got
}

// resume takes up what an earlier run of this agent claimed and did not end: under the same claim id the platform gives the
// same leases again, while they hold. Otherwise they would have to run out first.
func (a *Agent) resume(ctx context.Context) {
	claims, err := a.Journal.openClaims(ctx, a.Clock.Now().Add(-claimsHold))
	if err != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "journal", "error", err)
	}
	for _, claim := range claims {
		if _, err := a.claim(ctx, claim); err != nil && ctx.Err() == nil {
			a.Log.WarnContext(ctx, "resume a claim", "error", err)
		}
	}
}

// claim claims under an id that the journal knows until everything that was claimed has ended, and returns how much that is.
func (a *Agent) claim(ctx context.Context, claim string) (int, error) {
	if err := a.Journal.beginClaim(ctx, claim, a.Clock.Now()); err != nil {
		return 0, err // what is not remembered could not be taken up again
	}
	leases, err := a.ask(ctx, claim)
	if err != nil {
		return 0, err
	}
	if len(leases) > 0 {
		killpoint.Reached(killpoint.AfterClaim)
	}
	var all sync.WaitGroup
	for _, l := range leases {
		all.Go(func() { a.carryOut(ctx, l) })
	}
	a.busy.Go(func() {
		all.Wait()
		if err := a.Journal.endClaim(context.WithoutCancel(ctx), claim); err != nil {
			a.Log.ErrorContext(ctx, "journal", "error", err)
		}
	})
	return len(leases), nil
}

// ask asks for work. A reply that got lost is asked for again under the same claim id, and brings the same leases.
func (a *Agent) ask(ctx context.Context, claim string) ([]Lease, error) {
	request := claimRequest{ClaimID: claim, Servers: a.Client.Identity.Servers, Max: claimMax}
	for try := 0; ; try++ {
		var reply claimReply
		err := a.Client.post(ctx, "/agent/v1/claim", request, &reply)
		if err == nil {
			a.pollSeconds.Store(int64(reply.PollSeconds))
			return reply.Leases, nil
		}
		if permanent(err) || try == 2 || !a.pause(ctx, time.Second) {
			return nil, err
		}
	}
}

// hello tells the platform what stands here, and learns how to be woken.
func (a *Agent) hello(ctx context.Context) {
	quarantined, err := a.Journal.quarantined(ctx)
	if err != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "journal", "error", err)
	}
	request := helloRequest{
		Protocol: protocols, AgentVersion: Version, ClockOffsetMS: a.Client.Offset().Milliseconds(), Quarantined: quarantined,
	}
	for server, d := range a.Drivers {
		info, err := d.Info(ctx)
		if err != nil { // the server is away: the platform hears of the others
			a.Log.WarnContext(ctx, "probe server", "server", server, "error", err)
			continue
		}
		request.Servers = append(request.Servers, helloServer{server, info})
	}
	var reply helloReply
	if err := a.Client.post(ctx, "/agent/v1/hello", request, &reply); err != nil {
		if ctx.Err() == nil {
			a.Log.WarnContext(ctx, "hello", "error", err)
		}
		return
	}
	a.pollSeconds.Store(int64(reply.PollSeconds))
	if reply.Work {
		a.hint() // the platform's own hint was lost, or came while the server was away
	}
	if err := a.Journal.forget(ctx, a.Clock.Now().Add(-journalKeeps)); err != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "journal", "error", err)
	}
}

// pause waits, and tells whether the context is still alive.
func (a *Agent) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
