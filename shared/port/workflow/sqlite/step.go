package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
)

// phase is what a step waits for.
type phase string

// The phases of a step.
const (
	ready  phase = "ready"  // its state is to be entered
	asleep phase = "asleep" // the time that its Wait state waits for
	again  phase = "again"  // the time at which its state is tried again
	called phase = "call"   // the function that its task calls
	posted phase = "token"  // the answer to its task's token: the function has returned
	joined phase = "join"   // its branches
	queued phase = "queue"  // a place among the iterations that a Map runs at once
	done   phase = "done"   // the other branches
)

// step is a row: where an execution or branch stands.
type step struct {
	id, execution    int64
	machine          string
	parent           sql.NullInt64
	branch           int
	item             sql.NullString
	state            string
	phase            phase
	attempt          int64
	input            []byte
	entered          int64
	retried          string
	token            sql.NullString
	timeout, silence sql.NullInt64
	beat, due        sql.NullInt64
	name, definition string // of the execution
	executionInput   []byte
	started          int64
}

const stepColumns = `s.id, s.execution, s.machine, s.parent, s.branch, s.item, s.state, s.phase, s.attempt, s.input, s.entered,
	s.retried, s.token, s.timeout, s.silence, s.beat, s.due, e.name, e.definition, e.input, e.started`

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// readStep reads the one step of which a condition holds.
func readStep(ctx context.Context, db queryer, condition string, args ...any) (s step, err error) {
	err = db.QueryRowContext(ctx, `SELECT `+stepColumns+` FROM steps s JOIN executions e ON e.id = s.execution WHERE s.`+condition, args...).
		Scan(&s.id, &s.execution, &s.machine, &s.parent, &s.branch, &s.item, &s.state, &s.phase, &s.attempt, &s.input, &s.entered,
			&s.retried, &s.token, &s.timeout, &s.silence, &s.beat, &s.due, &s.name, &s.definition, &s.executionInput, &s.started)
	return s, err
}

func (s step) isDue(now time.Time) bool { return s.due.Valid && s.due.Int64 <= now.UnixNano() }

// visit enters the step's state, as often as something about it must be computed: what comes out is always the same.
func (w *Workflow) visit(ctx context.Context, s step) (*asl.State, *asl.Visit, *asl.Error, error) {
	definition, err := w.definition(ctx, s.definition)
	if err != nil {
		return nil, nil, nil, err
	}
	state := definition.Find(s.state)
	if state == nil {
		return nil, nil, nil, fmt.Errorf("execution %s of %s stands in state %q, which its definition does not have", s.name, s.machine, s.state)
	}
	about := asl.Context{
		ExecutionID: "execution:" + s.machine + ":" + s.name, ExecutionName: s.name,
		StartedAt: time.Unix(0, s.started), EnteredAt: time.Unix(0, s.entered), Token: s.token.String,
	}
	if err := decode(s.executionInput, &about.ExecutionInput); err != nil {
		return nil, nil, nil, err
	}
	if s.item.Valid {
		if err := decode([]byte(s.item.String), &about.Item); err != nil {
			return nil, nil, nil, err
		}
	}
	visit, failed := state.Enter(s.input, about)
	return state, visit, failed, nil
}

// definition returns the definition with a hash, of this process or an earlier one.
func (w *Workflow) definition(ctx context.Context, hash string) (*asl.Machine, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.loaded[hash]; m != nil {
		return m, nil
	}
	var body []byte
	if err := w.file.Reader().QueryRowContext(ctx, `SELECT body FROM definitions WHERE hash = ?`, hash).Scan(&body); err != nil {
		return nil, fmt.Errorf("read a definition: %w", err)
	}
	m, err := asl.Load(body)
	if err == nil {
		w.loaded[hash] = m
	}
	return m, err
}

// txn is one move of an execution: a transaction, and what is to be done once it is committed.
type txn struct {
	*sql.Tx
	w       *Workflow
	ctx     context.Context
	now     time.Time
	stopped []int64 // steps whose calls nobody waits for any more
	ended   []func()
}

