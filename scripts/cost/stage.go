package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest/onaws"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awscount"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	secretaws "github.com/tierkeep/tierkeep/shared/port/secret/aws"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	workflowsqlite "github.com/tierkeep/tierkeep/shared/port/workflow/sqlite"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// stage is a platform over the AWS adapters in one process, with a reseller, an agent and an account. All that its functions
// would ask AWS for is counted.
type stage struct {
	*platformtest.World
	ground *platformtest.Ground
	meter  *meter

	seller, customer, server string
	person                   *platformtest.Person
	agent                    *platformtest.Agent
	account, device          string
	quota                    int64
	info                     driver.Info // what the server said of itself first
}

// meter adds up what functions consume.
type meter struct {
	prices  prices
	counter awscount.Counter
	mu      sync.Mutex
	units   map[awscount.Unit]float64
}

// invoked charges what was counted since the last charge to one run of a function.
func (m *meter) invoked(function string) {
	counts := m.counter.Take()
	m.mu.Lock()
	defer m.mu.Unlock()
	for unit, n := range counts.Units {
		m.units[unit] += n
	}
	m.units[invocations]++
	m.units[loggedGigabytes] += m.prices.Logged.Run / 1e9
	m.units[gigabyteMillis] += m.prices.millis(counts.Calls) * memory(function) / 1024
}

// waited charges the time of a call that the stage does not make at AWS.
func (m *meter) waited(call string) {
	ms, known := m.prices.Millis.Calls[call]
	if !known {
		ms = m.prices.Millis.Other
	}
	m.add(gigabyteMillis, ms*256/1024)
}

func (m *meter) add(unit awscount.Unit, n float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.units[unit] += n
}

func (m *meter) take() map[awscount.Unit]float64 {
	m.counter.Take() // what no function did, such as making the stage
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.units
	m.units = map[awscount.Unit]float64{}
	return taken
}

func memory(function string) float64 {
	for _, f := range functions.All {
		if f.Name() == function {
			return float64(f.MemoryMB)
		}
	}
	panic("there is no function " + function)
}

// around charges each request to the function that answers it.
func (m *meter) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		row, ok := route.Match(r.URL.EscapedPath())
		if !ok {
			return
		}
		m.add(httpRequests, 1)
		m.add(loggedGigabytes, m.prices.Logged.Request/1e9)
		if row.Auth != route.Agent {
			m.add(deliveries, 1) // agents know the API's own address
		}
		m.invoked(row.Feature + "-http")
	})
}

// sent remembers how many messages wait, so that nobody waits for what does not come.
type sent struct {
	queue.Queue
	waiting map[string]int
}

// Send implements queue.Queue.
func (s *sent) Send(ctx context.Context, name string, messages ...queue.Message) error {
	s.waiting[name] += len(messages)
	return s.Queue.Send(ctx, name, messages...)
}

// hints counts what waking an agent takes: its connection is looked up, and told.
type hints struct{ meter *meter }

// Hint implements wake.Waker.
func (h hints) Hint(context.Context, string) (bool, error) {
	h.meter.add(awscount.Reads, 1)
	h.meter.add(awscount.Hints, 1)
	return true, nil
}

// mails counts mails; they go nowhere.
type mails struct{ meter *meter }

// Send implements mail.Sender.
func (s mails) Send(_ context.Context, m mail.Message) (string, error) {
	s.meter.add(awscount.Mails, 1)
	s.meter.waited("SESv2.SendEmail")
	return m.ID, m.Validate()
}

