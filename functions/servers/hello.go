package servers

import (
	"context"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// PollSeconds is how often a connected agent claims unasked. A hint tells it at once that something waits, and the answer to
// its hello within a minute where the hint was lost.
const PollSeconds = 600

// writeEvery is how often an unchanged hello is written down at most.
const writeEvery = 50 * time.Second

// Hello is what an agent says of itself and its server.
type Hello struct {
	Software    string
	ClockOffset time.Duration
	Quarantined int
	Server      string
	Info        driver.Info
}

// TakeHello writes down that an agent is alive and what it found, and tells whether something waits for it. Nobody decided
// anything, so it is no change.
func (s *Service) TakeHello(ctx context.Context, h Hello) (work bool, err error) {
	p, err := s.Guard.RequireServer(ctx, h.Server)
	if err != nil {
		return false, err
	}
	if err := h.validate(); err != nil {
		return false, err
	}
	if err := s.writeHello(ctx, p, h); err != nil {
		return false, err
	}
	return s.Work.Waits(ctx, h.Server)
}

func (s *Service) writeHello(ctx context.Context, p authz.Principal, h Hello) error {
	agent, err := s.Reader.Agent(ctx, p.Agent)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	fresh := agent
	fresh.Software, fresh.ClockOffset, fresh.Quarantined, fresh.Info = h.Software, h.ClockOffset, h.Quarantined, h.Info
	if !fresh.saysMoreThan(agent) && now.Sub(agent.LastSeen) < writeEvery {
		return nil
	}
	fresh.LastSeen = now
	fresh.Version++
	row, err := fresh.item()
	if err != nil {
		return err
	}
	err = s.Reader.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{{Item: row, If: store.VersionIs(agent.Version)}}})
	if store.Failed(err) {
		return nil // another hello was written meanwhile, or the agent was replaced
	}
	if err != nil {
		return fmt.Errorf("take a hello: %w", err)
	}
	return nil
}

// saysMoreThan tells whether a hello has news that cannot wait for the next minute. Free space and the clock change all the
// time.
func (a Agent) saysMoreThan(before Agent) bool {
	before.Info.FreeBytes = a.Info.FreeBytes
	return a.Software != before.Software || a.Quarantined != before.Quarantined || a.Info != before.Info
}

func (h Hello) validate() error {
	var fields problem.Fields
	for name, text := range map[string]string{
		"/agent_version": h.Software, "/info/product": h.Info.Product, "/info/version": h.Info.Version, "/info/driver": h.Info.Driver,
	} {
		if len(text) > 100 {
			fields.Add(name, "text", "at most 100 bytes")
		}
	}
	if h.Quarantined < 0 {
		fields.Add("/quarantined", "range", "0 or more")
	}
	if h.Info.FreeBytes < 0 || h.Info.TotalBytes < h.Info.FreeBytes {
		fields.Add("/info/free_bytes", "range", "not more than the whole")
	}
	return fields.Err()
}
