package sqlite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/sqlite"
)

// calls is a machine that calls ${Tasks} with its input and gives on what comes back.
func calls(more string) string {
	return `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
		"Parameters":{"FunctionName":"${Tasks}","Payload.$":"$"},"ResultSelector":{"got.$":"$.Payload"}` + more + `,"End":true}}}`
}

const retries = `,"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":10,"MaxAttempts":1,"JitterStrategy":"FULL"}]`

func define(t *testing.T, w *sqlite.Workflow, machine, definition string, task workflow.Task) {
	t.Helper()
	if err := w.Define(machine, []byte(definition), map[string]workflow.Task{"Tasks": task}); err != nil {
		t.Fatalf("Define: %v", err)
	}
}

func start(t *testing.T, w *sqlite.Workflow, machine, name, input string) {
	t.Helper()
	if err := w.Start(t.Context(), machine, name, json.RawMessage(input)); err != nil {
		t.Fatalf("Start: %v", err)
	}
}

// ended waits for the end of an execution.
func ended(t *testing.T, w *sqlite.Workflow, machine, name string) sqlite.Execution {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		e, err := w.Execution(t.Context(), machine, name)
		if err != nil {
			t.Fatalf("Execution: %v", err)
		}
		if e.Status != sqlite.Running {
			return e
		}
		if time.Now().After(deadline) {
			t.Fatal("the execution did not end")
		}
	}
}

func wantOutput(t *testing.T, e sqlite.Execution, want string) {
	t.Helper()
	if e.Status != sqlite.Succeeded || string(e.Output) != want {
		t.Errorf("%s %s %s %s, want %s", e.Status, e.Output, e.Error, e.Cause, want)
	}
}

func echo(_ context.Context, input json.RawMessage) (json.RawMessage, error) { return input, nil }

func TestAMachineIsRefusedThatDoesNotLoadOrLacksAFunction(t *testing.T) {
	w := open(t, filetest.Open(t), clock.System{})
	if err := w.Define("m", []byte(`{}`), nil); err == nil {
		t.Error("a definition that does not load was taken")
	}
	err := w.Define("m", []byte(calls("")), map[string]workflow.Task{"Others": echo})
	if err == nil || !strings.Contains(err.Error(), "no function is given for ${Tasks}") {
		t.Errorf("got %v", err)
	}
}

func TestWhatBeganGoesOnInTheNextProcessWithTheDefinitionThatItBeganWith(t *testing.T) {
	file, c := filetest.Open(t), clock.NewFake(time.Now())
	waits := `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"Next":"A"},` + strings.TrimPrefix(calls(""), `{"StartAt":"A","States":{`)
	old := open(t, file, c)
	define(t, old, "m", waits, echo)
	stop := run(t, old)
	start(t, old, "m", "e", `{"a":1}`)
	stop()

	w := open(t, file, c)
	define(t, w, "m", strings.ReplaceAll(waits, `"W"`, `"Other"`), func(context.Context, json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(`"new function"`), nil
	})
	run(t, w)
	start(t, w, "m", "f", `{}`)
	c.Advance(time.Minute)
	wantOutput(t, ended(t, w, "m", "e"), `{"got":"new function"}`)
	c.Advance(time.Minute)
	wantOutput(t, ended(t, w, "m", "f"), `{"got":"new function"}`)
}

func TestAMachineThatIsNotDefinedYetHoldsUpNoOther(t *testing.T) {
	file := filetest.Open(t)
	old := open(t, file, clock.System{})
	define(t, old, "a", calls(""), echo)
	start(t, old, "a", "e", `{}`)

	w := open(t, file, clock.System{})
	define(t, w, "b", calls(""), echo)
	run(t, w)
	start(t, w, "b", "e", `{}`)
	wantOutput(t, ended(t, w, "b", "e"), `{"got":{}}`)
	define(t, w, "a", calls(""), echo)
	wantOutput(t, ended(t, w, "a", "e"), `{"got":{}}`)
}

