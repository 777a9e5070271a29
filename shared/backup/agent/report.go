package agent

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// reportMax is how many entries a batch has at most.
const reportMax = 100

// report sends what every server has recorded since the platform last took something. One server that fails, or one entry
// that the platform refuses, holds up nothing else.
func (a *Agent) report(ctx context.Context) {
	for server, d := range a.Drivers {
		if err := a.reportServer(ctx, server, d); err != nil && ctx.Err() == nil {
			a.Log.WarnContext(ctx, "report", "server", server, "error", err)
		}
	}
}

func (a *Agent) reportServer(ctx context.Context, server string, d driver.Driver) error {
	for {
		cursor, err := a.Journal.cursor(ctx, server)
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		r, err := d.Reports(ctx, cursor, reportMax)
		if errors.Is(err, driver.ErrInvalid) && cursor != "" {
			// The server was put back to an older copy: all of it is told again, and the platform tells doubles apart.
			if err := a.Journal.moveCursor(ctx, server, ""); err != nil {
				return fmt.Errorf("journal: %w", err)
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("read reports: %w", err)
		}
		err = errors.Join(
			send(ctx, a, server, "jobs", r.Jobs, func(j driver.Job) string { return j.ID }),
			send(ctx, a, server, "events", r.Events, func(e driver.AccountEvent) string { return e.ID }),
			send(ctx, a, server, "usage", r.Usage, func(u driver.Usage) string { return u.Device + "@" + u.At.UTC().String() }),
		)
		if err != nil {
			return err // the cursor stays: all of it is sent again, and the platform tells doubles apart
		}
		if r.Next != cursor {
			if err := a.Journal.moveCursor(ctx, server, r.Next); err != nil {
				return fmt.Errorf("journal: %w", err)
			}
		}
		if !r.More || r.Next == cursor {
			return nil
		}
	}
}

// send posts a batch. Where the platform names an entry as bad, that entry is put aside and the rest is sent again.
func send[E any](ctx context.Context, a *Agent, server, kind string, entries []E, idOf func(E) string) error {
	for len(entries) > 0 {
		batch := map[string]any{"batch_id": id.New("bat", a.Clock.Now()), kind: wrap(server, kind, entries)}
		err := a.Client.post(ctx, "/agent/v1/"+kind, batch, nil)
		if err == nil {
			return nil
		}
		bad, reason, named := badEntry(err, kind, len(entries))
		if !named {
			return fmt.Errorf("send %s: %w", kind, err)
		}
		a.Log.WarnContext(ctx, "entry put aside", "server", server, "kind", kind, "id", idOf(entries[bad]), "reason", reason)
		if err := a.Journal.putAside(ctx, server, kind, idOf(entries[bad]), entries[bad], reason, a.Clock.Now()); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		entries = append(entries[:bad:bad], entries[bad+1:]...)
	}
	return nil
}

// wrap names the server beside each entry: {"server": …, "job": …}.
func wrap[E any](server, kind string, entries []E) []map[string]any {
	name := map[string]string{"jobs": "job", "events": "event", "usage": "usage"}[kind]
	all := make([]map[string]any, len(entries))
	for i, e := range entries {
		all[i] = map[string]any{"server": server, name: e}
	}
	return all
}

// badEntry reads the index out of a refusal such as "/jobs/3/job/state".
func badEntry(err error, kind string, count int) (index int, reason string, named bool) {
	var r *Refusal
	if !errors.As(err, &r) || r.Code != "batch_refused" {
		return 0, "", false
	}
	for _, f := range r.Fields {
		rest, ok := strings.CutPrefix(strings.TrimPrefix(f.Name, "/"), kind+"/")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "/")
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < count {
			return n, f.Name + " " + f.Code, true
		}
	}
	return 0, "", false
}
