// Package workflowtest is the suite that every engine of the workflow port passes.
package workflowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// Harness is an engine under test. Executions go on by themselves.
type Harness struct {
	Workflow workflow.Workflow
	// Clock is what the engine tells times by. Nil where it tells them by its own clock: then the suite waits.
	Clock *clock.Fake
	// Define gives a machine its definition and the functions behind its tasks.
	Define func(t *testing.T, machine string, definition []byte, tasks map[string]workflow.Task)
	// Result tells how an execution stands.
	Result func(t *testing.T, machine, name string) Outcome
	// Lacks is what an endpoint cannot do; Skip skips a test for that reason.
	Lacks []Ability
	Skip  func(t *testing.T, a Ability)
	// Patience is how long the suite waits for the end of an execution. 0: 20 seconds.
	Patience time.Duration
}

// Outcome is how an execution stands: RUNNING, SUCCEEDED or FAILED.
type Outcome struct {
	Status       string
	Output       json.RawMessage
	Error, Cause string
}

// Ability is something that an endpoint may lack.
type Ability string

// The abilities that not every endpoint has; every engine that runs in production has them.
const (
	Heartbeats      Ability = "missed heartbeats end a task"
	TimeoutPaths    Ability = "a timeout may stand in the data"
	TokenFailures   Ability = "a function that fails ends the task that would wait for its token"
	TokensPerTry    Ability = "every try of a waiting task has a token of its own"
	DeadTokens      Ability = "a token is answered once"
	Uncaught        Ability = "nothing catches States.Runtime"
	MissingPaths    Ability = "a path to nothing is an error"
	ComparedPaths   Ability = "every comparison with a path"
	PresentNull     Ability = "a null is present"
	StoppedBranches Ability = "a branch that fails ends those beside it at once"
	EscapedStars    Ability = "an escaped star matches a star"
	KeptValues      Ability = "a result path does not replace what is no object"
	Booleans        Ability = "a boolean is no number"
	MaxDelays       Ability = "a delay between tries has a bound"
	Formats         Ability = "values are shown as JSON shows them"
	Escapes         Ability = "a backslash in a call means what the specification says"
	HeartbeatNames  Ability = "a missed heartbeat has its own error"
	SpareHeartbeats Ability = "a heartbeat that nobody asked for is no error"
	NoMatch         Ability = "a Choice without a match has its own error"
	Timestamps      Ability = "timestamps in every form of RFC 3339"
	Fractions       Ability = "a Wait ends at a fraction of a second"
	FullInputs      Ability = "an input of the full size passes"
)

// Run proves the promises of the port and the rules of the language. New is called once.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	h := newHarness(t)
	cases := Cases()
	differs := make([]func(*testing.T) string, len(cases))
	for i, c := range cases {
		if h.Clock == nil && !slices.Contains(h.Lacks, c.Needs) {
			differs[i] = h.Begin(t, c) // before the first is looked at: what waits, waits side by side
		}
	}
	for i, c := range cases {
		t.Run(c.Rule, func(t *testing.T) {
			h.needs(t, c.Needs)
			if differs[i] == nil {
				differs[i] = h.Begin(t, c)
			}
			if diff := differs[i](t); diff != "" {
				t.Error(diff)
			}
		})
	}
	testStart(t, h)
	testTokens(t, h)
	testRetries(t, h)
	testBranches(t, h)
	testLimits(t, h)
}

// beside lets a test run beside others where the clock is nobody's.
func (h Harness) beside(t *testing.T) {
	t.Helper()
	if h.Clock == nil {
		t.Parallel()
	}
}

func (h Harness) needs(t *testing.T, a Ability) {
	t.Helper()
	if slices.Contains(h.Lacks, a) {
		h.Skip(t, a)
	}
}

const patience = 20 * time.Second

var (
	began = time.Now()
	count atomic.Int64
)

// unique is a name that no other execution or machine has.
func unique() string {
	return "tierkeep-test-" + strconv.FormatInt(began.UnixNano(), 36) + "-" + strconv.FormatInt(count.Add(1), 10)
}

