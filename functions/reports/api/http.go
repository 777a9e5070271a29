// Package reportsapi speaks HTTP for functions/reports. It holds no rules.
package reportsapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// Register adds the operations of reports to an API.
func Register(api huma.API, s *reports.Service) {
	registerJobs(api, s)
	registerHealth(api, s)
	registerAgents(api, s)
}

// Job is one run of a client as the server saw it.
type Job struct {
	ID              string             `json:"id"`
	Account         string             `json:"account"`
	AccountName     string             `json:"account_name"`
	Customer        tenant.ID          `json:"customer"`
	CustomerName    string             `json:"customer_name"`
	Device          string             `json:"device"`
	DeviceName      string             `json:"device_name"`
	Type            driver.AccountType `json:"type"`
	Kind            driver.JobKind     `json:"kind" enum:"backup,read,maintenance,init,unknown"`
	State           driver.JobState    `json:"state" enum:"running,success,warning,failed,quota,cancelled,interrupted,unknown"`
	Health          reports.Word       `json:"health" enum:"ok,warning,failed,missed,running,unknown,cancelled,none"`
	Reason          string             `json:"reason,omitempty"`
	StartedAt       time.Time          `json:"started_at"`
	EndedAt         *time.Time         `json:"ended_at,omitempty"`
	UploadedBytes   int64              `json:"uploaded_bytes"`
	DownloadedBytes int64              `json:"downloaded_bytes"`
	Objects         int64              `json:"objects"`
	SnapshotID      string             `json:"snapshot_id,omitempty"`
	Address         string             `json:"address,omitempty"`
	Client          string             `json:"client,omitempty"`
	Log             []driver.LogLine   `json:"log,omitempty" doc:"In a single job only"`
	LogTruncated    bool               `json:"log_truncated"`
}

func jobOf(v reports.JobView) Job {
	j := v.Job
	return Job{
		j.ID, j.Account, j.AccountName, j.Customer, v.CustomerName, j.Device, j.DeviceName, j.Type, j.Kind, j.State, reports.WordOfJob(j),
		j.Reason, j.StartedAt, j.EndedAt, j.UploadedBytes, j.DownloadedBytes, j.Objects, j.SnapshotID, j.Address, j.Client, j.Log, j.Truncated,
	}
}

// TenantPath names the tenant acted for.
type TenantPath struct {
	Tenant tenant.ID `path:"tenant" doc:"The tenant acted for"`
}

func registerJobs(api huma.API, s *reports.Service) {
	const jobs = "/v1/tenants/{tenant}/jobs"

	rest.Register(api, rest.Operation{
		ID: "list-jobs", Method: http.MethodGet, Path: jobs, Summary: "What clients did, the newest first", Permission: authz.JobsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Account  string          `query:"account"`
		Customer tenant.ID       `query:"customer"`
		State    driver.JobState `query:"state" enum:"running,success,warning,failed,quota,cancelled,interrupted,unknown"`
		Health   reports.Word    `query:"health" enum:"ok,warning,failed,running,unknown,cancelled"`
		Kind     driver.JobKind  `query:"kind" enum:"backup,read,maintenance,init,unknown"`
		From     time.Time       `query:"from" doc:"Begun at or after"`
		To       time.Time       `query:"to" doc:"Begun before"`
	}) (*struct{ Body rest.List[Job] }, error) {
		page, next, err := s.Jobs(ctx, in.Tenant, reports.Filter{
			Account: in.Account, Customer: in.Customer, State: in.State, Kind: in.Kind, Word: in.Health, From: in.From, To: in.To,
		}, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Job] }{rest.ListOf(page, next, jobOf)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "get-job", Method: http.MethodGet, Path: jobs + "/{job}", Summary: "One job with the server's log lines", Permission: authz.LogsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Job string `path:"job"`
	}) (*struct{ Body Job }, error) {
		v, err := s.Job(ctx, in.Tenant, in.Job)
		return &struct{ Body Job }{jobOf(v)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "list-expectations", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/expectations",
		Summary: "Backups that were due and did not begin, the newest first", Permission: authz.JobsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		rest.Page
		Account string                   `query:"account"`
		State   reports.ExpectationState `query:"state" enum:"missed,unknown"`
	}) (*struct{ Body rest.List[Expectation] }, error) {
		page, next, err := s.Expectations(ctx, in.Tenant, in.Account, in.State, in.Limit, in.Cursor)
		return &struct{ Body rest.List[Expectation] }{rest.ListOf(page, next, expectationOf)}, err
	})
}

