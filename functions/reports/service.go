package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/clock"
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

// jobFrom is the smallest identifier of a job that began at an instant, give or take the clocks.
func jobFrom(at time.Time) string {
	var u ulid.ULID
	if err := u.SetTime(ulid.Timestamp(at)); err != nil {
		return ""
	}
	return "job_" + u.String()
}

// query narrows the rows to the smallest partition and time.
func (f Filter) query(seller tenant.ID) store.Query {
	q := store.Query{PK: of(seller, "job"), Descending: true}
	switch {
	case f.Account != "":
		q.Index, q.PK = store.First, ofAccount(seller, f.Account, "job")
	case f.Customer != "":
		q.Index, q.PK = store.Second, ofCustomer(seller, f.Customer, "job")
	}
	const skew = 24 * time.Hour // identifiers are made by the server's clock
	if !f.From.IsZero() {
		q.Range.From = jobFrom(f.From.Add(-skew))
	}
	if !f.To.IsZero() {
		q.Range.To = jobFrom(f.To.Add(skew))
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
		name, err := s.Guard.CustomerName(ctx, d, j.Customer)
		if err != nil {
			return nil, "", err
		}
		views = append(views, JobView{j, name})
	}
	return views, next, nil
}

func (s *Service) jobs(ctx context.Context, d authz.Decision, f Filter, limit int, cursor string) ([]Job, string, error) {
	if !d.Target.Level.Sells() {
		f.Customer = d.Target.ID
	}
	q := f.query(d.Seller.ID)
	q.Cursor = cursor
	found := make([]Job, 0, limit)
	for {
		q.Limit = min(limit-len(found)+20, store.MaxPage) // a little more, for what the filter takes out
		page, err := s.Reader.Rows.Query(ctx, q)
		if errors.Is(err, store.ErrBadCursor) {
			return nil, "", problem.Wrap(err, problem.InvalidInput, "the cursor belongs to another list")
		}
		if err != nil {
			return nil, "", fmt.Errorf("list jobs: %w", err)
		}
		for n, i := range page.Items {
			j, err := readJob(i)
			if err != nil {
				return nil, "", err
			}
			if !f.takes(j) {
				continue
			}
			found = append(found, j)
			if len(found) == limit && (n < len(page.Items)-1 || page.Next != "") {
				q.Limit = n + 1
				again, err := s.Reader.Rows.Query(ctx, q) // the cursor right behind the last one that is shown
				if err != nil {
					return nil, "", fmt.Errorf("list jobs: %w", err)
				}
				return found, again.Next, nil
			}
		}
		if page.Next == "" {
			return found, "", nil
		}
		q.Cursor = page.Next
	}
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
	name, err := s.Guard.CustomerName(ctx, d, j.Customer)
	if err != nil {
		return JobView{}, err
	}
	log, err := s.Reader.Rows.Get(ctx, logKey(d.Seller.ID, job))
	if errors.Is(err, store.ErrNotFound) {
		return JobView{j, name}, nil
	}
	if err != nil {
		return JobView{}, fmt.Errorf("read the log of %s: %w", job, err)
	}
	if err := json.Unmarshal(log.Value, &j.Log); err != nil {
		return JobView{}, fmt.Errorf("decode the log of %s: %w", job, err)
	}
	return JobView{j, name}, nil
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
	q := store.Query{PK: of(d.Seller.ID, "missed"), Limit: limit, Cursor: cursor, Descending: true}
	switch {
	case !d.Target.Level.Sells():
		q.Index, q.PK = store.Second, ofCustomer(d.Seller.ID, d.Target.ID, "missed")
	case account != "":
		q.Index, q.PK = store.First, ofAccount(d.Seller.ID, account, "missed")
	}
	page, err := s.Reader.Rows.Query(ctx, q)
	if errors.Is(err, store.ErrBadCursor) {
		return nil, "", problem.Wrap(err, problem.InvalidInput, "the cursor belongs to another list")
	}
	if err != nil {
		return nil, "", fmt.Errorf("list expectations: %w", err)
	}
	all := make([]ExpectationView, 0, len(page.Items))
	for _, i := range page.Items {
		e, err := readExpectation(i)
		if err != nil {
			return nil, "", err
		}
		if state != "" && e.State != state || account != "" && e.Account != account {
			continue
		}
		name, err := s.Guard.CustomerName(ctx, d, e.Customer)
		if err != nil {
			return nil, "", err
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
	return AccountHealth{h, h.Verdict(silent), h.DayLetters(s.Clock.Now())}, nil
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

// Usage returns one sample per day of an account, the oldest first.
func (s *Service) Usage(ctx context.Context, t tenant.ID, account string, from, to time.Time) ([]Sample, error) {
	d, err := s.Guard.Require(ctx, authz.StatisticsRead, t)
	if err != nil {
		return nil, err
	}
	if _, err := s.visible(ctx, d, account); err != nil {
		return nil, err
	}
	q := store.Query{PK: of(d.Seller.ID, "usage#"+account), Limit: store.MaxPage}
	if !from.IsZero() {
		q.Range.From = from.UTC().Format("2006-01-02T15")
	}
	if !to.IsZero() {
		q.Range.To = to.UTC().Format("2006-01-02T15") + "~"
	}
	latest := map[string]int64{} // by device
	var days []Sample
	err = each(ctx, s.Reader.Rows, q, func(i store.Item) error {
		var u driver.Usage
		if err := json.Unmarshal(i.Value, &u); err != nil {
			return fmt.Errorf("decode usage %s: %w", i.SK, err)
		}
		latest[u.Device] = u.Bytes
		sample := Sample{At: u.At, Bytes: sum(latest)}
		if n := len(days); n > 0 && sameDay(days[n-1].At, u.At) {
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

func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

// latestEvents keeps the newest events, each in its newest revision.
func latestEvents(all []driver.AccountEvent, e driver.AccountEvent) []driver.AccountEvent {
	all = slices.DeleteFunc(slices.Clone(all), func(o driver.AccountEvent) bool { return o.ID == e.ID })
	all = append(all, e)
	slices.SortFunc(all, func(a, b driver.AccountEvent) int {
		if c := b.Last.Compare(a.Last); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all[:min(len(all), keptEvents)]
}
