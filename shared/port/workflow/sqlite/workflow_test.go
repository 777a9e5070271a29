package sqlite_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/workflow/workflowtest"
)

func TestConformance(t *testing.T) {
	workflowtest.Run(t, func(t *testing.T) workflowtest.Harness {
		c := clock.NewFake(time.Now())
		w := open(t, filetest.Open(t), c)
		run(t, w)
		return harness(w, c)
	})
}

func harness(w *sqlite.Workflow, c *clock.Fake) workflowtest.Harness {
	return workflowtest.Harness{
		Workflow: w, Clock: c,
		Define: func(t *testing.T, machine string, definition []byte, tasks map[string]workflow.Task) {
			t.Helper()
			if err := w.Define(machine, definition, tasks); err != nil {
				t.Fatalf("Define: %v", err)
			}
		},
		Result: func(t *testing.T, machine, name string) workflowtest.Outcome {
			t.Helper()
			e, err := w.Execution(t.Context(), machine, name)
			if err != nil {
				t.Fatalf("Execution: %v", err)
			}
			return workflowtest.Outcome(e)
		},
	}
}

func open(t *testing.T, file *sqlitefile.File, c clock.Clock) *sqlite.Workflow {
	t.Helper()
	w, err := sqlite.Open(file, c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// run lets executions go on until the test ends, or the returned function is called.
func run(t *testing.T, w *sqlite.Workflow) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error(errors.New("Run did not end"))
		}
	}
	t.Cleanup(stop)
	return stop
}