func TestATaskWhoseProcessEndsIsCalledAgain(t *testing.T) {
	file := filetest.Open(t)
	begun := make(chan struct{})
	old := open(t, file, clock.System{})
	define(t, old, "m", calls(""), func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	stop := run(t, old)
	start(t, old, "m", "e", `{}`)
	<-begun
	stop()

	w := open(t, file, clock.System{})
	define(t, w, "m", calls(""), echo)
	run(t, w)
	wantOutput(t, ended(t, w, "m", "e"), `{"got":{}}`)
}

func TestWhatATaskDidWhileTheProcessEndedIsNotDoneAgain(t *testing.T) {
	file := filetest.Open(t)
	begun := make(chan struct{})
	w := open(t, file, clock.System{})
	define(t, w, "m", calls(""), func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		close(begun) // which panics where it is called twice
		<-ctx.Done()
		return input, nil
	})
	stop := run(t, w)
	start(t, w, "m", "e", `{"a":1}`)
	<-begun
	stop()
	if e, err := w.Execution(t.Context(), "m", "e"); err != nil || e.Status != sqlite.Succeeded {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestATimeoutTellsTheTaskAndDropsWhatComesLate(t *testing.T) {
	c := clock.NewFake(time.Now())
	w := open(t, filetest.Open(t), c)
	told, begun := make(chan struct{}), make(chan struct{})
	define(t, w, "m", calls(`,"TimeoutSeconds":60`), func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
		close(begun)
		<-ctx.Done()
		close(told)
		return json.RawMessage(`"late"`), nil
	})
	run(t, w)
	start(t, w, "m", "e", `{}`)
	<-begun
	c.Advance(time.Minute)
	<-told
	if e := ended(t, w, "m", "e"); e.Status != sqlite.Failed || e.Error != "States.Timeout" {
		t.Errorf("%+v", e)
	}
}

func TestAResultThatComesAtTheTimeoutsMomentIsTooLate(t *testing.T) {
	c := clock.NewFake(time.Now())
	w := open(t, filetest.Open(t), c)
	define(t, w, "m", calls(`,"TimeoutSeconds":60`), func(context.Context, json.RawMessage) (json.RawMessage, error) {
		c.Advance(time.Minute)
		return json.RawMessage(`1`), nil
	})
	run(t, w)
	start(t, w, "m", "e", `{}`)
	if e := ended(t, w, "m", "e"); e.Error != "States.Timeout" {
		t.Errorf("%+v", e)
	}
}

func TestAnAnswerBeforeTheFunctionReturnsCountsAndTheNextTaskDoesNotWaitForIt(t *testing.T) {
	w := open(t, filetest.Open(t), clock.System{})
	release := make(chan struct{})
	definition := `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
		"Parameters":{"FunctionName":"${Tasks}","Payload":{"token.$":"$$.Task.Token"}},"TimeoutSeconds":600,"Next":"A"},` + strings.TrimPrefix(calls(""), `{"StartAt":"A","States":{`)
	define(t, w, "m", definition, func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		var r struct{ Token string }
		if err := json.Unmarshal(input, &r); err != nil {
			return nil, err
		}
		if r.Token == "" {
			return input, nil
		}
		if err := w.Succeed(ctx, r.Token, json.RawMessage(`{"b":2}`)); err != nil {
			return nil, err
		}
		<-release
		return nil, errors.New("nobody hears this")
	})
	run(t, w)
	start(t, w, "m", "e", `{}`)
	wantOutput(t, ended(t, w, "m", "e"), `{"got":{"b":2}}`)
	close(release)
}

