package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
)

const (
	watchClock = 50 * time.Millisecond // whether the injected clock, which may be moved, has come to what is next
	lookAgain  = time.Second           // another process with the same file cannot ring the bell; what failed is tried again
	sweepEvery = time.Hour
	keep       = 90 * 24 * time.Hour // how long Step Functions remembers an execution, and its name
)

func jitter() float64 { return rand.Float64() } //nolint:gosec // it spreads retries and guards nothing

// Run goes on with all executions until the context ends. Functions that are being called are told by their context, and
// waited for; they are called again when Run is.
func (w *Workflow) Run(ctx context.Context) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	var swept time.Time
	for ctx.Err() == nil {
		news := w.bell().Next()
		moved, err := w.pass(ctx, &calls)
		if err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "move executions", "error", err)
		}
		if moved && err == nil {
			continue
		}
		if now := w.clock.Now(); now.Sub(swept) >= sweepEvery {
			swept = now
			if err := w.Sweep(ctx); err != nil && ctx.Err() == nil {
				w.log.ErrorContext(ctx, "sweep executions", "error", err)
			}
		}
		next, err := w.next(ctx)
		if err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "move executions", "error", err)
		}
		w.wait(ctx, news, next)
	}
	return nil
}

// defined lists the machines whose executions can go on, as JSON.
func (w *Workflow) defined() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names, err := json.Marshal(slices.Sorted(maps.Keys(w.machines)))
	if err != nil {
		return "[]" // strings can always be written
	}
	return string(names)
}

const ofDefined = ` machine IN (SELECT value FROM json_each(?1))`

// pass moves every step once that can be moved, and calls the functions that are not being called. A step that cannot be
// moved holds up no other.
func (w *Workflow) pass(ctx context.Context, calls *sync.WaitGroup) (moved bool, err error) {
	now := w.clock.Now().UnixNano()
	// Of an end on the way, nothing is lost: the next pass sees what is left.
	ids, err := w.ids(ctx, `SELECT id FROM steps INDEXED BY steps_ready WHERE phase = 'ready' AND`+ofDefined+`
		UNION SELECT id FROM steps INDEXED BY steps_due WHERE due <= ?2 AND`+ofDefined+` ORDER BY id`, w.defined(), now)
	if err != nil {
		return false, err
	}
	var failed error
	for _, id := range ids {
		if err := w.move(ctx, "move", func(t *txn) error { return t.advance(id) }); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	waiting, err := w.attempts(ctx)
	for _, a := range waiting {
		w.begin(ctx, a, calls)
	}
	return len(ids) > 0, errors.Join(failed, err)
}

func (w *Workflow) ids(ctx context.Context, query string, args ...any) (ids []int64, err error) {
	rows, err := w.file.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look for executions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("look for executions: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for executions: %w", err)
	}
	return ids, nil
}

// attempt is one call that a step waits for.
type attempt struct{ step, number int64 }

func (w *Workflow) attempts(ctx context.Context) (waiting []attempt, err error) {
	rows, err := w.file.Reader().QueryContext(ctx, `SELECT id, attempt FROM steps INDEXED BY steps_call WHERE phase = 'call' AND`+ofDefined+` ORDER BY id`, w.defined())
	if err != nil {
		return nil, fmt.Errorf("look for calls: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a attempt
		if err := rows.Scan(&a.step, &a.number); err != nil {
			return nil, fmt.Errorf("look for calls: %w", err)
		}
		waiting = append(waiting, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look for calls: %w", err)
	}
	return waiting, nil
}

// next is when something happens by itself; zero where nothing does.
func (w *Workflow) next(ctx context.Context) (time.Time, error) {
	var due sql.NullInt64
	err := w.file.Reader().QueryRowContext(ctx, `SELECT due FROM steps INDEXED BY steps_due WHERE due IS NOT NULL AND`+ofDefined+`
		ORDER BY due LIMIT 1`, w.defined()).Scan(&due)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("look for what is next: %w", err)
	}
	return time.Unix(0, due.Int64), nil
}

// wait returns when there is news, when the clock has come to next, and after a second at the latest.
func (w *Workflow) wait(ctx context.Context, news <-chan struct{}, next time.Time) {
	last := time.NewTimer(lookAgain)
	defer last.Stop()
	var tick <-chan time.Time
	if !next.IsZero() {
		watch := time.NewTicker(watchClock)
		defer watch.Stop()
		tick = watch.C
	}
	for {
		select {
		case <-tick:
			if w.clock.Now().Before(next) {
				continue
			}
		case <-ctx.Done():
		case <-news:
		case <-last.C:
		}
		return
	}
}

// stop tells the functions that were called for a step that nobody waits for them any more.
func (w *Workflow) stop(step int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for a, stop := range w.calls {
		if a.step == step {
			stop()
		}
	}
}

// begin calls the function of a step, if it is not being called.
func (w *Workflow) begin(ctx context.Context, a attempt, calls *sync.WaitGroup) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls[a] != nil {
		return
	}
	inner, stop := context.WithCancel(ctx)
	w.calls[a] = stop
	calls.Go(func() {
		failed := w.perform(inner, ctx, a)
		stop()
		if failed != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "call a function", "error", failed)
			w.pause(ctx) // then it is called again
		}
		w.mu.Lock()
		delete(w.calls, a)
		w.mu.Unlock()
		w.bell().Ring()
	})
}

