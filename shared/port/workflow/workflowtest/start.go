package workflowtest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

func testStart(t *testing.T, h Harness) {
	again := func(t *testing.T, machine, name, input string, want error) {
		t.Helper()
		if err := h.Workflow.Start(t.Context(), machine, name, json.RawMessage(input)); !errors.Is(err, want) {
			t.Errorf("Start: %v, want %v", err, want)
		}
	}

	t.Run("start: the same name and input begin nothing, while it runs and after its end", func(t *testing.T) {
		h.beside(t)
		machine, f := h.define(t, single(waiting(`"task":"keep"`, `,"TimeoutSeconds":600`)))
		h.start(t, machine, "e", `{"a":1,"b":2}`)
		token := within(t, f.tokens, "the task")
		again(t, machine, "e", `{ "b": 2, "a": 1 }`, nil)
		if err := h.Workflow.Succeed(t.Context(), token, json.RawMessage(`{}`)); err != nil {
			t.Fatalf("Succeed: %v", err)
		}
		h.want(t, machine, "e", Case{Output: `{}`})
		again(t, machine, "e", `{"a":1,"b":2}`, nil)
		if calls := f.called(); len(calls) != 1 {
			t.Errorf("the task was called %d times, want once", len(calls))
		}
	})

	t.Run("start: the same name with another input is refused, while it runs and after its end", func(t *testing.T) {
		h.beside(t)
		machine, f := h.define(t, single(waiting(`"task":"keep"`, `,"TimeoutSeconds":600`)))
		h.start(t, machine, "e", `{"a":1}`)
		token := within(t, f.tokens, "the task")
		again(t, machine, "e", `{"a":2}`, workflow.ErrStarted)
		if err := h.Workflow.Succeed(t.Context(), token, json.RawMessage(`{"x":1}`)); err != nil {
			t.Fatalf("Succeed: %v", err)
		}
		h.want(t, machine, "e", Case{Output: `{"x":1}`})
		again(t, machine, "e", `{"a":2}`, workflow.ErrStarted)
	})

	t.Run("start: racing starts of one name begin one execution", func(t *testing.T) {
		h.beside(t)
		machine, f := h.define(t, single(task(`"task":"linger","value":1`, payloadOnly)))
		failed := make(chan error)
		const racers = 8
		for range racers {
			go func() { failed <- h.Workflow.Start(t.Context(), machine, "e", json.RawMessage(`{}`)) }()
		}
		for range racers {
			if err := <-failed; err != nil {
				t.Errorf("Start: %v", err)
			}
		}
		h.want(t, machine, "e", Case{Output: `{"got":1}`})
		if calls := f.called(); len(calls) != 1 {
			t.Errorf("the task was called %d times, want once", len(calls))
		}
	})

	t.Run("start: machines have their own names of executions", func(t *testing.T) {
		h.beside(t)
		for _, input := range []string{`{"a":1}`, `{"a":2}`} {
			machine, _ := h.define(t, single(`"Type":"Pass"`))
			h.start(t, machine, "e", input)
			h.want(t, machine, "e", Case{Output: input})
		}
	})

	t.Run("start: a machine that is not there fails", func(t *testing.T) {
		h.beside(t)
		if err := h.Workflow.Start(t.Context(), unique(), "e", json.RawMessage(`{}`)); err == nil {
			t.Error("Start succeeded")
		}
	})

	t.Run("start: executions do not wait for each other", func(t *testing.T) {
		h.beside(t)
		machine, f := h.define(t, machine(
			end("A", `"Type":"Choice","Choices":[{"Variable":"$.block","BooleanEquals":true,"Next":"B"}],"Default":"C"`),
			state("B", task(`"task":"block","value":1`, payloadOnly), ""), end("C", `"Type":"Succeed"`)))
		h.start(t, machine, "slow", `{"block":true}`)
		h.start(t, machine, "fast", `{"block":false}`)
		h.want(t, machine, "fast", Case{Output: `{"block":false}`})
		h.wantRunning(t, machine, "slow")
		close(f.release)
		h.want(t, machine, "slow", Case{Output: `{"got":1}`})
	})
}

func testLimits(t *testing.T, h Harness) {
	machine, _ := h.define(t, machine(end("A", `"Type":"Succeed"`)))
	padded := func(size int) string { return `{"x":"` + strings.Repeat("x", size-len(`{"x":""}`)) + `"}` }
	tests := []struct {
		name, machine, execution, input string
		fits                            bool
	}{
		{"an input of 256 KB", machine, "big", padded(workflow.MaxDataBytes), true},
		{"a larger input", machine, "larger", padded(workflow.MaxDataBytes + 1), false},
		{"an input that is no object", machine, "array", `[1]`, false},
		{"an input that is not JSON", machine, "broken", `{`, false},
		{"an input of two objects", machine, "two", `{}{}`, false},
		{"an input that is not UTF-8", machine, "utf", "{\"x\":\"\xff\"}", false},
		{"no input", machine, "none", ``, false},
		{"a name of 80 characters", machine, strings.Repeat("n", 80), `{}`, true},
		{"a name of every kind of character", machine, "aZ09._-", `{}`, true},
		{"a name of 81 characters", machine, strings.Repeat("n", 81), `{}`, false},
		{"no name", machine, "", `{}`, false},
		{"a name with a colon", machine, "a:b", `{}`, false},
		{"a name with a line break at its end", machine, "a\n", `{}`, false},
		{"a machine with a colon", "a:b", "m", `{}`, false},
	}
	for _, tt := range tests {
		t.Run("limits: "+tt.name, func(t *testing.T) {
			h.beside(t)
			if len(tt.input) == workflow.MaxDataBytes {
				h.needs(t, FullInputs)
			}
			err := h.Workflow.Start(t.Context(), tt.machine, tt.execution, json.RawMessage(tt.input))
			if tt.fits != (err == nil) || !tt.fits && !errors.Is(err, workflow.ErrLimit) {
				t.Fatalf("Start: %v", err)
			}
			if tt.fits {
				h.want(t, machine, tt.execution, Case{Output: tt.input})
			}
		})
	}

	t.Run("limits: a result is JSON of at most 256 KB, an error's code its own", func(t *testing.T) {
		h.beside(t)
		ctx := t.Context()
		for _, result := range []string{"", "{", `"` + strings.Repeat("x", workflow.MaxDataBytes) + `"`} {
			if err := h.Workflow.Succeed(ctx, "token", json.RawMessage(result)); !errors.Is(err, workflow.ErrLimit) {
				t.Errorf("Succeed with %.10s: %v, want ErrLimit", result, err)
			}
		}
		for _, code := range []string{"", "States.Timeout", strings.Repeat("c", workflow.MaxCodeBytes+1)} {
			if err := h.Workflow.Fail(ctx, "token", code, ""); !errors.Is(err, workflow.ErrLimit) {
				t.Errorf("Fail with %.20s: %v, want ErrLimit", code, err)
			}
		}
		if err := h.Workflow.Fail(ctx, "token", "Code", strings.Repeat("c", workflow.MaxCauseBytes+1)); !errors.Is(err, workflow.ErrLimit) {
			t.Errorf("Fail with a long cause: %v, want ErrLimit", err)
		}
	})
}
