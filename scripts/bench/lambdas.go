package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
	file  string // the program itself
	http  bool
	inits []time.Duration
	warm  []time.Duration
}

// lambdas measures the start of every function, from exec to the first poll of a Runtime API that this process plays, and
// the warm call of those that answer HTTP. Functions take turns, so that whatever else the machine does befalls all alike.
// Each runs on one processor, as on AWS at these sizes.
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
	for range rounds {
		for _, p := range all {
			if err := p.measure(ctx, api); err != nil {
				return nil, fmt.Errorf("measure %s: %w", p.Name, err)
			}
		}
	}
	raw := all[0]
	for _, p := range all[1:] {
		rows = append(rows, compared(p.Name+": init", milliseconds(p.inits), milliseconds(raw.inits), "ms", initGoal))
	}
	for _, p := range all[1:] {
		if p.http {
			rows = append(rows, compared(p.Name+": warm call without a row read", milliseconds(p.warm), milliseconds(raw.warm), "ms", ""))
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
	all := []*program{{Built: raw, http: true}}
	for i, b := range built {
		all = append(all, &program{Built: b, http: list[i].Kind == functions.HTTP})
	}
	for _, p := range all {
		if p.file, err = lambdazip.Unpack(p.File, filepath.Join(folder, p.Name)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (p *program) measure(ctx context.Context, api *runtimeAPI) error {
	s, err := api.start(ctx, p.file, environment())
	if err != nil {
		return err
	}
	p.inits = append(p.inits, s.init)
	if p.http {
		for range warmCalls {
			took, err := s.call(nobodysPath)
			if err != nil {
				return errors.Join(err, s.stop())
			}
			p.warm = append(p.warm, took)
		}
	}
	return s.stop()
}

// nobodysPath is a request that every handler answers by itself: not_found.
var nobodysPath = func() []byte {
	e := lambdaevents.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: "/v1/nobody", Headers: map[string]string{"host": "api.example.com"}}
	e.RequestContext.Stage, e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = "$default", "GET", "192.0.2.1"
	text, err := json.Marshal(e)
	if err != nil { // texts cannot fail to encode
		panic(err)
	}
	return text
}()

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
