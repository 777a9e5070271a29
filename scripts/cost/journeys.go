package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/shared/backup/agent"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/awscount"
)

// What 1,000 accounts are: one agent for 50 of them, each backed up daily, sold by resellers who look at them on workdays.
const (
	accountsInAll = 1000
	agents        = accountsInAll / 50
	days          = 30
	workdays      = 21
	resellers     = 20
	minutes       = days * 24 * 60
)

// journey is something that happens, with how often it does in a month of 1,000 accounts.
type journey struct {
	name  string
	times float64
	walk  func(ctx context.Context, s *stage) error
}

var journeys = []journey{
	{"an idle agent says that it is there", agents * minutes / helloMinutes, hello},
	{"an idle agent asks for work", agents * minutes / claimMinutes, claim},
	{"a nightly backup runs and ends", accountsInAll * days, backup},
	{"a set falls due, and is armed again", accountsInAll * days, due},
	{"an account is ordered and made", accountsInAll / 20, provision},
	{"an account is changed", accountsInAll / 10, changed},
	{"an account is deleted with a second person's consent", accountsInAll / 100, removed},
	{"somebody signs in and works for an hour", resellers * workdays, workday},
}

// How often an idle agent calls, in minutes: shared/backup/agent and the reply to its claims say so.
const (
	helloMinutes = 1
	claimMinutes = 10
)

func hello(ctx context.Context, s *stage) error {
	s.Clock.Advance(time.Minute) // an unchanged hello is written down once in a minute
	return s.agentPosts(ctx, "/agent/v1/hello", map[string]any{
		"protocol": []int{1}, "agent_version": agent.Version, "clock_offset_ms": 0, "quarantined": 0,
		"servers": []any{map[string]any{"server": s.agent.Server, "info": s.info}},
	})
}

func claim(ctx context.Context, s *stage) error {
	return s.agentPosts(ctx, "/agent/v1/claim", map[string]any{
		"claim_id": id.New("clm", s.Clock.Now()), "servers": []string{s.agent.Server}, "max": 10,
	})
}

// backup is told twice, as it begins and as it ended, and then how much the device keeps.
func backup(ctx context.Context, s *stage) error {
	began := s.Clock.Now()
	j := driver.Job{
		ID: id.New(id.Job, began), Revision: 1, Account: s.account, Device: s.device, Kind: driver.Backup, State: driver.Running,
		StartedAt: began, SeenAt: began, Client: "restic/0.18.0",
	}
	if err := s.agentPosts(ctx, "/agent/v1/jobs", map[string]any{"batch_id": id.New("bat", s.Clock.Now()), "jobs": []any{map[string]any{"server": s.agent.Server, "job": j}}}); err != nil {
		return err
	}
	s.Clock.Advance(10 * time.Minute)
	ended := s.Clock.Now()
	j.Revision, j.State, j.EndedAt, j.SeenAt, j.UploadedBytes, j.Objects = 2, driver.Success, &ended, ended, 100_000_000, 40
	if err := s.agentPosts(ctx, "/agent/v1/jobs", map[string]any{"batch_id": id.New("bat", s.Clock.Now()), "jobs": []any{map[string]any{"server": s.agent.Server, "job": j}}}); err != nil {
		return err
	}
	usage := driver.Usage{Account: s.account, Device: s.device, At: ended, Bytes: 1_000_000_000, Files: 400}
	return s.agentPosts(ctx, "/agent/v1/usage", map[string]any{"batch_id": id.New("bat", s.Clock.Now()), "usage": []any{map[string]any{"server": s.agent.Server, "usage": usage}}})
}

// due lets a day pass in which nothing but the set's timer happens.
func due(ctx context.Context, s *stage) error {
	s.Clock.Advance(24 * time.Hour)
	_, err := s.ground.Carry(ctx, s.Platform)
	return err
}

