package demo

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// past is a second set of services over the same store, whose clock the demonstration moves.
func (f *filler) past(at time.Time) (*platform.Platform, *clock.Fake, error) {
	now := clock.NewFake(at)
	ports := f.p.Ports
	ports.Clock, ports.Schedule = now, noTimers{}
	p, err := platform.New(f.p.Config, ports, slog.New(slog.DiscardHandler))
	return p, now, err
}

// first is when the history begins.
func (f *filler) first() time.Time { return f.p.Ports.Clock.Now().AddDate(0, 0, -7*weeks) }

// noTimers is for the past, whose timers have all fired: the demonstration asks itself.
type noTimers struct{}

func (noTimers) Set(context.Context, schedule.Timer) error { return nil }
func (noTimers) Cancel(context.Context, string) error      { return nil }

// history tells the last weeks of every account through the same ingest that agents use, day by day, and asks after each
// due time whether a backup began.
func (f *filler) history(ctx context.Context, server servers.Server) error {
	today, first := f.p.Ports.Clock.Now(), f.first()
	p, now, err := f.past(first)
	if err != nil {
		return err
	}
	agent := authz.With(ctx, authz.Principal{Via: authz.ViaAgent, Agent: server.Agent, HomeTenant: server.Owner, Servers: []string{server.ID}})
	for _, m := range f.made {
		if err := f.schedule(ctx, p, m); err != nil {
			return fmt.Errorf("schedule %s: %w", m.device, err)
		}
	}
	for day := range 7 * weeks {
		var jobs []reports.JobEntry
		var usage []reports.UsageEntry
		for _, m := range f.made {
			job, ran := f.jobOf(m, first.AddDate(0, 0, day), day)
			if !ran || !job.SeenAt.Before(today) {
				continue
			}
			jobs = append(jobs, reports.JobEntry{Server: server.ID, Job: job})
			usage = append(usage, reports.UsageEntry{Server: server.ID, Usage: driver.Usage{
				Account: m.account.ID, Device: m.account.Devices[0].ID, At: job.SeenAt, Bytes: m.usedOn(day), Files: 900 + int64(day),
			}})
		}
		now.Set(earliest(first.AddDate(0, 0, day+1), today))
		if err := p.Reports.IngestJobs(agent, jobs); err != nil {
			return fmt.Errorf("jobs of day %d: %w", day, err)
		}
		if err := p.Reports.IngestUsage(agent, usage); err != nil {
			return fmt.Errorf("usage of day %d: %w", day, err)
		}
		for _, m := range f.made {
			if err := f.ask(ctx, p, m, first.AddDate(0, 0, day), today); err != nil {
				return fmt.Errorf("was %s missed on day %d: %w", m.device, day, err)
			}
		}
	}
	for _, m := range f.made { // from now on the real timers ask
		if err := f.schedule(ctx, f.p, m); err != nil {
			return fmt.Errorf("schedule %s: %w", m.device, err)
		}
	}
	return f.turnedAway(agent, p, server, today)
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// schedule tells reports when an account's set is due, as the platform's own events do.
func (f *filler) schedule(ctx context.Context, p *platform.Platform, m made) error {
	d := m.account.Devices[0]
	return f.tell(ctx, p, m.seller, m.account.ID, events.SetScheduled{
		Account: m.account.ID, Device: d.ID, Set: d.Sets[0].ID, Server: m.account.Server, Plan: d.Sets[0].Plan,
	})
}

// ask asks about a day's due time, once it and its grace have passed.
func (f *filler) ask(ctx context.Context, p *platform.Platform, m made, day, today time.Time) error {
	due, plan, err := m.dueOn(day)
	if err != nil || due.Add(plan.Grace).After(today) || m.story == fresh {
		return err
	}
	set := m.account.Devices[0].Sets[0].ID
	return f.tell(ctx, p, m.seller, m.account.ID, events.SetDue{Account: m.account.ID, Set: set, Due: due})
}

func (m made) dueOn(day time.Time) (time.Time, reports.Plan, error) {
	plan, err := reports.PlanOf(m.account.Devices[0].Sets[0].Plan)
	if err != nil {
		return time.Time{}, reports.Plan{}, err
	}
	return plan.Next(day), plan, nil
}

func (f *filler) tell(ctx context.Context, p *platform.Platform, seller tenant.ID, subject string, payload events.Payload) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	return p.Reports.Consume(authz.With(ctx, authz.System("reports")), events.Event{
		ID: id.New(id.Event, p.Ports.Clock.Now()), Type: payload.EventType(), Version: payload.EventVersion(), Tenant: seller,
		Subject: subject, OccurredAt: p.Ports.Clock.Now(), Data: data,
	})
}