func TestARetryWaitsOverARestart(t *testing.T) {
	file, c := filetest.Open(t), clock.NewFake(time.Now())
	var tries atomic.Int64
	flaky := func(_ context.Context, input json.RawMessage) (json.RawMessage, error) {
		if tries.Add(1) == 1 {
			return nil, errors.New("broken")
		}
		return input, nil
	}
	old := open(t, file, c)
	failed := make(chan struct{}, 10)
	old.Reach(func(place string) {
		if place == "move" && tries.Load() == 1 {
			failed <- struct{}{}
		}
	})
	old.Draw(func() float64 { return 0.5 })
	define(t, old, "m", calls(retries), flaky)
	stop := run(t, old)
	start(t, old, "m", "e", `{}`)
	<-failed
	stop()

	w := open(t, file, c)
	define(t, w, "m", calls(retries), flaky)
	run(t, w)
	c.Advance(5*time.Second - time.Nanosecond)
	time.Sleep(150 * time.Millisecond)
	if n := tries.Load(); n != 1 {
		t.Fatalf("%d tries before half of the 10 s were over", n)
	}
	c.Advance(time.Nanosecond)
	wantOutput(t, ended(t, w, "m", "e"), `{"got":{}}`)
}

func TestAResultBeyondTheLimitEndsTheExecutionAndNothingCatchesIt(t *testing.T) {
	w := open(t, filetest.Open(t), clock.System{})
	define(t, w, "m", strings.Replace(calls(`,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}]`), `{"StartAt":"A","States":{`, `{"StartAt":"A","States":{"B":{"Type":"Succeed"},`, 1),
		func(context.Context, json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage(`"` + strings.Repeat("x", workflow.MaxDataBytes) + `"`), nil
		})
	run(t, w)
	start(t, w, "m", "e", `{}`)
	if e := ended(t, w, "m", "e"); e.Error != "States.DataLimitExceeded" {
		t.Errorf("%s %s", e.Status, e.Error)
	}
}

func TestDataThatGrowsBeyondTheLimitEndsTheExecution(t *testing.T) {
	w := open(t, filetest.Open(t), clock.System{})
	if err := w.Define("m", []byte(`{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"End":true}}}`), nil); err != nil {
		t.Fatal(err)
	}
	run(t, w)
	start(t, w, "m", "e", `{"x":"`+strings.Repeat("x", workflow.MaxDataBytes/2)+`"}`)
	if e := ended(t, w, "m", "e"); e.Error != "States.DataLimitExceeded" {
		t.Errorf("%s %s", e.Status, e.Error)
	}
}

func TestAResultThatIsNotJSONIsAnErrorOfTheTask(t *testing.T) {
	w := open(t, filetest.Open(t), clock.System{})
	define(t, w, "m", calls(""), func(context.Context, json.RawMessage) (json.RawMessage, error) { return json.RawMessage(`{`), nil })
	run(t, w)
	start(t, w, "m", "e", `{}`)
	if e := ended(t, w, "m", "e"); e.Error != "Task.Failed" || e.Cause != `{"errorMessage":"the result is not JSON","errorType":"Task.Failed"}` {
		t.Errorf("%s %s", e.Error, e.Cause)
	}
}

func TestExecutionsAreRememberedForNinetyDaysAfterTheirEnd(t *testing.T) {
	file, c := filetest.Open(t), clock.NewFake(time.Now())
	w := open(t, file, c)
	define(t, w, "m", calls(""), echo)
	stop := run(t, w)
	start(t, w, "m", "e", `{"a":1}`)
	ended(t, w, "m", "e")
	stop()
	start(t, w, "m", "running", `{}`)

	const day = 24 * time.Hour
	c.Advance(90*day - time.Nanosecond)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context(), "m", "e", json.RawMessage(`{"a":2}`)); !errors.Is(err, workflow.ErrStarted) {
		t.Errorf("after 90 days: %v, want ErrStarted", err)
	}
	c.Advance(time.Nanosecond)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Execution(t.Context(), "m", "e"); !errors.Is(err, sqlite.ErrUnknown) {
		t.Errorf("behind 90 days: %v, want ErrUnknown", err)
	}
	if e, err := w.Execution(t.Context(), "m", "running"); err != nil || e.Status != sqlite.Running {
		t.Errorf("what runs is %+v, %v", e, err)
	}
	start(t, w, "m", "e", `{"a":2}`)
}

