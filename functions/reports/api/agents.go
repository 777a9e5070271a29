package reportsapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/functions/reports"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

// maxBatch is how large a batch may be: what a Lambda takes.
const maxBatch = 5 << 20

// Taken answers a batch.
type Taken struct {
	Accepted int `json:"accepted"`
}

// ReportedJob is a job as an agent tells it; to people it is told as Job.
type ReportedJob driver.Job

// JobEntry is one job of a batch.
type JobEntry struct {
	Server string      `json:"server"`
	Job    ReportedJob `json:"job"`
}

// EventEntry is one account event of a batch.
type EventEntry struct {
	Server string              `json:"server"`
	Event  driver.AccountEvent `json:"event"`
}

// UsageEntry is one sample of a batch.
type UsageEntry struct {
	Server string       `json:"server"`
	Usage  driver.Usage `json:"usage"`
}

func batch(path, id, summary string) rest.Operation {
	return rest.Operation{
		ID: id, Method: http.MethodPost, Path: path, Summary: summary, Auth: route.Agent, Status: http.StatusOK, MaxBody: maxBatch,
		Description: "Taken whole or refused whole: batch_refused names the first bad entry by its index. Sent again, it changes nothing.",
	}
}

func registerAgents(api huma.API, s *reports.Service) {
	rest.Register(api, batch("/agent/v1/jobs", "report-jobs", "What clients did"), func(ctx context.Context, in *struct {
		Body struct {
			BatchID string     `json:"batch_id" maxLength:"64"`
			Jobs    []JobEntry `json:"jobs" maxItems:"200"`
		}
	}) (*struct{ Body Taken }, error) {
		entries := make([]reports.JobEntry, 0, len(in.Body.Jobs))
		for _, e := range in.Body.Jobs {
			entries = append(entries, reports.JobEntry{Server: e.Server, Job: driver.Job(e.Job)})
		}
		return &struct{ Body Taken }{Taken{len(entries)}}, s.IngestJobs(ctx, entries)
	})

	rest.Register(api, batch("/agent/v1/events", "report-events", "Clients that were turned away"), func(ctx context.Context, in *struct {
		Body struct {
			BatchID string       `json:"batch_id" maxLength:"64"`
			Events  []EventEntry `json:"events" maxItems:"200"`
		}
	}) (*struct{ Body Taken }, error) {
		entries := make([]reports.EventEntry, 0, len(in.Body.Events))
		for _, e := range in.Body.Events {
			entries = append(entries, reports.EventEntry{Server: e.Server, Event: e.Event})
		}
		return &struct{ Body Taken }{Taken{len(entries)}}, s.IngestEvents(ctx, entries)
	})

	rest.Register(api, batch("/agent/v1/usage", "report-usage", "Used space"), func(ctx context.Context, in *struct {
		Body struct {
			BatchID string       `json:"batch_id" maxLength:"64"`
			Usage   []UsageEntry `json:"usage" maxItems:"200"`
		}
	}) (*struct{ Body Taken }, error) {
		entries := make([]reports.UsageEntry, 0, len(in.Body.Usage))
		for _, e := range in.Body.Usage {
			entries = append(entries, reports.UsageEntry{Server: e.Server, Usage: e.Usage})
		}
		return &struct{ Body Taken }{Taken{len(entries)}}, s.IngestUsage(ctx, entries)
	})
}
