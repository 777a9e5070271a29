package sqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/killtest"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/sqlite"
)

// everything is a machine with every type of state, a retry, catchers, branches that are ended, and answers to tokens.
const everything = `{"StartAt":"Pass","States":{
	"Pass":{"Type":"Pass","Result":[1,2,3],"ResultPath":"$.list","Next":"Task"},
	"Task":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
		"Parameters":{"FunctionName":"${Tasks}","Payload":{"task":"flaky"}},"TimeoutSeconds":36000,
		"ResultSelector":{"tries.$":"$.Payload"},"ResultPath":"$.task",
		"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"MaxAttempts":9}],"Next":"Choice"},
	"Choice":{"Type":"Choice","Choices":[{"Variable":"$.list[0]","NumericEquals":1,"Next":"Wait"}],"Default":"Wrong"},
	"Wrong":{"Type":"Fail","Error":"Wrong"},
	"Wait":{"Type":"Wait","Seconds":1,"Next":"Map"},
	"Map":{"Type":"Map","ItemsPath":"$.list","MaxConcurrency":2,"ResultPath":"$.map",
		"ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"Double","States":{
			"Double":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
				"Parameters":{"FunctionName":"${Tasks}","Payload":{"task":"double","n.$":"$"}},
				"ResultSelector":{"n.$":"$.Payload"},"OutputPath":"$.n","End":true}}},
		"Next":"Parallel"},
	"Parallel":{"Type":"Parallel","ResultPath":"$.parallel","Branches":[
		{"StartAt":"Answered","States":{"Answered":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
			"Parameters":{"FunctionName":"${Tasks}","Payload":{"task":"answer","token.$":"$$.Task.Token"}},"TimeoutSeconds":36000,"Next":"Kept"},
			"Kept":{"Type":"Pass","End":true}}},
		{"StartAt":"Ended","States":{"Ended":{"Type":"Succeed","InputPath":"$.list"}}}],
		"Next":"Failing"},
	"Failing":{"Type":"Parallel","Branches":[
		{"StartAt":"Never","States":{"Never":{"Type":"Wait","Seconds":90000000,"End":true}}},
		{"StartAt":"Denied","States":{"Denied":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
			"Parameters":{"FunctionName":"${Tasks}","Payload":{"task":"deny","token.$":"$$.Task.Token"}},"TimeoutSeconds":36000,"End":true}}}],
		"Catch":[{"ErrorEquals":["Refused"],"ResultPath":"$.caught","Next":"End"}],"Next":"Wrong"},
	"End":{"Type":"Succeed"}}}`

const outcome = `{"caught":{"Cause":"no","Error":"Refused"},"list":[1,2,3],"map":[2,4,6],"parallel":["answer",[1,2,3]],"task":{"tries":true}}`

// quick is a clock that runs faster than the machine's, the same for every process that works on a folder.
type quick struct{ began time.Time }

func (q quick) Now() time.Time {
	const faster = 200
	return q.began.Add(faster * time.Since(q.began)).UTC()
}

func clockOf(folder string) (quick, error) {
	name := filepath.Join(folder, "began")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(time.Now().Format(time.RFC3339Nano))
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		return quick{}, err
	}
	began, err := time.Parse(time.RFC3339Nano, string(text))
	return quick{began}, err
}

// world is an engine over a folder, with the functions of everything. What they did stands in the folder too.
type world struct {
	*sqlite.Workflow
	file *sqlitefile.File
}

func openWorld(folder string) (world, error) {
	c, err := clockOf(folder)
	if err != nil {
		return world{}, err
	}
	file, err := sqlitefile.Open(filepath.Join(folder, "data.sqlite"))
	if err != nil {
		return world{}, err
	}
	w, err := sqlite.Open(file, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return world{}, err
	}
	var mu sync.Mutex
	tasks := func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
		var r struct {
			Task, Token string
			N           int
		}
		if err := json.Unmarshal(input, &r); err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		calls := filepath.Join(folder, "calls")
		before, err := os.ReadFile(calls)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err := os.WriteFile(calls, append(before, []byte(r.Task+"\n")...), 0o600); err != nil {
			return nil, err
		}
		switch r.Task {
		case "flaky":
			if !strings.Contains(string(before), "flaky") {
				return nil, &workflow.Error{Code: "Busy", Cause: "again"}
			}
			return json.RawMessage(`true`), nil
		case "double":
			return fmt.Appendf(nil, "%d", 2*r.N), nil
		case "answer":
			err = w.Succeed(ctx, r.Token, json.RawMessage(`"answer"`))
		case "deny":
			err = w.Fail(ctx, r.Token, "Refused", "no")
		}
		if errors.Is(err, workflow.ErrNotWaiting) {
			err = nil // it was answered before the kill
		}
		return nil, err
	}
	return world{w, file}, w.Define("everything", []byte(everything), map[string]workflow.Task{"Tasks": tasks})
}

// finish begins the execution, which may have begun before, and waits for its end.
func (w world) finish(ctx context.Context) (e sqlite.Execution, err error) {
	if err := w.Start(ctx, "everything", "e", json.RawMessage(`{}`)); err != nil {
		return e, err
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if e, err = w.Execution(ctx, "everything", "e"); err != nil || e.Status != sqlite.Running {
			return e, err
		}
		if time.Now().After(deadline) {
			return e, errors.New("the execution did not end")
		}
	}
}

// toTheEnd runs an engine over the folder until the execution has ended as it should.
func toTheEnd(t *testing.T, folder string, reached func(place string)) {
	t.Helper()
	w, err := openWorld(folder)
	if err != nil {
		t.Fatal(err)
	}
	w.Reach(reached)
	stop := run(t, w.Workflow)
	e, err := w.finish(t.Context())
	stop()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(outcome, string(e.Output)); diff != "" || e.Status != sqlite.Succeeded {
		t.Errorf("%s %s %s (-want +got):\n%s", e.Status, e.Error, e.Cause, diff)
	}
	var left int
	if err := w.file.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM steps`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d steps are left, %v", left, err)
	}
	if err := w.file.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnExecutionThatIsKilledAnywhereEndsAsOneThatIsNot(t *testing.T) {
	var mu sync.Mutex
	var places []string
	toTheEnd(t, t.TempDir(), func(place string) {
		mu.Lock()
		defer mu.Unlock()
		places = append(places, place)
	})
	if len(places) < 40 {
		t.Fatalf("only %d places were reached: %v", len(places), places)
	}
	for n := range places {
		t.Run(fmt.Sprintf("killed at place %d", n+1), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			killtest.Kill(t, folder, 1, func(folder string, ack func(string)) { dieAt(t, n+1, folder, ack) })
			toTheEnd(t, folder, func(string) {})
		})
	}
}

// dieAt runs the execution and asks to be killed at the n-th place, where it goes no further.
func dieAt(t *testing.T, n int, folder string, ack func(string)) {
	w, err := openWorld(folder)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	reached := 0
	w.Reach(func(place string) {
		mu.Lock()
		reached++
		here := reached == n
		mu.Unlock()
		if here {
			ack(place)
			select {}
		}
	})
	go func() { _ = w.Run(context.Background()) }()
	if _, err := w.finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	ack("the end") // this time it came past fewer places
	select {}
}