// provision orders an account in the portal, which then looks at its operation until it has ended.
func provision(ctx context.Context, s *stage) error {
	if err := s.order(ctx); err != nil {
		return err
	}
	return s.carriedOut(ctx)
}

func changed(ctx context.Context, s *stage) error {
	path := "/v1/tenants/" + s.seller + "/accounts/" + s.account
	var read struct{ Version int64 }
	if err := s.ask(ctx, http.MethodGet, path, nil, &read); err != nil {
		return err
	}
	s.quota += 1_000_000
	if err := s.ask(ctx, http.MethodPatch, path, map[string]any{"quota_bytes": s.quota}, nil, platformtest.IfMatch(read.Version)); err != nil {
		return err
	}
	return s.carriedOut(ctx)
}

// removed lets the reseller ask for the deletion of the account, the supplier agree, and the agent take it away. The reseller
// looks three times how it stands.
func removed(ctx context.Context, s *stage) error {
	path := "/v1/tenants/" + s.seller + "/accounts/" + s.account
	var asked struct{ Removal struct{ Approval string } }
	if err := s.ask(ctx, http.MethodPost, path+"/delete", map[string]string{"reason": "The contract has ended."}, &asked); err != nil {
		return err
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	waiting := "/v1/tenants/" + string(s.Root.ID) + "/approvals"
	for _, path := range []string{waiting, waiting + "/" + asked.Removal.Approval} {
		if err := s.call(ctx, s.Owner, http.MethodGet, path, nil, nil); err != nil {
			return err
		}
	}
	agree := waiting + "/" + asked.Removal.Approval + "/approve"
	if err := s.call(ctx, s.Owner, http.MethodPost, agree, map[string]string{"reason": "Agreed."}, nil); err != nil {
		return err
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	var read struct{ State string }
	for range 3 {
		if err := s.ask(ctx, http.MethodGet, path, nil, &read); err != nil {
			return err
		}
	}
	if read.State != "in_trash" {
		return fmt.Errorf("the account is %s", read.State)
	}
	return s.order(ctx) // the next journeys want one
}

// workday is an hour in front of the portal: the first page asks again twice a minute, ten accounts are looked at, each with
// its jobs and operations.
func workday(ctx context.Context, s *stage) error {
	if err := s.signIn(ctx); err != nil {
		return err
	}
	tenant := "/v1/tenants/" + s.seller
	for range 20 {
		for _, path := range []string{"/overview/attention", "/overview/activity"} {
			if err := s.ask(ctx, http.MethodGet, tenant+path, nil, nil); err != nil {
				return err
			}
		}
	}
	for range 10 {
		one := tenant + "/accounts/" + s.account
		for _, path := range []string{tenant + "/accounts", one, tenant + "/jobs?account=" + s.account, tenant + "/health/" + s.account} {
			if err := s.ask(ctx, http.MethodGet, path, nil, nil); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return nil
}

// fee is something that costs by standing there.
type fee struct {
	name  string
	units map[awscount.Unit]float64
}

// What 1,000 accounts bring along that no call shows.
var reckoned = []fee{
	{"agents hold their WebSockets, and say so each 4 minutes", map[awscount.Unit]float64{
		socketMinutes: agents * minutes, awscount.Hints: agents * minutes / 4,
	}},
	// 400 days of jobs at 1 KB, with two places in indexes, are 1.2 MB an account in the steady state.
	{"rows are kept", map[awscount.Unit]float64{storedGigabytes: 1.2 * accountsInAll / 1000}},
}

// What one platform costs, whatever its size.
var fixed = []fee{
	// Lambda keeps five long polls of 20 seconds at each queue.
	{"queues are looked at, empty or not", map[awscount.Unit]float64{awscount.Messages: 5 * 5 * 3 * minutes}},
	{"secrets are kept", map[awscount.Unit]float64{secrets: 3}},
	{"alarms watch", map[awscount.Unit]float64{alarms: 25}},
	{"a dashboard shows", map[awscount.Unit]float64{dashboards: 1}},
}
