package aws_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	workflowaws "github.com/tierkeep/tierkeep/shared/port/workflow/aws"
	"github.com/tierkeep/tierkeep/shared/port/workflow/workflowtest"
)

const (
	relayName = "tierkeep-test-relay"
	role      = "arn:aws:iam::000000000000:role/tierkeep-test"
)

// bench is an account in an emulator with the suite's machines, whose tasks call a Lambda function that relays them to the
// functions of this process.
type bench struct {
	client   *sfn.Client
	account  string
	carriers *carriers // nil: Lambda functions are run

	mu    sync.Mutex
	tasks map[string]workflow.Task // by machine and function
}

func newBench(t *testing.T, cfg aws.Config) *bench {
	t.Helper()
	if awstest.Real() {
		t.Skip("a machine needs a role, which only a deployed stack has")
	}
	who, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{client: sfn.NewFromConfig(cfg), account: who.AccessKeyID, tasks: map[string]workflow.Task{}}
	if awstest.Kind() == emulator.LocalStack {
		b.carriers = newCarriers(t, cfg, b)
		return b
	}
	server := httptest.NewUnstartedServer(b)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Start()
	t.Cleanup(func() {
		cancel() // for tasks that block until their time is over
		server.Close()
	})
	deploy(t, cfg, server.URL)
	return b
}

// call calls the function that a relayed event names. A panic is an error.
func (b *bench) call(ctx context.Context, event []byte) (_ json.RawMessage, err error) {
	var named struct{ Relay string }
	if err := json.Unmarshal(event, &named); err != nil {
		return nil, err
	}
	b.mu.Lock()
	task := b.tasks[named.Relay]
	b.mu.Unlock()
	if task == nil {
		return nil, fmt.Errorf("no function %q", named.Relay)
	}
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	return task(ctx, event)
}

var errPanicked = errors.New("the task panicked")

// ServeHTTP answers the relay.
func (b *bench) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var outcome struct {
		Result           json.RawMessage
		Code, Cause, Ill string
		Panic            bool
	}
	event, err := io.ReadAll(r.Body)
	if err == nil {
		outcome.Result, err = b.call(r.Context(), event)
	}
	switch coded := (*workflow.Error)(nil); {
	case errors.Is(err, errPanicked):
		outcome.Panic = true
	case errors.As(err, &coded):
		outcome.Code, outcome.Cause = coded.Code, coded.Cause
	case err != nil:
		outcome.Ill = err.Error()
	}
	_ = json.NewEncoder(w).Encode(outcome)
}

// define makes a machine. Its tasks call the relay, and their payloads say for which function.
func (b *bench) define(t *testing.T, machine string, definition []byte, tasks map[string]workflow.Task) {
	t.Helper()
	var d any
	if err := json.Unmarshal(definition, &d); err != nil {
		t.Fatal(err)
	}
	b.relayed(d, machine)
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	for name, task := range tasks {
		b.tasks[machine+"/"+name] = task
	}
	b.mu.Unlock()
	_, err = b.client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String(machine), RoleArn: aws.String(role), Definition: aws.String(string(text)),
	})
	if err != nil {
		t.Fatalf("CreateStateMachine: %v", err)
	}
}

func (b *bench) relayed(v any, machine string) {
	switch v := v.(type) {
	case map[string]any:
		if parameters, ok := v["Parameters"].(map[string]any); ok && parameters["FunctionName"] != nil {
			payload := parameters["Payload"].(map[string]any)
			payload["relay"] = machine + "/" + strings.Trim(parameters["FunctionName"].(string), "${}")
			parameters["FunctionName"] = relayName
			if b.carriers != nil {
				b.carriers.rewrite(v, payload)
			}
		}
		for _, inner := range v {
			b.relayed(inner, machine)
		}
	case []any:
		for _, inner := range v {
			b.relayed(inner, machine)
		}
	}
}

func (b *bench) template() string {
	return "arn:aws:states:us-east-1:" + b.account + ":stateMachine:{machine}"
}

func (b *bench) result(t *testing.T, machine, name string) workflowtest.Outcome {
	t.Helper()
	arn := strings.Replace(strings.Replace(b.template(), "{machine}", machine, 1), ":stateMachine:", ":execution:", 1) + ":" + name
	e, err := b.client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(arn)})
	if err != nil {
		t.Fatalf("DescribeExecution: %v", err)
	}
	o := workflowtest.Outcome{Status: string(e.Status), Error: aws.ToString(e.Error), Cause: aws.ToString(e.Cause)}
	if e.Output != nil && o.Error == "" { // an emulator repeats the error there
		o.Output = json.RawMessage(*e.Output)
	}
	return o
}

func (b *bench) harness(t *testing.T, cfg aws.Config) workflowtest.Harness {
	t.Helper()
	w, err := workflowaws.New(cfg, b.template())
	if err != nil {
		t.Fatal(err)
	}
	return workflowtest.Harness{Workflow: w, Define: b.define, Result: b.result}
}

// built is the relay's archive.
var built = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "tierkeep-relay-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary, "./relay")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+runtime.GOARCH, "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the relay: %w\n%s", err, said)
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	w, err := z.CreateHeader(header)
	if err == nil {
		_, err = w.Write(program)
	}
	err = errors.Join(err, z.Close())
	return archive.Bytes(), err
})

// deploy makes the relay's function, by Lambda's HTTP API: this is the only place in the project that needs it.
func deploy(t *testing.T, cfg aws.Config, address string) {
	t.Helper()
	archive, err := built()
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"FunctionName": relayName, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role, "Timeout": 60,
		"Code": map[string]any{"ZipFile": archive}, "Environment": map[string]any{"Variables": map[string]string{"RELAY": address}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, aws.ToString(cfg.BaseEndpoint)+"/2015-03-31/functions", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	who, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, who, request, hex.EncodeToString(sum[:]), "lambda", cfg.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if said, err := io.ReadAll(reply.Body); err != nil || reply.StatusCode != http.StatusCreated {
		t.Fatalf("make the relay: %s, %v\n%.500s", reply.Status, err, said)
	}
}
