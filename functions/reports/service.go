package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Service holds the use cases of reports.
type Service struct {
	Guard    authz.Guard
	Reader   Reader
	Clock    clock.Clock
	Accounts Accounts
	Servers  Servers
	Timers   schedule.Schedule
}

// Accounts tells whose an account is. The accounts feature answers.
type Accounts interface {
	OnServer(ctx context.Context, server, account string) (accounts.Account, error)
	Get(ctx context.Context, seller tenant.ID, account string) (accounts.Account, error)
}

// Servers tells which servers say nothing. The servers feature answers.
type Servers interface {
	Silent(ctx context.Context, owner tenant.ID, server string) (bool, error)
}

// Filter selects jobs; zero fields select all.
type Filter struct {
	Account  string
	Customer tenant.ID
	State    driver.JobState
	Kind     driver.JobKind
	Word     Word
	From, To time.Time // of the start; half-open
}

func (f Filter) takes(j Job) bool {
	return (f.State == "" || j.State == f.State) && (f.Kind == "" || j.Kind == f.Kind) && (f.Word == "" || wordOf(j.State) == f.Word) &&
		(f.From.IsZero() || !j.StartedAt.Before(f.From)) && (f.To.IsZero() || j.StartedAt.Before(f.To)) &&
		(f.Customer == "" || j.Customer == f.Customer)
}

// query narrows the rows to the smallest partition and time.
func (f Filter) query(seller tenant.ID) store.Query {
	q := store.Query{Index: store.First, PK: of(seller, "job"), Descending: true}
	switch {
	case f.Account != "":
		q.Index, q.PK = store.Table, ofAccount(seller, f.Account, "job")
	case f.Customer != "":
		q.Index, q.PK = store.Second, ofCustomer(seller, f.Customer, "job")
	}
	if !f.From.IsZero() {
		q.Range.From = jobsBegun(f.From, f.From).From
	}
	if !f.To.IsZero() {
		q.Range.To = jobsBegun(f.To, f.To).To
	}
	return q
}

// JobView is a job as one principal may see it.
type JobView struct {
	Job
	CustomerName string
}

// Jobs lists jobs of the tenant acted for, the newest first. A customer sees its own.
func (s *Service) Jobs(ctx context.Context, t tenant.ID, f Filter, limit int, cursor string) ([]JobView, string, error) {
	d, err := s.Guard.Require(ctx, authz.JobsRead, t)
	if err != nil {
		return nil, "", err
	}
	jobs, next, err := s.jobs(ctx, d, f, limit, cursor)
	if err != nil {
		return nil, "", err
	}
	views := make([]JobView, 0, len(jobs))
	for _, j := range jobs {
		v, err := s.view(ctx, d, j)
		if err != nil {
			return nil, "", err
		}
		views = append(views, v)
	}
	return views, next, nil
}

// view shows a job as the principal may see it. Where the seller hides its customers, the names that people give to accounts
// and machines, the address of a client's network and the log, which repeats it, would tell who it is.
func (s *Service) view(ctx context.Context, d authz.Decision, j Job) (JobView, error) {
	name, err := s.Guard.CustomerName(ctx, d, j.Customer)
	if d.CustomersMasked() {
		j.AccountName, j.DeviceName, j.Address, j.Log = "", "", "", nil
	}
	return JobView{j, name}, err
}

func (s *Service) jobs(ctx context.Context, d authz.Decision, f Filter, limit int, cursor string) ([]Job, string, error) {
	if !d.Target.Level.Sells() {
		if f.Customer != "" && f.Customer != d.Target.ID {
			return nil, "", nil
		}
		f.Customer = d.Target.ID
	}
	if f.Account != "" && !id.Valid(id.Account, f.Account) || f.Customer != "" && !f.Customer.Valid() {
		return nil, "", nil
	}
	q := f.query(d.Seller.ID)
	q.Cursor = cursor
	found := make([]Job, 0, limit)
	page, err := store.Filtered(ctx, s.Reader.Rows, q, limit, func(i store.Item) (bool, error) {
		j, err := readJob(i)
		if err != nil || !f.takes(j) {
			return false, err
		}
		found = append(found, j)
		return true, nil
	})
	return found, page.Next, listed(err, "jobs")
}