// build makes the ground of a stage: rows, queues and secrets at AWS, timers and workflows of this process, because they
// follow the stage's clock. What those would cost at AWS is counted where they are set.
func build(ctx context.Context, cfg aws.Config, folder string, c *clock.Fake, m *meter) (*platformtest.Ground, error) {
	const table, prefix = "tierkeep-cost", "tierkeep-cost-"
	url, err := onaws.Make(ctx, cfg, table, prefix)
	if err != nil {
		return nil, err
	}
	counted := awscount.With(cfg, &m.counter)
	embedded, err := platform.OpenEmbedded(folder, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	rows := &onaws.Feed{Store: storeaws.New(counted, table, c)}
	out := &sent{queueaws.New(counted, url), map[string]int{}}
	in := queueaws.New(cfg, url) // Lambda receives and deletes; the carrier counts it
	timers := &timers{clock: c, out: out, meter: m, waiting: map[string]schedule.Timer{}}
	ports := embedded.Ports
	ports.Store, ports.Secrets, ports.Waker, ports.Schedule = rows, secretaws.New(counted, "tierkeep/cost/"), hints{m}, timers
	ports.Workflow, ports.Mail = machines{embedded.Machines, m}, mails{m}
	carrier := &carrier{rows: rows, out: out, in: in, meter: m, timers: timers, machines: embedded.Machines}
	return &platformtest.Ground{
		Ports: ports, Queue: in, Positions: rows, Around: m.around, Carry: carrier.carry, Fire: timers.Fire, Close: embedded.Close,
		Define: func(tasks map[string]workflow.Task) error { return embedded.Define(m.charged(tasks)) },
	}, nil
}

// streamed is how many change rows the publisher's function is given at once.
const streamed = 10

// carrier is what AWS does between the functions.
type carrier struct {
	rows     *onaws.Feed
	after    string
	out      *sent
	in       queue.Queue
	meter    *meter
	timers   *timers
	machines *workflowsqlite.Workflow
}

func (c *carrier) carry(ctx context.Context, p *platform.Platform) (moved bool, err error) {
	handlers := p.Consumers()
	for {
		if err := c.timers.Fire(ctx); err != nil {
			return moved, err
		}
		rows, after, err := c.rows.Changes(ctx, c.after, streamed)
		if err != nil {
			return moved, err
		}
		c.after = after
		if len(rows) > 0 {
			if err := c.publish(ctx, rows); err != nil {
				return moved, err
			}
		}
		consumed, err := c.consume(ctx, handlers)
		if err != nil {
			return moved, err
		}
		went, err := c.machines.Settle(ctx)
		if err != nil || !consumed && !went && len(rows) == 0 {
			return moved, err
		}
		moved = true
	}
}

func (c *carrier) publish(ctx context.Context, rows []store.Item) error {
	entries := make([]change.Entry, len(rows))
	for i, row := range rows {
		var err error
		if entries[i], err = change.Read(row); err != nil {
			return err
		}
	}
	err := publish.Publish(ctx, c.out, entries)
	c.meter.invoked("publisher-stream")
	return err
}

// received is what Lambda's own poller asks a queue for each batch: it receives it and deletes it.
const received = 2

func (c *carrier) consume(ctx context.Context, handlers map[events.Consumer]publish.Handler) (some bool, err error) {
	for name, n := range c.out.waiting {
		for n > 0 {
			waiting, cancel := context.WithTimeout(ctx, 10*time.Second)
			taken, err := c.in.Receive(waiting, name, 1, time.Minute)
			cancel()
			if err != nil || len(taken) == 0 {
				return some, errors.Join(err, fmt.Errorf("%d messages to %s did not come", n, name))
			}
			for _, d := range taken {
				if err := publish.Handle(ctx, events.Consumer(name), handlers[events.Consumer(name)], d.Body); err != nil {
					return some, fmt.Errorf("%s: %w", name, err)
				}
				if err := c.in.Ack(ctx, d); err != nil {
					return some, err
				}
				c.meter.add(awscount.Messages, received)
				c.meter.invoked(name + "-queue")
				n--
			}
			some = true
		}
		c.out.waiting[name] = 0
	}
	return some, nil
}

// measure walks every journey once on a stage of its own making, and returns what each consumed.
func measure(ctx context.Context, cfg aws.Config, p prices) (counted map[string]map[awscount.Unit]float64, err error) {
	folder, err := os.MkdirTemp("", "tierkeep-cost-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s, err := open(ctx, cfg, folder, p)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	counted = map[string]map[awscount.Unit]float64{}
	for _, j := range journeys {
		s.meter.take()
		if err := j.walk(ctx, s); err != nil {
			return nil, fmt.Errorf("%s: %w", j.name, err)
		}
		counted[j.name] = s.meter.take()
	}
	return counted, nil
}

func open(ctx context.Context, cfg aws.Config, folder string, p prices) (*stage, error) {
	c := clock.NewFake(platformtest.Began)
	m := &meter{prices: p, units: map[awscount.Unit]float64{}}
	ground, err := build(ctx, cfg, folder+"/data", c, m)
	if err != nil {
		return nil, err
	}
	w, err := platformtest.OpenOn(ctx, folder, c, ground)
	if err != nil {
		return nil, err
	}
	s := &stage{World: w, ground: ground, meter: m}
	if err := s.furnish(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return s, nil
}