func TestRunSweeps(t *testing.T) {
	c := clock.NewFake(time.Now())
	w := open(t, filetest.Open(t), c)
	define(t, w, "m", calls(""), echo)
	run(t, w)
	start(t, w, "m", "e", `{}`)
	ended(t, w, "m", "e")
	c.Advance(91 * 24 * time.Hour)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := w.Execution(t.Context(), "m", "e"); errors.Is(err, sqlite.ErrUnknown) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not swept")
		}
	}
}

// safe is a buffer that several goroutines write to.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestWhatFailedAndPanickedIsLogged(t *testing.T) {
	var log safe
	w, err := sqlite.Open(filetest.Open(t), clock.System{}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	define(t, w, "m", calls(""), func(context.Context, json.RawMessage) (json.RawMessage, error) { panic("ouch") })
	stop := run(t, w)
	start(t, w, "m", "e", `{}`)
	if e := ended(t, w, "m", "e"); strings.Contains(e.Cause, "ouch") {
		t.Errorf("the execution tells the panic: %s", e.Cause)
	}
	stop()
	for _, want := range []string{`msg="a task panicked"`, "panic=ouch", `msg="an execution failed" machine=m execution=e state=A error=Task.Failed`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, log.String())
		}
	}
}

func TestAFileThatCannotBeWrittenLosesNothing(t *testing.T) {
	file := filetest.Open(t)
	w := open(t, file, clock.System{})
	define(t, w, "m", calls(""), echo)
	start(t, w, "m", "e", `{}`)
	if err := file.Schema(`CREATE TRIGGER full BEFORE UPDATE ON steps BEGIN SELECT raise(ABORT, 'the disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	run(t, w)
	time.Sleep(100 * time.Millisecond)
	if e, err := w.Execution(t.Context(), "m", "e"); err != nil || e.Status != sqlite.Running {
		t.Errorf("%+v, %v", e, err)
	}
	if err := file.Schema(`DROP TRIGGER full`); err != nil {
		t.Fatal(err)
	}
	wantOutput(t, ended(t, w, "m", "e"), `{"got":{}}`)
}

// How long moves take does not grow with the executions that wait.
func BenchmarkExecution(b *testing.B) {
	for _, waiting := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("beside %d that wait", waiting), func(b *testing.B) { benchmark(b, filetest.Open(b), waiting) })
	}
}

func benchmark(b *testing.B, file *sqlitefile.File, waiting int) {
	w, err := sqlite.Open(file, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	definition := `{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.wait","BooleanEquals":true,"Next":"W"}],"Default":"E"},
		"W":{"Type":"Wait","Seconds":99999999,"Next":"E"},"E":{"Type":"Succeed"}}}`
	if err := w.Define("m", []byte(definition), nil); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	for n := range waiting {
		if err := w.Start(ctx, "m", fmt.Sprint("w", n), json.RawMessage(`{"wait":true}`)); err != nil {
			b.Fatal(err)
		}
	}
	go func() { stopped <- w.Run(ctx) }()
	wait := func(status string, query string, args ...any) {
		for {
			var n int
			if err := file.Reader().QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
				b.Fatalf("%s: %v", status, err)
			}
			if n == 0 {
				return
			}
			time.Sleep(100 * time.Microsecond)
		}
	}
	wait("settle", `SELECT count(*) FROM steps WHERE phase = 'ready'`)
	n := 0
	for b.Loop() {
		n++
		name := fmt.Sprint("e", n)
		if err := w.Start(ctx, "m", name, json.RawMessage(`{"wait":false}`)); err != nil {
			b.Fatal(err)
		}
		wait("end", `SELECT count(*) FROM executions WHERE machine = 'm' AND name = ? AND ended IS NULL`, name)
	}
	cancel()
	if err := <-stopped; err != nil {
		b.Error(err)
	}
}
