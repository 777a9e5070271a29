package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	workflowaws "github.com/tierkeep/tierkeep/shared/port/workflow/aws"
)

// patient sends each request up to so many times, without long pauses.
func patient(c aws.Config, attempts int) aws.Config {
	c.Retryer = func() aws.Retryer {
		return retry.AddWithMaxBackoffDelay(retry.AddWithMaxAttempts(retry.NewStandard(), attempts), time.Millisecond)
	}
	return c
}

const (
	passes = `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`
	waits  = `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
		"Parameters":{"FunctionName":"${Tasks}","Payload":{"token.$":"$$.Task.Token"}},"TimeoutSeconds":60,"End":true}}}`
)

func failing(t *testing.T, cfg aws.Config, b *bench, plan *awsfault.Plan) workflow.Workflow {
	t.Helper()
	w, err := workflowaws.New(awsfault.With(patient(cfg, 4), plan), b.template())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// ended waits for the end of an execution of the machine m.
func ended(t *testing.T, b *bench, name string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); b.result(t, "m", name).Status == "RUNNING"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not end", name)
		}
	}
}

var recoverable = []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply}

func TestAStartSucceedsWhateverBefallsItsRequests(t *testing.T) {
	cfg := awstest.Config(t)
	b := newBench(t, cfg)
	b.define(t, "m", []byte(passes), nil)
	for _, f := range recoverable {
		plan := awsfault.New(1).Next("StartExecution", f, f)
		w, name := failing(t, cfg, b, plan), strings.ReplaceAll(string(f), " ", "-")
		if err := w.Start(t.Context(), "m", name, json.RawMessage(`{"a":1}`)); err != nil || plan.Injected("StartExecution", f) != 2 {
			t.Errorf("%s: %v after %d faults", f, err, plan.Injected("StartExecution", f))
		}
		b.result(t, "m", name)
		if err := w.Start(t.Context(), "m", name, json.RawMessage(`{"a":2}`)); !errors.Is(err, workflow.ErrStarted) {
			t.Errorf("%s: another input: %v, want ErrStarted", f, err)
		}
	}
}

func TestAStartThatCannotBeComparedIsAnErrorOfItsOwn(t *testing.T) {
	cfg := awstest.Config(t)
	b := newBench(t, cfg)
	b.define(t, "m", []byte(passes), nil)
	if err := failing(t, cfg, b, awsfault.New(1)).Start(t.Context(), "m", "e", json.RawMessage(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	ended(t, b, "e") // one that runs may be compared by the service
	for _, f := range []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed} {
		w := failing(t, cfg, b, awsfault.New(1).Chance(f, 1, "DescribeExecution"))
		if err := w.Start(t.Context(), "m", "e", json.RawMessage(`{ "a": 1 }`)); err == nil || errors.Is(err, workflow.ErrStarted) {
			t.Errorf("%s: got %v", f, err)
		}
	}
}

func TestAnAnswerCountsWhateverBefallsItsRequests(t *testing.T) {
	cfg := awstest.Config(t)
	b := newBench(t, cfg)
	tokens := make(chan string, 1)
	b.define(t, "m", []byte(waits), map[string]workflow.Task{"Tasks": func(_ context.Context, input json.RawMessage) (json.RawMessage, error) {
		var r struct{ Token string }
		err := json.Unmarshal(input, &r)
		tokens <- r.Token
		return nil, err
	}})
	for n, f := range recoverable {
		for operation, do := range map[string]func(w workflow.Workflow, token string) error{
			"SendTaskSuccess": func(w workflow.Workflow, token string) error {
				return w.Succeed(t.Context(), token, json.RawMessage(`{}`))
			},
			"SendTaskFailure": func(w workflow.Workflow, token string) error { return w.Fail(t.Context(), token, "Refused", "no") },
		} {
			name := fmt.Sprintf("%s-%d", operation, n)
			plan := awsfault.New(1).Next(operation, f, f)
			w := failing(t, cfg, b, plan)
			if err := w.Start(t.Context(), "m", name, json.RawMessage(`{}`)); err != nil {
				t.Fatal(err)
			}
			err := do(w, <-tokens)
			if f == awsfault.LostReply && errors.Is(err, workflow.ErrNotWaiting) {
				err = nil // the answer counted already
			}
			if err != nil || plan.Injected(operation, f) == 0 {
				t.Errorf("%s, %s: %v after %d faults", operation, f, err, plan.Injected(operation, f))
			}
			ended(t, b, name)
		}
	}
}

func TestAnEndpointThatIsDownIsNoAnswerAboutTheTask(t *testing.T) {
	cfg := awstest.Config(t)
	w, err := workflowaws.New(awsfault.With(patient(cfg, 2), awsfault.New(1).Chance(awsfault.Closed, 1)), "arn:aws:states:us-east-1:000000000000:stateMachine:{machine}")
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"Succeed":   w.Succeed(t.Context(), "token", json.RawMessage(`{}`)),
		"Fail":      w.Fail(t.Context(), "token", "Refused", "no"),
		"Heartbeat": w.Heartbeat(t.Context(), "token"),
	} {
		if err == nil || errors.Is(err, workflow.ErrNotWaiting) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestATemplateThatNamesNoMachineIsRefused(t *testing.T) {
	for _, template := range []string{"", "{machine}", "arn:aws:states:us-east-1:000000000000:stateMachine:approval"} {
		if _, err := workflowaws.New(aws.Config{}, template); err == nil {
			t.Errorf("%q was taken", template)
		}
	}
}