// usedOn grows from two thirds to what the machine keeps now.
func (m made) usedOn(day int) int64 {
	share := 0.66 + 0.34*float64(day+1)/(7*weeks)
	return int64(m.usedGB * gigabyte * share)
}

// jobOf is the backup of one day, and false where there was none.
func (f *filler) jobOf(m made, day time.Time, n int) (driver.Job, bool) {
	due, _, err := m.dueOn(day)
	if err != nil {
		return driver.Job{}, false
	}
	last := 7 * weeks
	daysAgo := last - 1 - n
	began := due.Add(time.Duration(f.random.IntN(900)) * time.Second)
	ended := began.Add(time.Duration(60+f.random.IntN(2400)) * time.Second)
	j := driver.Job{
		ID: id.New(id.Job, began), Revision: 2, Account: m.account.ID, Device: m.account.Devices[0].ID, Kind: driver.Backup,
		State: driver.Success, StartedAt: began, EndedAt: &ended, SeenAt: ended, UploadedBytes: int64(f.random.IntN(900)+20) * 1_000_000,
		Objects: int64(f.random.IntN(60) + 4), SnapshotID: fmt.Sprintf("%016x%016x", f.random.Uint64(), f.random.Uint64()),
		Address: fmt.Sprintf("198.51.100.%d", 10+f.random.IntN(200)), Client: "restic/0.18.0",
	}
	lucky := f.random.IntN(100)
	switch {
	case m.story == fresh, m.story == missing && daysAgo < 2, lucky == 1 && m.story != full:
		return driver.Job{}, false
	case m.story == failing && daysAgo < 3:
		fail(&j, driver.Failed, "no_snapshot", "ended without a snapshot")
	case m.story == full && daysAgo < 2:
		fail(&j, driver.Quota, "quota_exceeded", "refused: the quota is used up")
		j.QuotaRefusals = 4
	case m.story == warned && n%3 == 0:
		j.State = driver.Warning
	case m.story == interrupted && n%6 == 2:
		fail(&j, driver.Interrupted, "client_gone", "the client gave no sign of life")
	case lucky < 4:
		fail(&j, driver.Failed, "no_snapshot", "ended without a snapshot")
	}
	j.Log = append([]driver.LogLine{{At: began, Level: driver.LogInfo, Text: "lock taken from " + j.Address}}, j.Log...)
	j.Log = append(j.Log, driver.LogLine{At: ended, Level: driver.LogInfo, Text: fmt.Sprintf("ended: %d bytes in %d objects stored", j.UploadedBytes, j.Objects)})
	return j, true
}

func fail(j *driver.Job, state driver.JobState, reason, text string) {
	j.State, j.Reason, j.SnapshotID = state, reason, ""
	j.Log = append(j.Log, driver.LogLine{At: *j.EndedAt, Level: driver.LogError, Text: text})
}

// turnedAway tells of a client with a wrong password and of one over its quota.
func (f *filler) turnedAway(ctx context.Context, p *platform.Platform, server servers.Server, today time.Time) error {
	var batch []reports.EventEntry
	for _, m := range f.made {
		kind := driver.EventKind("")
		switch m.story {
		case full:
			kind = driver.QuotaRefused
		case missing:
			kind = driver.LoginRefused
		case calm, failing, near, warned, interrupted, fresh:
			continue
		}
		at := today.Add(-time.Duration(2+f.random.IntN(20)) * time.Hour)
		batch = append(batch, reports.EventEntry{Server: server.ID, Event: driver.AccountEvent{
			ID: id.New(id.AccountEvent, at), Revision: 1, Account: m.account.ID, Device: m.account.Devices[0].ID, Kind: kind, First: at,
			Last: at.Add(40 * time.Second), Count: 7, Address: "203.0.113.24",
		}})
	}
	return p.Reports.IngestEvents(ctx, batch)
}

// silentServer adds a server whose agent was last heard of fifty minutes ago: its enrolment token must still have been good then.
func (f *filler) silentServer(ctx context.Context) error {
	p, _, err := f.past(f.p.Ports.Clock.Now().Add(-50 * time.Minute))
	if err != nil {
		return err
	}
	v, err := p.Servers.Create(ctx, f.root.ID, servers.Draft{
		Name: "vault-rtm-1", Host: "backup03.tierkeep.example", Types: []driver.AccountType{driver.Online},
	})
	if err != nil {
		return err
	}
	e, err := p.Servers.StartEnrolment(ctx, f.root.ID, v.ID)
	if err != nil {
		return err
	}
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	_, err = p.Servers.Enrol(ctx, servers.Newcomer{Token: e.Token, SignKey: public, SealKey: make([]byte, 32), Software: "1.0.0", Host: p.Config.Addr})
	return err
}