// listed tells a caller that a cursor is not this list's, and a log what failed.
func listed(err error, what string) error {
	switch {
	case errors.Is(err, store.ErrBadCursor):
		return problem.Wrap(err, problem.InvalidInput, "the cursor belongs to another list")
	case err != nil:
		return fmt.Errorf("list %s: %w", what, err)
	}
	return nil
}

// Job returns one job with its log.
func (s *Service) Job(ctx context.Context, t tenant.ID, job string) (JobView, error) {
	d, err := s.Guard.Require(ctx, authz.LogsRead, t)
	if err != nil {
		return JobView{}, err
	}
	j, err := s.Reader.job(ctx, d.Seller.ID, job)
	if err != nil {
		return JobView{}, err
	}
	if !d.Target.Level.Sells() && j.Customer != d.Target.ID {
		return JobView{}, problem.New(problem.NotFound, "")
	}
	log, err := s.Reader.Rows.Get(ctx, logKey(d.Seller.ID, j.Account, job))
	switch {
	case errors.Is(err, store.ErrNotFound): // it had none, or is past its time
	case err != nil:
		return JobView{}, fmt.Errorf("read the log of %s: %w", job, err)
	default:
		if err := json.Unmarshal(log.Value, &j.Log); err != nil {
			return JobView{}, fmt.Errorf("decode the log of %s: %w", job, err)
		}
	}
	return s.view(ctx, d, j)
}

// ExpectationView is an expectation as one principal may see it.
type ExpectationView struct {
	Expectation
	CustomerName string
}

// Expectations lists backups that were due and did not begin, the newest first.
func (s *Service) Expectations(ctx context.Context, t tenant.ID, account string, state ExpectationState, limit int, cursor string) ([]ExpectationView, string, error) {
	d, err := s.Guard.Require(ctx, authz.JobsRead, t)
	if err != nil {
		return nil, "", err
	}
	if account != "" && !id.Valid(id.Account, account) {
		return nil, "", nil
	}
	q := store.Query{Index: store.First, PK: of(d.Seller.ID, "unmet"), Cursor: cursor, Descending: true}
	switch {
	case !d.Target.Level.Sells():
		q.Index, q.PK = store.Second, ofCustomer(d.Seller.ID, d.Target.ID, "unmet")
	case account != "":
		q.Index, q.PK = store.Table, ofAccount(d.Seller.ID, account, "unmet")
	}
	found := make([]Expectation, 0, limit)
	page, err := store.Filtered(ctx, s.Reader.Rows, q, limit, func(i store.Item) (bool, error) {
		e, err := readExpectation(i)
		if err != nil || e.State == Open || state != "" && e.State != state || account != "" && e.Account != account {
			return false, err
		}
		found = append(found, e)
		return true, nil
	})
	if err := listed(err, "expectations"); err != nil {
		return nil, "", err
	}
	all := make([]ExpectationView, 0, len(found))
	for _, e := range found {
		name, err := s.Guard.CustomerName(ctx, d, e.Customer)
		if err != nil {
			return nil, "", err
		}
		if d.CustomersMasked() {
			e.AccountName, e.SetName = "", ""
		}
		all = append(all, ExpectationView{e, name})
	}
	return all, page.Next, nil
}

// AccountHealth is an account's health as it is shown.
type AccountHealth struct {
	Health
	Verdict Verdict
	Days    string
	Now     []SetNow
}

// SetNow is how one backup set of an account stands, whether anything was heard of it or not.
type SetNow struct {
	SetHealth
	Set   string
	Name  string
	DueAt time.Time // next; zero: never
}

