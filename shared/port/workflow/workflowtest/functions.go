package workflowtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// request is what the suite's definitions give to their function.
type request struct {
	Task  string          `json:"task"`
	Value json.RawMessage `json:"value"`
	Code  string          `json:"code"`
	Cause string          `json:"cause"`
	Times int             `json:"times"`
	Token string          `json:"token"`
}

// functions stand behind the tasks of one machine.
type functions struct {
	engine workflow.Workflow

	mu      sync.Mutex
	calls   []string
	running int
	most    int
	tokens  chan string
	stopped chan string // tasks whose context ended while they blocked
	release chan struct{}
}

func newFunctions(engine workflow.Workflow) *functions {
	return &functions{engine: engine, tokens: make(chan string, 100), stopped: make(chan string, 100), release: make(chan struct{})}
}

// called lists the tasks that were called, in order.
func (f *functions) called() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

func (f *functions) enter(task string) (times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, task)
	f.running++
	f.most = max(f.most, f.running)
	for _, c := range f.calls {
		if c == task {
			times++
		}
	}
	return times
}

func (f *functions) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
}

func (f *functions) call(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
	var r request
	if err := json.Unmarshal(input, &r); err != nil {
		return nil, fmt.Errorf("read the input of a task: %w", err)
	}
	times := f.enter(r.Task)
	defer f.leave()
	switch r.Task {
	case "echo":
		return r.Value, nil
	case "nothing":
		return nil, nil
	case "fail":
		return nil, fmt.Errorf("wrapped: %w", &workflow.Error{Code: r.Code, Cause: r.Cause})
	case "break":
		return nil, errors.New("broken")
	case "panic":
		panic("broken")
	case "flaky":
		if times <= r.Times {
			return nil, &workflow.Error{Code: r.Code, Cause: "again"}
		}
		return json.Marshal(times)
	case "linger":
		time.Sleep(100 * time.Millisecond)
		return r.Value, nil
	case "block":
		select {
		case <-ctx.Done():
			f.stopped <- string(r.Value)
			return nil, ctx.Err()
		case <-f.release:
			return r.Value, nil
		}
	case "keep":
		f.tokens <- r.Token
		return nil, nil
	case "double":
		if err := f.engine.Succeed(ctx, r.Token, r.Value); err != nil {
			return nil, err
		}
		return nil, f.engine.Succeed(ctx, r.Token, json.RawMessage(`2`))
	case "second":
		f.tokens <- r.Token
		if times == 1 {
			return nil, f.engine.Fail(ctx, r.Token, "Busy", "again")
		}
		return nil, f.engine.Succeed(ctx, r.Token, fmt.Appendf(nil, `{"same":%v}`, <-f.tokens == r.Token))
	case "answer":
		return nil, f.engine.Succeed(ctx, r.Token, r.Value)
	case "deny":
		return nil, f.engine.Fail(ctx, r.Token, r.Code, r.Cause)
	}
	return nil, fmt.Errorf("no task %q", r.Task)
}