// Begin starts a case. What it returns waits for the end, and tells how what happened differs from what the case's rule says.
func (h Harness) Begin(t *testing.T, c Case) (differs func(t *testing.T) string) {
	t.Helper()
	machine, f := h.define(t, c.Definition)
	input := c.Input
	if input == "" {
		input = `{}`
	}
	h.start(t, machine, "e", input)
	began := time.Now()
	return func(t *testing.T) string {
		t.Helper()
		got := h.outcomeSince(t, began, machine, "e")
		diff := cmp.Diff(c.shown(), got.shown(c))
		if c.Calls != nil {
			diff += cmp.Diff(c.Calls, f.called())
		}
		if diff != "" {
			diff = "(-want +got):\n" + diff + "\ncause: " + got.Cause
		}
		return diff
	}
}

// define defines a machine that has only this test's functions.
func (h Harness) define(t *testing.T, definition string) (machine string, f *functions) {
	t.Helper()
	machine, f = unique(), newFunctions(h.Workflow)
	h.Define(t, machine, []byte(definition), map[string]workflow.Task{"Tasks": f.call})
	return machine, f
}

func (h Harness) start(t *testing.T, machine, name, input string) {
	t.Helper()
	if err := h.Workflow.Start(t.Context(), machine, name, json.RawMessage(input)); err != nil {
		t.Fatalf("Start: %v", err)
	}
}

// outcome waits for the end of an execution, and lets time pass while it waits. One that does not end is returned RUNNING.
func (h Harness) outcome(t *testing.T, machine, name string) Outcome {
	t.Helper()
	return h.outcomeSince(t, time.Now(), machine, name)
}

func (h Harness) outcomeSince(t *testing.T, began time.Time, machine, name string) Outcome {
	t.Helper()
	const look, pass = 10 * time.Millisecond, 100 * time.Millisecond
	limit := h.Patience
	if limit == 0 {
		limit = patience
	}
	for deadline := began.Add(limit); ; time.Sleep(look) {
		o := h.Result(t, machine, name)
		if o.Status != "RUNNING" {
			return o
		}
		if time.Now().After(deadline) {
			return o // which no case wants
		}
		if h.Clock != nil {
			h.Clock.Advance(pass)
		}
	}
}

// wantRunning gives an execution a moment in which it does not end.
func (h Harness) wantRunning(t *testing.T, machine, name string) {
	t.Helper()
	time.Sleep(150 * time.Millisecond)
	if o := h.Result(t, machine, name); o.Status != "RUNNING" {
		t.Fatalf("the execution has ended: %s %s %s", o.Status, o.Error, o.Output)
	}
}

// pass lets time pass.
func (h Harness) pass(d time.Duration) {
	if h.Clock != nil {
		h.Clock.Advance(d)
	} else {
		time.Sleep(d)
	}
}

func (h Harness) now() time.Time {
	if h.Clock != nil {
		return h.Clock.Now()
	}
	return time.Now()
}

// want checks how an execution ends.
func (h Harness) want(t *testing.T, machine, name string, c Case) {
	t.Helper()
	got := h.outcome(t, machine, name)
	if diff := cmp.Diff(c.shown(), got.shown(c)); diff != "" {
		t.Fatalf("(-want +got):\n%s\ncause: %s", diff, got.Cause)
	}
}

// shown are the parts of an outcome that a case says something about, written alike.
func (o Outcome) shown(c Case) map[string]string {
	m := map[string]string{"status": o.Status, "error": o.Error, "output": spelled(o.Output)}
	if c.Cause != "" {
		m["cause"] = o.Cause
	}
	return m
}

func (c Case) shown() map[string]string {
	m := map[string]string{"status": "SUCCEEDED", "error": c.Error, "output": spelled(json.RawMessage(c.Output))}
	if c.Error != "" {
		m["status"] = "FAILED"
	}
	if c.Cause != "" {
		m["cause"] = c.Cause
	}
	return m
}

func spelled(data json.RawMessage) string {
	if len(data) == 0 {
		return ""
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return fmt.Sprintf("not JSON: %s", data)
	}
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// within waits for something that another goroutine sends.
func within[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case v = <-c:
	case <-ctx.Done():
		t.Fatalf("%s did not happen within %s", what, patience)
	}
	return v
}