func (w *Workflow) pause(ctx context.Context) {
	again := time.NewTimer(lookAgain)
	defer again.Stop()
	select {
	case <-ctx.Done():
	case <-again.C:
	}
}

// perform calls the function of a step under the inner context, and moves the step by what came out.
func (w *Workflow) perform(inner, ctx context.Context, a attempt) error {
	s, err := readStep(ctx, w.file.Reader(), `id = ?`, a.step)
	if errors.Is(err, sql.ErrNoRows) || err == nil && s.attempt != a.number {
		return nil // answered or timed out meanwhile
	}
	if err != nil {
		return err
	}
	state, visit, failed, err := w.visit(ctx, s)
	if err != nil {
		return err
	}
	var payload, result json.RawMessage
	if failed == nil {
		payload, failed = visit.Payload()
	}
	if failed == nil {
		w.reached("before " + s.state)
		result, failed = w.invoke(inner, s, state.Function, payload)
		w.reached("after " + s.state)
		if ctx.Err() != nil && failed != nil {
			return nil // that Run ended is no failure of the task: it is called again
		}
	}
	ctx = context.WithoutCancel(ctx) // what was done while Run ended need not be done again
	return w.move(ctx, "move", func(t *txn) error {
		now, err := t.read(`id = ?`, s.id)
		if errors.Is(err, sql.ErrNoRows) || err == nil && now.attempt != a.number {
			return nil
		}
		if err != nil {
			return err
		}
		if now.isDue(t.now) {
			return t.advance(s.id) // it came back too late
		}
		switch {
		case failed != nil:
			return t.fail(now, failed)
		case state.Waits:
			_, err := t.ExecContext(ctx, `UPDATE steps SET phase = ? WHERE id = ?`, posted, s.id)
			return err
		}
		return t.finish(now, asl.Reply(result))
	})
}

// taskFailed is the code of an error that has none.
const taskFailed = "Task.Failed"

// invoke calls a function, and makes of its failure what Step Functions makes of a Lambda's.
func (w *Workflow) invoke(ctx context.Context, s step, function string, payload json.RawMessage) (json.RawMessage, *asl.Error) {
	m := w.machine(s.machine)
	task := m.tasks[function]
	if task == nil {
		return nil, asl.UnknownFunction(function)
	}
	result, err := w.guarded(ctx, s, task, payload)
	if err != nil {
		return nil, lambdaError(err)
	}
	if len(result) > asl.MaxDataBytes {
		return nil, &asl.Error{Name: asl.ErrDataLimit, Cause: fmt.Sprintf("a result of %d bytes", len(result))}
	}
	if len(result) > 0 && !json.Valid(result) {
		return nil, lambdaError(errors.New("the result is not JSON"))
	}
	return result, nil
}

// guarded calls a task; a panic is an error.
func (w *Workflow) guarded(ctx context.Context, s step, task workflow.Task, payload json.RawMessage) (result json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.ErrorContext(ctx, "a task panicked", "machine", s.machine, "execution", s.name, "state", s.state,
				"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errors.New("the task panicked")
		}
	}()
	return task(ctx, payload)
}

func lambdaError(err error) *asl.Error {
	code, message := taskFailed, err.Error()
	if coded := (*workflow.Error)(nil); errors.As(err, &coded) {
		code, message = coded.Code, coded.Cause
	}
	const room = workflow.MaxCauseBytes / 8 // quoting a character may make six of it
	if len(message) > room {
		message = strings.ToValidUTF8(message[:room], "")
	}
	cause, err := json.Marshal(map[string]string{"errorMessage": message, "errorType": code})
	if err != nil {
		cause = nil // strings can always be written
	}
	return &asl.Error{Name: code, Cause: string(cause)}
}

// Sweep forgets executions that ended long ago: their names are free again.
func (w *Workflow) Sweep(ctx context.Context) error {
	return w.file.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM executions WHERE ended <= ?`, nanos(w.clock.Now().Add(-keep))); err != nil {
			return fmt.Errorf("forget executions: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM definitions WHERE hash NOT IN (SELECT definition FROM executions)`); err != nil {
			return fmt.Errorf("forget definitions: %w", err)
		}
		return nil
	})
}

// decode reads what this package or the language wrote; numbers keep their spelling.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read a row: %w", err)
	}
	return nil
}