// move runs do in a transaction and then wakes Run.
func (w *Workflow) move(ctx context.Context, what string, do func(*txn) error) error {
	t := &txn{w: w, ctx: ctx, now: w.clock.Now()}
	err := w.file.Write(ctx, func(tx *sql.Tx) error {
		t.Tx = tx
		return do(t)
	})
	if err != nil {
		return fmt.Errorf("%s an execution: %w", what, err)
	}
	w.reached(what)
	for _, id := range t.stopped {
		w.stop(id)
	}
	for _, tell := range t.ended {
		tell()
	}
	w.bell().Ring()
	return nil
}

func (t *txn) read(condition string, args ...any) (step, error) {
	return readStep(t.ctx, t.Tx, condition, args...)
}

// begin adds a step at a state.
func (t *txn) begin(s step, state string, p phase) error {
	_, err := t.ExecContext(t.ctx, `INSERT INTO steps (execution, machine, parent, branch, item, state, phase, attempt, input, entered, retried)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, '[]')`, s.execution, s.machine, s.parent, s.branch, s.item, state, p, s.input, t.now.UnixNano())
	return err
}

// wait leaves a step where it is, in a phase in which it waits.
func (t *txn) wait(s step, p phase, due sql.NullInt64) error {
	_, err := t.ExecContext(t.ctx, `UPDATE steps SET phase = ?, due = ?, attempt = attempt + 1 WHERE id = ?`, p, due, s.id)
	return err
}

// goTo moves a step to another state.
func (t *txn) goTo(s step, state string, input json.RawMessage) error {
	_, err := t.ExecContext(t.ctx, `UPDATE steps SET state = ?, input = ?, entered = ?, phase = ?, retried = '[]', attempt = attempt + 1,
		token = NULL, timeout = NULL, silence = NULL, beat = NULL, due = NULL WHERE id = ?`, state, []byte(input), t.now.UnixNano(), ready, s.id)
	return err
}

// advance makes the move that a step is ready or due for.
func (t *txn) advance(id int64) error {
	s, err := t.read(`id = ?`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // a branch that was ended meanwhile
	}
	if err != nil {
		return err
	}
	switch {
	case s.phase == ready || s.phase == again && s.isDue(t.now):
		return t.enter(s)
	case s.phase == asleep && s.isDue(t.now):
		return t.computed(s, func(v *asl.Visit) (json.RawMessage, *asl.Error) { return v.GoOn() })
	case (s.phase == called || s.phase == posted) && s.isDue(t.now):
		t.stopped = append(t.stopped, s.id)
		if s.timeout.Valid && s.timeout.Int64 <= t.now.UnixNano() {
			return t.fail(s, &asl.Error{Name: asl.ErrTimeout, Cause: "the task took too long"})
		}
		return t.fail(s, &asl.Error{Name: asl.ErrHeartbeatTimeout, Cause: "the task gave no sign of life"})
	}
	return nil
}

func (t *txn) enter(s step) error {
	state, visit, failed, err := t.w.visit(t.ctx, s)
	if err != nil {
		return err
	}
	if failed != nil {
		return t.fail(s, failed)
	}
	switch state.Type {
	case asl.Pass:
		return t.computed(s, (*asl.Visit).Passed)
	case asl.Succeed:
		return t.computed(s, (*asl.Visit).GoOn)
	case asl.Fail:
		return t.fail(s, &asl.Error{Name: state.ErrorName, Cause: state.Cause})
	case asl.Choice:
		return t.choose(s, visit)
	case asl.Wait:
		until, failed := visit.Until()
		if failed != nil {
			return t.fail(s, failed)
		}
		return t.wait(s, asleep, null(until))
	case asl.Task:
		return t.call(s, state, visit)
	case asl.Parallel:
		return t.fork(s, state, visit)
	case asl.Map:
		return t.iterate(s, state, visit)
	}
	return fmt.Errorf("state %q is of type %q", s.state, state.Type)
}

// computed ends the step's state with an output that is computed from its visit.
func (t *txn) computed(s step, output func(*asl.Visit) (json.RawMessage, *asl.Error)) error {
	state, visit, failed, err := t.w.visit(t.ctx, s)
	if err != nil {
		return err
	}
	var data json.RawMessage
	if failed == nil {
		data, failed = output(visit)
	}
	if failed != nil {
		return t.fail(s, failed)
	}
	if state.Next == "" {
		return t.end(s, data)
	}
	return t.goTo(s, state.Next, data)
}

