package onaws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/port/secret"
)

// told is an environment as Lambda makes it, with what a test changes of it; "" takes a variable away.
func told(changes map[string]string) func(string) (string, bool) {
	all := map[string]string{
		"TIERKEEP_STAGE": "dev", "TIERKEEP_TABLE": "tierkeep-dev", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "s3cret", "AWS_SESSION_TOKEN": "token",
	}
	for name, value := range changes {
		all[name] = value
	}
	return func(name string) (string, bool) { v, ok := all[name]; return v, ok && v != "" }
}

type exampleConfig struct {
	Base
	Table
	Queues
}

func start(t *testing.T, changes map[string]string) (*Function, *bytes.Buffer) {
	t.Helper()
	var c struct {
		Base
		Table
	}
	out := &bytes.Buffer{}
	f, err := begin(&c, &c.Base, told(changes), out)
	if err != nil {
		t.Fatal(err)
	}
	return f, out
}

func TestEverythingThatIsMissingIsToldTogether(t *testing.T) {
	var c exampleConfig
	_, err := begin(&c, &c.Base, told(map[string]string{"TIERKEEP_STAGE": "", "TIERKEEP_TRACING": "maybe"}), &bytes.Buffer{})
	for _, want := range []string{"TIERKEEP_STAGE: must be set", "TIERKEEP_QUEUE_URL: must be set", "TIERKEEP_TRACING: want true or false"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if _, err := begin(&c, &c.Base, told(map[string]string{"TIERKEEP_QUEUE_URL": "https://q/{queue}", "AWS_REGION": ""}), &bytes.Buffer{}); err == nil {
		t.Error("a program outside of Lambda starts")
	}
}

func TestTheConfigurationOfAWSIsThatOfTheEnvironment(t *testing.T) {
	f, _ := start(t, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
	keys, err := f.AWS.Credentials.Retrieve(t.Context())
	if err != nil || keys.AccessKeyID != "AKIAEXAMPLE" || keys.SessionToken != "token" || f.AWS.Region != "eu-west-1" {
		t.Errorf("%v %v in %s", keys.AccessKeyID, err, f.AWS.Region)
	}
	if f.AWS.BaseEndpoint == nil || *f.AWS.BaseEndpoint != "http://127.0.0.1:4566" {
		t.Error("the endpoint is not honoured")
	}
	if f, _ := start(t, nil); f.AWS.BaseEndpoint != nil {
		t.Error("an endpoint where none was asked for")
	}
}

// invoke calls a function as the runtime does.
func invoke(t *testing.T, f *Function, id string, handle func(context.Context, string) (string, error)) (string, error) {
	t.Helper()
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: id})
	ctx = context.WithValue(ctx, "x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1") //nolint:staticcheck // the runtime's key
	return logged(f, handle)(ctx, "in")
}

func TestEachLineSaysWhichCallItBelongsTo(t *testing.T) {
	f, out := start(t, map[string]string{"TIERKEEP_TRACING": "true"})
	says := func(ctx context.Context, _ string) (string, error) {
		f.Log.InfoContext(ctx, "working", "tenant_id", "ten_1")
		return "out", nil
	}
	for _, id := range []string{"first", "second"} {
		if got, err := invoke(t, f, id, says); got != "out" || err != nil {
			t.Fatalf("%q %v", got, err)
		}
	}
	var lines []map[string]any
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		lines = append(lines, fields)
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), out)
	}
	if lines[0]["aws_request_id"] != "first" || lines[0]["cold_start"] != true || lines[0]["stage"] != "dev" || lines[0]["tenant_id"] != "ten_1" {
		t.Errorf("the first call: %v", lines[0])
	}
	if lines[0]["trace_id"] != "1-5759e988-bd862e3fe1be46a994272793" {
		t.Errorf("the trace: %v", lines[0])
	}
	if lines[1]["aws_request_id"] != "second" || lines[1]["cold_start"] != nil {
		t.Errorf("the second call: %v", lines[1])
	}
}

func TestALineOfAConsumerNamesTheRequestFromWhichTheEventCame(t *testing.T) {
	f, out := start(t, nil)
	_, _ = invoke(t, f, "first", func(ctx context.Context, _ string) (string, error) {
		ctx = change.WithRequest(ctx, change.Request{ID: "req_1"})
		f.Log.InfoContext(ctx, "hint", "operation_id", "op_1")
		f.Log.InfoContext(ctx, "answered", "request_id", "req_2")
		return "", nil
	})
	lines := strings.Split(out.String(), "\n")
	if !strings.Contains(lines[0], `"operation_id":"op_1","request_id":"req_1"`) {
		t.Errorf("%s", lines[0])
	}
	if strings.Contains(lines[1], "req_1") || !strings.Contains(lines[1], "req_2") {
		t.Errorf("%s", lines[1])
	}
}

func TestWithoutTheSwitchNothingIsTraced(t *testing.T) {
	f, out := start(t, nil)
	_, _ = invoke(t, f, "first", func(ctx context.Context, _ string) (string, error) {
		f.Log.InfoContext(ctx, "working")
		return "", nil
	})
	if strings.Contains(out.String(), "trace_id") || len(f.AWS.APIOptions) != 0 {
		t.Errorf("%d options, %s", len(f.AWS.APIOptions), out)
	}
}

func TestAFailureIsLoggedOnceAndAPanicIsOne(t *testing.T) {
	f, out := start(t, nil)
	for name, handle := range map[string]func(context.Context, string) (string, error){
		"error": func(context.Context, string) (string, error) { return "", errors.New("on fire") },
		"panic": func(context.Context, string) (string, error) { panic("on fire") },
	} {
		out.Reset()
		if _, err := invoke(t, f, "call-"+name, handle); err == nil || !strings.Contains(err.Error(), "on fire") {
			t.Errorf("%s became %v", name, err)
		}
		if strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), "call-"+name) || !strings.Contains(out.String(), "on fire") {
			t.Errorf("%s: %s", name, out)
		}
	}
	if got, err := invoke(t, f, "next", func(context.Context, string) (string, error) { return "well", nil }); got != "well" || err != nil {
		t.Errorf("after the panic: %q %v", got, err)
	}
}

// vault keeps one secret.
type vault struct{ name, value string }

func (v vault) GetOrCreate(_ context.Context, name string, create func() ([]byte, error)) (secret.Value, error) {
	if name == v.name {
		return secret.NewValue([]byte(v.value)), nil
	}
	_, err := create()
	return secret.Value{}, err
}

func TestTheSecretOfTheOriginIsTheOneThatTheDeploymentMade(t *testing.T) {
	if got, err := origin(vault{functions.OriginKey, "s3cret"})(t.Context()); err != nil || string(got) != "s3cret" {
		t.Errorf("%q %v", got, err)
	}
	if got, err := origin(vault{})(t.Context()); !errors.Is(err, errOrigin) || len(got) > 0 {
		t.Errorf("a platform without the secret: %q %v", got, err)
	}
}

func TestBrandsStandBelowThePortalsHost(t *testing.T) {
	if s := (Portal{"https://portal.example.com"}).Settings(); s.Brands != "portal.example.com" || s.Portal != "https://portal.example.com" {
		t.Errorf("%+v", s)
	}
}
