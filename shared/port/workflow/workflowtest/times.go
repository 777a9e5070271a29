package workflowtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// at is a definition's timestamp.
func at(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func testRetries(t *testing.T, h Harness) {
	t.Run("wait: until a timestamp and not a moment shorter", func(t *testing.T) {
		h.beside(t)
		h.needs(t, Fractions)
		machine, _ := h.define(t, single(`"Type":"Wait","TimestampPath":"$.t"`))
		then := h.now().Add(1500 * time.Millisecond)
		h.start(t, machine, "e", fmt.Sprintf(`{"t":%q}`, at(then)))
		h.wantRunning(t, machine, "e")
		h.outcome(t, machine, "e")
		if h.now().Before(then) {
			t.Errorf("it ended %s too soon", then.Sub(h.now()))
		}
	})

	t.Run("retry: waits longer each time", func(t *testing.T) {
		h.beside(t)
		machine, _ := h.define(t, single(task(`"task":"flaky","code":"Busy","times":2`, payloadOnly+`,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":1,"BackoffRate":2}]`)))
		began := h.now()
		h.start(t, machine, "e", `{}`)
		h.want(t, machine, "e", Case{Output: `{"got":3}`})
		if waited := h.now().Sub(began); waited < 3*time.Second || waited > 8*time.Second {
			t.Errorf("it waited %s, want 1 s and then 2 s", waited)
		}
	})
}

func testBranches(t *testing.T, h Harness) {
	t.Run("parallel: a branch that fails ends those beside it", func(t *testing.T) {
		h.beside(t)
		h.needs(t, StoppedBranches)
		machine, f := h.define(t, catching(`"Type":"Parallel","Branches":[`+
			machine(state("BB", task(`"task":"block","value":"b"`, ``), ""))+`,`+
			machine(state("BW", waiting(`"task":"keep"`, `,"TimeoutSeconds":600`), ""))+`,`+
			machine(state("BA", `"Type":"Wait","Seconds":1`, "BF"), end("BF", `"Type":"Fail","Error":"Sorry","Cause":"no"`))+`]`, `"Sorry"`))
		h.start(t, machine, "e", `{}`)
		token := within(t, f.tokens, "the branch that waits")
		h.want(t, machine, "e", Case{Output: `{"caught":"Sorry"}`})
		h.answer(t, token, `{}`, workflow.ErrNotWaiting)
	})

	t.Run("parallel: branches run side by side", func(t *testing.T) {
		h.beside(t)
		machine, f := h.define(t, single(`"Type":"Parallel","Branches":[`+
			machine(state("BA", waiting(`"task":"keep"`, `,"TimeoutSeconds":600`), ""))+`,`+
			machine(state("BB", waiting(`"task":"keep"`, `,"TimeoutSeconds":600`), ""))+`]`))
		h.start(t, machine, "e", `{}`)
		first, second := within(t, f.tokens, "the first branch"), within(t, f.tokens, "the second branch")
		h.answer(t, second, `{"b":1}`, nil)
		h.answer(t, first, `{"b":1}`, nil)
		h.want(t, machine, "e", Case{Output: `[{"b":1},{"b":1}]`})
	})

	t.Run("map: no more iterations at once than MaxConcurrency says", func(t *testing.T) {
		h.beside(t)
		for limit, least := range map[int]int{1: 1, 2: 2} {
			machine, f := h.define(t, single(fmt.Sprintf(`"Type":"Map","ItemsPath":"$.list","MaxConcurrency":%d,"ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},`, limit)+
				machine(state("MA", task(`"task":"linger","value.$":"$"`, payloadOnly), ""))[1:]))
			h.start(t, machine, "e", `{"list":[1,2,3,4,5]}`)
			h.want(t, machine, "e", Case{Output: `[{"got":1},{"got":2},{"got":3},{"got":4},{"got":5}]`})
			f.mu.Lock()
			most := f.most
			f.mu.Unlock()
			if most > limit || most < least {
				t.Errorf("%d iterations ran at once, want %d", most, limit)
			}
		}
	})
}