// finish ends the step's state with a result.
func (t *txn) finish(s step, result json.RawMessage) error {
	return t.computed(s, func(v *asl.Visit) (json.RawMessage, *asl.Error) { return v.Finish(result) })
}

func (t *txn) choose(s step, visit *asl.Visit) error {
	next, failed := visit.Choose()
	if failed != nil {
		return t.fail(s, failed)
	}
	output, failed := visit.GoOn()
	if failed != nil {
		return t.fail(s, failed)
	}
	return t.goTo(s, next, output)
}

// call makes a step wait for its function, which Run calls once this is committed.
func (t *txn) call(s step, state *asl.State, visit *asl.Visit) error {
	timeout, heartbeat, failed := visit.Timeouts()
	if failed != nil {
		return t.fail(s, failed)
	}
	s.token, s.timeout, s.silence, s.beat = sql.NullString{}, sql.NullInt64{}, sql.NullInt64{}, sql.NullInt64{}
	if state.Waits {
		s.token = sql.NullString{String: rand.Text(), Valid: true}
	}
	if timeout > 0 {
		s.timeout = null(t.now.Add(timeout))
	}
	if heartbeat > 0 {
		s.silence, s.beat = null(t.now.Add(heartbeat)), sql.NullInt64{Int64: int64(heartbeat), Valid: true}
	}
	_, err := t.ExecContext(t.ctx, `UPDATE steps SET phase = ?, attempt = attempt + 1, token = ?, timeout = ?, silence = ?, beat = ?, due = ?
		WHERE id = ?`, called, s.token, s.timeout, s.silence, s.beat, earlier(s.timeout, s.silence), s.id)
	return err
}

// fork begins the branches of a Parallel.
func (t *txn) fork(s step, state *asl.State, visit *asl.Visit) error {
	input, failed := visit.BranchInput()
	if failed != nil {
		return t.fail(s, failed)
	}
	for n, branch := range state.Branches {
		if err := t.begin(s.child(n, input, s.item), branch.StartAt, ready); err != nil {
			return err
		}
	}
	return t.wait(s, joined, sql.NullInt64{})
}

// iterate begins the iterations of a Map.
func (t *txn) iterate(s step, state *asl.State, visit *asl.Visit) error {
	items, inputs, failed := visit.Items()
	if failed != nil {
		return t.fail(s, failed)
	}
	if len(items) == 0 {
		return t.finish(s, json.RawMessage(`[]`))
	}
	for n, input := range inputs {
		item, err := json.Marshal(items[n])
		if err != nil {
			return err
		}
		p := ready
		if state.MaxConcurrency > 0 && n >= state.MaxConcurrency {
			p = queued
		}
		if err := t.begin(s.child(n, input, sql.NullString{String: string(item), Valid: true}), state.Branch(n).StartAt, p); err != nil {
			return err
		}
	}
	return t.wait(s, joined, sql.NullInt64{})
}

func (s step) child(n int, input json.RawMessage, item sql.NullString) step {
	return step{
		execution: s.execution, machine: s.machine, parent: sql.NullInt64{Int64: s.id, Valid: true},
		branch: n, item: item, input: input,
	}
}

// end ends a branch, or the whole execution, with an output.
func (t *txn) end(s step, output json.RawMessage) error {
	if !s.parent.Valid {
		return t.close(s, Succeeded, output, nil)
	}
	if _, err := t.ExecContext(t.ctx, `UPDATE steps SET phase = ?, output = ?, due = NULL, token = NULL, attempt = attempt + 1 WHERE id = ?`,
		done, []byte(output), s.id); err != nil {
		return err
	}
	if _, err := t.ExecContext(t.ctx, `UPDATE steps SET phase = ?1, entered = ?2 WHERE id =
		(SELECT id FROM steps WHERE parent = ?3 AND phase = ?4 ORDER BY branch LIMIT 1)`, ready, t.now.UnixNano(), s.parent, queued); err != nil {
		return err
	}
	var open int
	if err := t.QueryRowContext(t.ctx, `SELECT count(*) FROM steps WHERE parent = ? AND phase <> ?`, s.parent, done).Scan(&open); err != nil {
		return err
	}
	if open > 0 {
		return nil
	}
	result, err := t.outputs(s.parent.Int64)
	if err != nil {
		return err
	}
	if err := t.prune(s.parent.Int64); err != nil {
		return err
	}
	parent, err := t.read(`id = ?`, s.parent)
	if err != nil {
		return err
	}
	return t.finish(parent, result)
}

