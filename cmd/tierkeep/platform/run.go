package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/web/gateway"
)

const sweepEvery = 10 * time.Minute

// Opened is a platform over the embedded ports of a data folder.
type Opened struct {
	*Platform
	embedded *Embedded
}

// Queues are the consumers' queues.
func (o *Opened) Queues() queue.Queue { return o.embedded.Queue }

// Open opens the data folder and puts the platform together over it.
func Open(c Config, log *slog.Logger) (*Opened, error) {
	embedded, err := OpenEmbedded(c.Data, clock.System{}, log)
	if err != nil {
		return nil, err
	}
	if embedded.Mail, err = c.mail(embedded.Mail); err != nil {
		return nil, errors.Join(err, embedded.Close())
	}
	p, err := New(c, embedded.Ports, log)
	if err == nil {
		err = embedded.Define(p.Tasks())
	}
	if err != nil {
		return nil, errors.Join(err, embedded.Close())
	}
	return &Opened{p, embedded}, nil
}

// Close closes the data folder.
func (o *Opened) Close() error {
	o.Hub.Close()
	return o.embedded.Close()
}

// Root returns the supplier, planting it at the very first start. The link is the owner's one-time way in.
func (o *Opened) Root(ctx context.Context) (root tenancy.Tenant, link string, err error) {
	return o.assembly.Root(ctx, assemble.First{Company: o.Config.Company, Owner: o.Config.Owner, TimeZone: o.Config.TimeZone})
}

// Serve runs the platform on a listener until the context ends: the gateway, the publisher, the consumers, the timers, the
// machines and the sweeper. What is under way ends first. Around may put something before the gateway.
func (o *Opened) Serve(ctx context.Context, l net.Listener, around func(http.Handler) http.Handler) error {
	handler, err := o.Handler()
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{
		"publisher": publish.Publisher{Feed: o.embedded.Feed, Rows: o.Ports.Store, Queue: o.embedded.Queue, Log: o.Log}.Run,
		"consumers": publish.Runner{Queue: o.embedded.Queue, Handlers: o.Consumers(), Log: o.Log}.Run,
		"timers":    o.embedded.Timers.Run,
		"machines":  o.embedded.Machines.Run,
		"sweeper":   o.sweep,
	} {
		all.Go(func() {
			if err := run(running); err != nil {
				o.Log.ErrorContext(ctx, "stopped", "part", name, "error", err)
			}
		})
	}
	err = gateway.Serve(ctx, l, around(handler), o.Log)
	stop()
	all.Wait()
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// sweep gives back the space of what has expired.
func (o *Opened) sweep(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if _, err := o.embedded.Rows.Sweep(ctx); err != nil && ctx.Err() == nil {
				o.Log.ErrorContext(ctx, "sweep", "error", err)
			}
		}
	}
}
