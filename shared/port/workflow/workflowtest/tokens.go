package workflowtest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

func testTokens(t *testing.T, h Harness) {
	keep := func(more string) string { return waiting(`"task":"keep"`, more) }
	// begin starts a machine that keeps its token, and returns the token.
	begin := func(t *testing.T, definition string) (machine string, f *functions, token string) {
		t.Helper()
		machine, f = h.define(t, definition)
		h.start(t, machine, "e", `{"a":1}`)
		return machine, f, within(t, f.tokens, "the task")
	}

	t.Run("token: the task waits until it is answered, and the answer is its result", func(t *testing.T) {
		h.beside(t)
		machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600,"ResultPath":"$.r"`)))
		h.wantRunning(t, machine, "e")
		h.answer(t, token, `{"b":2}`, nil)
		h.want(t, machine, "e", Case{Output: `{"a":1,"r":{"b":2}}`})
	})

	t.Run("token: a result may be any JSON", func(t *testing.T) {
		h.beside(t)
		for _, result := range []string{`null`, `[1]`, `"x"`, `7`} {
			machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600`)))
			h.answer(t, token, result, nil)
			h.want(t, machine, "e", Case{Output: result})
		}
	})

	t.Run("token: an error is retried and caught by its code", func(t *testing.T) {
		h.beside(t)
		machine, f, token := begin(t, catching(keep(`,"TimeoutSeconds":600,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"MaxAttempts":1}]`), `"Busy"`))
		h.deny(t, token, "Busy", nil)
		if h.Clock != nil {
			h.pass(2 * time.Second)
		}
		h.deny(t, within(t, f.tokens, "the second try"), "Busy", nil)
		h.want(t, machine, "e", Case{Output: `{"caught":"Busy"}`})
	})

	t.Run("token: an error that nothing catches ends the execution with its code and cause", func(t *testing.T) {
		h.beside(t)
		machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600`)))
		h.deny(t, token, "Refused", nil)
		h.want(t, machine, "e", Case{Error: "Refused", Cause: "because"})
	})

	t.Run("token: is answered once", func(t *testing.T) {
		h.beside(t)
		h.needs(t, DeadTokens)
		machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600`)))
		h.answer(t, token, `{"b":2}`, nil)
		h.answer(t, token, `{"b":3}`, workflow.ErrNotWaiting)
		h.deny(t, token, "Refused", workflow.ErrNotWaiting)
		h.beat(t, token, workflow.ErrNotWaiting)
		h.want(t, machine, "e", Case{Output: `{"b":2}`})
	})

	t.Run("token: one that never was is refused", func(t *testing.T) {
		h.beside(t)
		for _, token := range []string{"", "no such token", strings.Repeat("t", 3000), "\xff"} {
			h.answer(t, token, `{}`, workflow.ErrNotWaiting)
			h.deny(t, token, "Refused", workflow.ErrNotWaiting)
			h.beat(t, token, workflow.ErrNotWaiting)
		}
	})

	t.Run("token: an answer after the timeout is refused", func(t *testing.T) {
		h.beside(t)
		machine, _, token := begin(t, catching(keep(`,"TimeoutSeconds":1`), `"States.Timeout"`))
		h.pass(1200 * time.Millisecond)
		h.want(t, machine, "e", Case{Output: `{"caught":"States.Timeout"}`})
		h.answer(t, token, `{}`, workflow.ErrNotWaiting)
	})

	t.Run("token: an answer at the timeout's moment is refused, one a moment before counts", func(t *testing.T) {
		if h.Clock == nil {
			t.Skip("only a clock that stands still shows a moment")
		}
		machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600`)))
		h.pass(600*time.Second - time.Nanosecond)
		h.answer(t, token, `{"b":2}`, nil)
		h.want(t, machine, "e", Case{Output: `{"b":2}`})
		machine, _, token = begin(t, single(keep(`,"TimeoutSeconds":600`)))
		h.pass(600 * time.Second)
		h.answer(t, token, `{"b":2}`, workflow.ErrNotWaiting)
		h.want(t, machine, "e", Case{Error: "States.Timeout"})
	})

	t.Run("token: of an earlier try is refused", func(t *testing.T) {
		h.beside(t)
		h.needs(t, TokensPerTry)
		machine, f, first := begin(t, single(keep(`,"TimeoutSeconds":600,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1}]`)))
		h.deny(t, first, "Busy", nil)
		if h.Clock != nil {
			h.pass(2 * time.Second)
		}
		second := within(t, f.tokens, "the second try")
		if first == second {
			t.Fatal("the second try has the first one's token")
		}
		h.answer(t, first, `{"b":1}`, workflow.ErrNotWaiting)
		h.answer(t, second, `{"b":2}`, nil)
		h.want(t, machine, "e", Case{Output: `{"b":2}`})
	})

	t.Run("token: heartbeats keep a task waiting", func(t *testing.T) {
		h.beside(t)
		h.needs(t, Heartbeats)
		machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600,"HeartbeatSeconds":2`)))
		for range 3 {
			h.pass(time.Second)
			h.beat(t, token, nil)
		}
		h.answer(t, token, `{"b":2}`, nil)
		h.want(t, machine, "e", Case{Output: `{"b":2}`})
	})

	t.Run("token: a heartbeat that nobody asked for is no error", func(t *testing.T) {
		h.beside(t)
		h.needs(t, SpareHeartbeats)
		machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600`)))
		h.beat(t, token, nil)
		h.answer(t, token, `{"b":2}`, nil)
		h.want(t, machine, "e", Case{Output: `{"b":2}`})
	})

	t.Run("token: racing answers count once", func(t *testing.T) {
		h.beside(t)
		h.needs(t, DeadTokens)
		machine, _, token := begin(t, single(keep(`,"TimeoutSeconds":600`)))
		const racers = 8
		answered := make(chan error)
		for range racers {
			go func() {
				answered <- h.Workflow.Succeed(context.WithoutCancel(t.Context()), token, json.RawMessage(`{"b":2}`))
			}()
		}
		won := 0
		for range racers {
			switch err := <-answered; {
			case err == nil:
				won++
			case !errors.Is(err, workflow.ErrNotWaiting):
				t.Errorf("Succeed: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d answers counted, want one", won)
		}
		h.want(t, machine, "e", Case{Output: `{"b":2}`})
	})

	t.Run("token: a task may go on to one that waits too", func(t *testing.T) {
		h.beside(t)
		machine, f, first := begin(t, machine(state("A", keep(`,"TimeoutSeconds":600`), "B"), state("B", keep(`,"TimeoutSeconds":600`), "")))
		h.answer(t, first, `{"b":1}`, nil)
		h.answer(t, within(t, f.tokens, "the second task"), `{"b":2}`, nil)
		h.want(t, machine, "e", Case{Output: `{"b":2}`})
	})
}

func (h Harness) answer(t *testing.T, token, result string, want error) {
	t.Helper()
	if err := h.Workflow.Succeed(t.Context(), token, json.RawMessage(result)); !errors.Is(err, want) {
		t.Errorf("Succeed: %v, want %v", err, want)
	}
}

func (h Harness) deny(t *testing.T, token, code string, want error) {
	t.Helper()
	if err := h.Workflow.Fail(t.Context(), token, code, "because"); !errors.Is(err, want) {
		t.Errorf("Fail: %v, want %v", err, want)
	}
}

func (h Harness) beat(t *testing.T, token string, want error) {
	t.Helper()
	if err := h.Workflow.Heartbeat(t.Context(), token); !errors.Is(err, want) {
		t.Errorf("Heartbeat: %v, want %v", err, want)
	}
}