// outputs lists what the branches of a step gave, in their order.
func (t *txn) outputs(parent int64) (json.RawMessage, error) {
	rows, err := t.QueryContext(t.ctx, `SELECT output FROM steps WHERE parent = ? ORDER BY branch`, parent)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []json.RawMessage
	for rows.Next() {
		var output []byte
		if err := rows.Scan(&output); err != nil {
			return nil, err
		}
		all = append(all, output)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// fail ends the step's state with an error, which the state retries or catches, or else what stands around it.
func (t *txn) fail(s step, e *asl.Error) error {
	if err := t.prune(s.id); err != nil {
		return err
	}
	state, visit, entering, err := t.w.visit(t.ctx, s)
	if err != nil {
		return err
	}
	if entering == nil {
		var retried asl.Retried
		if err := decode([]byte(s.retried), &retried); err != nil {
			return err
		}
		if wait, retried, again := state.Again(e, retried, t.w.random()); again {
			return t.tryAgain(s, wait, retried)
		}
		next, input, caught, failed := visit.Caught(e)
		if caught {
			return t.goTo(s, next, input)
		}
		if failed != nil {
			e = failed
		}
	}
	if !s.parent.Valid {
		return t.close(s, Failed, nil, e)
	}
	parent, err := t.read(`id = ?`, s.parent)
	if err != nil {
		return err
	}
	return t.fail(parent, e)
}

func (t *txn) tryAgain(s step, wait time.Duration, retried asl.Retried) error {
	counts, err := json.Marshal(retried)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(t.ctx, `UPDATE steps SET phase = ?, retried = ?, due = ?, token = NULL, timeout = NULL, silence = NULL,
		attempt = attempt + 1 WHERE id = ?`, again, string(counts), null(t.now.Add(wait)), s.id)
	return err
}

// prune ends all branches below a step.
func (t *txn) prune(id int64) error {
	rows, err := t.QueryContext(t.ctx, `WITH RECURSIVE below (id) AS (
		SELECT id FROM steps WHERE parent = ? UNION ALL SELECT s.id FROM steps s JOIN below b ON s.parent = b.id)
		DELETE FROM steps WHERE id IN (SELECT id FROM below) RETURNING id`, id)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var stopped int64
		if err := rows.Scan(&stopped); err != nil {
			return err
		}
		t.stopped = append(t.stopped, stopped)
	}
	return rows.Err()
}

// close ends an execution.
func (t *txn) close(s step, status string, output json.RawMessage, e *asl.Error) error {
	var name, cause sql.NullString
	if e != nil {
		name, cause = sql.NullString{String: e.Name, Valid: true}, sql.NullString{String: e.Cause, Valid: true}
		t.ended = append(t.ended, func() {
			t.w.log.ErrorContext(t.ctx, "an execution failed", "machine", s.machine, "execution", s.name, "state", s.state, "error", e.Name, "cause", e.Cause)
		})
	}
	if _, err := t.ExecContext(t.ctx, `UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, ended = ? WHERE id = ?`,
		status, []byte(output), name, cause, t.now.UnixNano(), s.execution); err != nil {
		return err
	}
	_, err := t.ExecContext(t.ctx, `DELETE FROM steps WHERE execution = ?`, s.execution)
	return err
}

func null(at time.Time) sql.NullInt64 { return sql.NullInt64{Int64: nanos(at), Valid: true} }

// nanos counts from 1970 within what fits: what lies before is due since then, what lies after 2262 is due then.
func nanos(at time.Time) int64 {
	const last = 2262
	switch year := at.UTC().Year(); {
	case at.Unix() < 0:
		return 0
	case year >= last:
		return 1<<63 - 1
	}
	return at.UnixNano()
}

func earlier(a, b sql.NullInt64) sql.NullInt64 {
	if !a.Valid || b.Valid && b.Int64 < a.Int64 {
		return b
	}
	return a
}
