package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"

	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/scripts/package/lambdazip"
)

// The function that all are compared with, and how much longer than it any of ours may take until it asks for work.
const (
	rawFunction = "raw"
	initGoal    = "<= 2.5"
)

// warmCalls is how many calls a warm function answers in each round.
const warmCalls = 20

// program is a function's program with what was measured of it.
type program struct {
	lambdazip.Built
	file   string // the program itself
	path   string // of an operation that it answers, "" where it answers no HTTP
	own    figures
	beside figures // of the raw function, each time just before
}

type figures struct{ inits, first, warm []time.Duration }

// lambdas measures the start of every function, from exec to the first poll of a Runtime API that this process plays, and
// the first and the warm calls of those that answer HTTP. Functions take turns, and the raw function runs just before each, so that whatever
// else the machine does befalls both alike. Each runs on one processor, as on AWS at these sizes.
func lambdas(ctx context.Context, root string, list []functions.Function, rounds int) (rows []row, err error) {
	folder, err := os.MkdirTemp("", "tierkeep-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	all, err := programs(ctx, root, folder, list)
	if err != nil {
		return nil, err
	}
	api, err := newRuntimeAPI()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, api.close()) }()
	raw := all[0]
	for range rounds {
		for _, p := range all[1:] {
			if err := errors.Join(raw.measure(ctx, api, p.path, &p.beside), p.measure(ctx, api, p.path, &p.own)); err != nil {
				return nil, fmt.Errorf("measure %s: %w", p.Name, err)
			}
		}
	}
	for _, p := range all[1:] {
		rows = append(rows, compared(p.Name+": init", milliseconds(p.own.inits), milliseconds(p.beside.inits), "ms", initGoal))
	}
	for _, p := range all[1:] {
		if p.path != "" {
			rows = append(rows, compared(p.Name+": first call, refused", milliseconds(p.own.first), milliseconds(p.beside.first), "ms", ""))
			rows = append(rows, compared(p.Name+": warm call, refused", milliseconds(p.own.warm), milliseconds(p.beside.warm), "ms", ""))
		}
	}
	for _, p := range all[1:] {
		rows = append(rows, compared(p.Name+": zip", float64(p.Zip)/1e6, float64(raw.Zip)/1e6, "MB", ""))
	}
	return rows, nil
}

// programs builds everything for this machine: the raw function first.
func programs(ctx context.Context, root, folder string, list []functions.Function) ([]*program, error) {
	raw, err := lambdazip.BuildOne(ctx, root, runtime.GOARCH, folder, rawFunction, "scripts/bench/raw")
	if err != nil {
		return nil, err
	}
	built, err := lambdazip.Build(ctx, root, runtime.GOARCH, folder, list)
	if err != nil {
		return nil, err
	}
	all := []*program{{Built: raw}}
	for i, b := range built {
		all = append(all, &program{Built: b, path: pathOf(list[i])})
	}
	for _, p := range all {
		if p.file, err = lambdazip.Unpack(p.File, filepath.Join(folder, p.Name)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// measure starts the function once. Its calls ask an operation without showing who asks: everything of ours runs but the
// feature and the table.
func (p *program) measure(ctx context.Context, api *runtimeAPI, path string, into *figures) (err error) {
	s, err := api.start(ctx, p.file, environment())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	into.inits = append(into.inits, s.init)
	if path == "" {
		return nil
	}
	call, err := request(path)
	if err != nil {
		return err
	}
	for i := range 1 + warmCalls {
		took, status, err := s.call(call)
		if err != nil {
			return err
		}
		if status != http.StatusUnauthorized {
			return fmt.Errorf("%s was answered with %d", path, status)
		}
		if i == 0 {
			into.first = append(into.first, took)
			continue
		}
		into.warm = append(into.warm, took)
	}
	return nil
}

// request is what API Gateway sends for a path.
func request(path string) ([]byte, error) {
	e := lambdaevents.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: path, Headers: map[string]string{"host": "api.example.com"}}
	e.RequestContext.Stage, e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = "$default", http.MethodGet, "192.0.2.1"
	return json.Marshal(e)
}

// paths are operations that read, one of each feature.
var paths = map[string]string{
	"tenancy": "/v1/tenants/{tenant}", "identity": "/v1/tenants/{tenant}/users", "branding": "/v1/tenants/{tenant}/brand",
	"servers": "/v1/tenants/{tenant}/servers", "approvals": "/v1/tenants/{tenant}/approvals", "operations": "/v1/tenants/{tenant}/operations",
	"accounts": "/v1/tenants/{tenant}/accounts", "reports": "/v1/tenants/{tenant}/jobs", "overview": "/v1/tenants/{tenant}/overview/attention",
}

func pathOf(f functions.Function) string {
	if f.Kind != functions.HTTP {
		return ""
	}
	return strings.ReplaceAll(paths[f.Feature], "{tenant}", "ten_01J00000000000000000000000")
}

// environment is what Lambda would tell any of the functions; nothing of it is reached.
func environment() []string {
	return []string{
		"GOMAXPROCS=1", "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=none", "AWS_SESSION_TOKEN=none",
		"AWS_LAMBDA_FUNCTION_NAME=bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_ENDPOINT_URL=http://127.0.0.1:9",
		functions.Stage + "=bench", functions.Table + "=bench", functions.QueueURL + "=http://127.0.0.1:9/123456789012/bench-{queue}.fifo",
		functions.WorkflowARN + "=arn:aws:states:eu-west-1:123456789012:stateMachine:bench-{machine}",
		functions.ScheduleGroup + "=bench", functions.ScheduleRole + "=arn:aws:iam::123456789012:role/bench",
		functions.SecretPrefix + "=bench/", functions.MailFrom + "=bench@example.com", functions.Portal + "=https://portal.example.com",
		functions.WakeEndpoint + "=https://abc.execute-api.eu-west-1.amazonaws.com/v1",
		functions.WakeURL + "=wss://abc.execute-api.eu-west-1.amazonaws.com/v1",
	}
}

// milliseconds is the median.
func milliseconds(all []time.Duration) float64 {
	sorted := slices.SortedFunc(slices.Values(all), cmp.Compare)
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[len(sorted)/2].Microseconds()) / 1000
}