// HealthOf returns the health of an account of the tenant acted for.
func (s *Service) HealthOf(ctx context.Context, t tenant.ID, account string) (AccountHealth, error) {
	d, err := s.Guard.Require(ctx, authz.JobsRead, t)
	if err != nil {
		return AccountHealth{}, err
	}
	a, err := s.visible(ctx, d, account)
	if err != nil {
		return AccountHealth{}, err
	}
	h, err := s.Reader.Health(ctx, d.Seller.ID, account)
	if err != nil {
		return AccountHealth{}, err
	}
	silent, err := s.Servers.Silent(ctx, a.ServerOwner, a.Server)
	if err != nil {
		return AccountHealth{}, err
	}
	if d.CustomersMasked() {
		for i := range h.Events {
			h.Events[i].Address = ""
		}
	}
	now := s.Clock.Now()
	shown := AccountHealth{Health: h, Verdict: h.Verdict(silent), Days: h.DayLetters(now.In(Zone(a)))}
	for _, device := range a.Devices {
		for _, set := range device.Sets {
			plan, err := PlanOf(set.Plan)
			if err != nil {
				return AccountHealth{}, fmt.Errorf("the plan of set %s: %w", set.ID, err)
			}
			shown.Now = append(shown.Now, h.now(device.ID, set, plan, now, silent))
		}
	}
	return shown, nil
}

func (h Health) now(device string, set accounts.Set, plan Plan, at time.Time, silent bool) SetNow {
	known, found := h.Sets[set.ID]
	if !found {
		known = SetHealth{Device: device, Word: None}
	}
	v := Verdict{known.Word, known.Reason, known.At}.unless(silent)
	known.Word, known.Reason = v.Word, v.Reason
	n := SetNow{SetHealth: known, Set: set.ID, Name: set.Name}
	if !plan.Never() {
		n.DueAt = plan.Next(at)
	}
	return n
}

func (s *Service) visible(ctx context.Context, d authz.Decision, account string) (accounts.Account, error) {
	a, err := s.Accounts.Get(ctx, d.Seller.ID, account)
	if err == nil && !d.Target.Level.Sells() && a.Customer != d.Target.ID {
		err = problem.New(problem.NotFound, "")
	}
	return a, err
}

// Sample is how much an account kept on a day: the latest of each device, together.
type Sample struct {
	At    time.Time
	Bytes int64
}

// usualSpan is how far back usage goes where nobody asks for more.
const usualSpan = 90 * 24 * time.Hour

// warmUp is how far before the first day samples are read, so that each device counts in it.
const warmUp = 48 * time.Hour

// Usage returns one sample per day of an account, the oldest first. Without a from it goes back 90 days.
func (s *Service) Usage(ctx context.Context, t tenant.ID, account string, from, to time.Time) ([]Sample, error) {
	d, err := s.Guard.Require(ctx, authz.StatisticsRead, t)
	if err != nil {
		return nil, err
	}
	a, err := s.visible(ctx, d, account)
	if err != nil {
		return nil, err
	}
	if from.IsZero() {
		from = s.Clock.Now().Add(-usualSpan)
	}
	q := store.Query{
		PK: ofAccount(d.Seller.ID, account, "usage"), Range: store.Range{From: hourSort(from.Add(-warmUp))}, Limit: store.MaxPage,
	}
	if !to.IsZero() {
		q.Range.To = hourSort(to) + "~"
	}
	zone := Zone(a)
	latest := map[string]int64{} // by device
	var days []Sample
	err = each(ctx, s.Reader.Rows, q, func(i store.Item) error {
		var u driver.Usage
		if err := json.Unmarshal(i.Value, &u); err != nil {
			return fmt.Errorf("decode usage %s: %w", i.SK, err)
		}
		if !to.IsZero() && !u.At.Before(to) {
			return nil
		}
		latest[u.Device] = u.Bytes
		if u.At.Before(from) {
			return nil
		}
		sample := Sample{At: u.At, Bytes: sum(latest)}
		if n := len(days); n > 0 && dateOf(days[n-1].At, zone) == dateOf(u.At, zone) {
			sample.At = later(u.At, days[n-1].At)
			days[n-1] = sample
		} else {
			days = append(days, sample)
		}
		return nil
	})
	return days, err
}

func sum(by map[string]int64) (n int64) {
	for _, v := range by {
		n += v
	}
	return n
}