// Expectation is a backup that was due and did not begin.
type Expectation struct {
	ID           string                   `json:"id"`
	Account      string                   `json:"account"`
	AccountName  string                   `json:"account_name"`
	CustomerName string                   `json:"customer_name"`
	Set          string                   `json:"set"`
	SetName      string                   `json:"set_name"`
	DueAt        time.Time                `json:"due_at"`
	DecidedAt    time.Time                `json:"decided_at"`
	State        reports.ExpectationState `json:"state" enum:"missed,unknown"`
	Reason       reports.Why              `json:"reason,omitempty" enum:"silent,read" doc:"Why it is unknown"`
}

func expectationOf(e reports.ExpectationView) Expectation {
	return Expectation{
		strconv.FormatInt(e.DueAt.UnixMilli(), 10) + "-" + e.Set, e.Account, e.AccountName, e.CustomerName, e.Set, e.SetName, e.DueAt,
		e.DecidedAt, e.State, e.Why,
	}
}

// Health is how an account stands.
type Health struct {
	Account    string       `json:"account"`
	Health     reports.Word `json:"health" enum:"ok,warning,failed,missed,running,unknown,cancelled,none"`
	Reason     string       `json:"reason,omitempty"`
	LastGoodAt *time.Time   `json:"last_good_at,omitempty"`
	LastSeenAt *time.Time   `json:"last_seen_at,omitempty"`
	UsedBytes  int64        `json:"used_bytes"`
	Days       string       `json:"days" doc:"28 letters, the oldest day first: s w f m r c u -"`
	Sets       []SetHealth  `json:"sets"`
	Events     []Event      `json:"events" doc:"Clients that were turned away, the newest first"`
}

// SetHealth is how a backup set stands.
type SetHealth struct {
	Set     string       `json:"set"`
	Name    string       `json:"name"`
	Device  string       `json:"device"`
	Health  reports.Word `json:"health" enum:"ok,warning,failed,missed,running,unknown,cancelled,none"`
	Reason  string       `json:"reason,omitempty"`
	LastJob string       `json:"last_job,omitempty" doc:"The job that says so; absent where a backup did not begin"`
	At      *time.Time   `json:"at,omitempty" doc:"When that job began, or the backup was due"`
	DueAt   *time.Time   `json:"due_at,omitempty" doc:"When it is due next; absent where it never is"`
}

// Event is clients of one address that were turned away within a minute.
type Event struct {
	Kind    driver.EventKind `json:"kind" enum:"login_refused,suspended_refused,quota_refused"`
	First   time.Time        `json:"first"`
	Last    time.Time        `json:"last"`
	Count   int64            `json:"count"`
	Address string           `json:"address"`
}

func healthOf(h reports.AccountHealth) Health {
	out := Health{
		Account: h.Account, Health: h.Verdict.Word, Reason: h.Verdict.Reason, LastGoodAt: rest.Moment(h.LastGood), LastSeenAt: rest.Moment(h.LastSeen),
		UsedBytes: h.Used(), Days: h.Days,
	}
	for _, s := range h.Now {
		out.Sets = append(out.Sets, SetHealth{s.Set, s.Name, s.Device, s.Word, s.Reason, s.Job, rest.Moment(s.At), rest.Moment(s.DueAt)})
	}
	for _, e := range h.Events {
		out.Events = append(out.Events, Event{e.Kind, e.First, e.Last, e.Count, e.Address})
	}
	return out
}

func registerHealth(api huma.API, s *reports.Service) {
	rest.Register(api, rest.Operation{
		ID: "get-health", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/health/{account}", Summary: "How an account stands",
		Permission: authz.JobsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Account string `path:"account"`
	}) (*struct{ Body Health }, error) {
		h, err := s.HealthOf(ctx, in.Tenant, in.Account)
		return &struct{ Body Health }{healthOf(h)}, err
	})

	rest.Register(api, rest.Operation{
		ID: "list-usage", Method: http.MethodGet, Path: "/v1/tenants/{tenant}/usage/{account}", Summary: "Used space, one sample per day",
		Permission: authz.StatisticsRead,
	}, func(ctx context.Context, in *struct {
		TenantPath
		Account string    `path:"account"`
		From    time.Time `query:"from"`
		To      time.Time `query:"to"`
	}) (*struct{ Body rest.List[Sample] }, error) {
		found, err := s.Usage(ctx, in.Tenant, in.Account, in.From, in.To)
		return &struct{ Body rest.List[Sample] }{rest.ListOf(found, "", sampleOf)}, err
	})
}

// Sample is how much an account kept.
type Sample struct {
	At    time.Time `json:"at"`
	Bytes int64     `json:"bytes"`
}

func sampleOf(f reports.Sample) Sample { return Sample(f) }
