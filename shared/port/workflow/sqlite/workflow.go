// Package sqlite is the embedded adapter of shared/port/workflow: an interpreter of the Amazon States Language whose state
// stands in the platform's SQLite file.
//
// Where an execution stands is a row, and a row more for every branch that runs. Each move from one state to the next is one
// transaction, so that a process killed anywhere goes on where it was. What is not in the file is only which functions are
// being called; they are called again.
package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
)

const schema = `
CREATE TABLE IF NOT EXISTS definitions (hash TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS executions (
	id INTEGER PRIMARY KEY,
	machine TEXT NOT NULL, name TEXT NOT NULL,
	definition TEXT NOT NULL,  -- with which it began, and ends
	input BLOB NOT NULL,
	started INTEGER NOT NULL,  -- this and all times in nanoseconds since 1970
	ended INTEGER,
	status TEXT NOT NULL, output BLOB, error TEXT, cause TEXT,
	UNIQUE (machine, name)
) STRICT;
CREATE INDEX IF NOT EXISTS executions_ended ON executions (ended) WHERE ended IS NOT NULL;
CREATE INDEX IF NOT EXISTS executions_definition ON executions (definition);
CREATE TABLE IF NOT EXISTS steps ( -- where an execution stands, or one of its branches
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	execution INTEGER NOT NULL, machine TEXT NOT NULL,
	parent INTEGER,            -- the step of the Parallel or Map that it is a branch of
	branch INTEGER NOT NULL,
	item TEXT,                 -- of the innermost Map around it
	state TEXT NOT NULL, phase TEXT NOT NULL,
	attempt INTEGER NOT NULL,  -- grows with every move: what was begun before it is stale
	input BLOB NOT NULL, output BLOB,
	entered INTEGER NOT NULL,
	retried TEXT NOT NULL,     -- how often each retrier was used
	token TEXT UNIQUE,
	timeout INTEGER, silence INTEGER, beat INTEGER, -- when a task times out, when a heartbeat is missed, how often one is due
	due INTEGER                -- when something happens by itself
) STRICT;
CREATE INDEX IF NOT EXISTS steps_execution ON steps (execution);
CREATE INDEX IF NOT EXISTS steps_parent ON steps (parent, branch) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS steps_ready ON steps (id) WHERE phase = 'ready';
CREATE INDEX IF NOT EXISTS steps_call ON steps (id) WHERE phase = 'call';
CREATE INDEX IF NOT EXISTS steps_due ON steps (due) WHERE due IS NOT NULL;`

// Workflow implements workflow.Workflow. Executions go on while Run runs.
type Workflow struct {
	file  *sqlitefile.File
	clock clock.Clock
	log   *slog.Logger

	mu       sync.Mutex
	machines map[string]*machine            // by name
	loaded   map[string]*asl.Machine        // by hash: executions end with the definition that they began with
	calls    map[attempt]context.CancelFunc // of functions that are being called
	reached  func(place string)             // for tests that kill the process there
	random   func() float64                 // for jitter
}

// machine is what Define was given.
type machine struct {
	hash  string
	body  []byte
	start string
	tasks map[string]workflow.Task
}

// Open prepares the tables in the file. Machines must be defined before they are started, and before Run goes on with what
// an earlier process began.
func Open(file *sqlitefile.File, clock clock.Clock, log *slog.Logger) (*Workflow, error) {
	if err := file.Schema(schema); err != nil {
		return nil, fmt.Errorf("workflow: %w", err)
	}
	return &Workflow{
		file: file, clock: clock, log: log,
		machines: map[string]*machine{}, loaded: map[string]*asl.Machine{}, calls: map[attempt]context.CancelFunc{},
		reached: func(string) {}, random: jitter,
	}, nil
}

// Define gives a machine its definition and the functions that its tasks call, by the names in "${…}". Executions under way
// keep the definition with which they began, and call the functions given now.
func (w *Workflow) Define(name string, definition []byte, tasks map[string]workflow.Task) error {
	loaded, err := asl.Load(definition)
	if err != nil {
		return fmt.Errorf("machine %s: %w", name, err)
	}
	for _, function := range loaded.Functions() {
		if tasks[function] == nil {
			return fmt.Errorf("machine %s: no function is given for ${%s}", name, function)
		}
	}
	sum := sha256.Sum256(definition)
	m := &machine{hex.EncodeToString(sum[:]), slices.Clone(definition), loaded.StartAt, maps.Clone(tasks)}
	w.mu.Lock()
	w.machines[name], w.loaded[m.hash] = m, loaded
	w.mu.Unlock()
	w.bell().Ring()
	return nil
}

func (w *Workflow) bell() *sqlitefile.Bell { return w.file.Bell("workflow") }

func (w *Workflow) machine(name string) *machine {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.machines[name]
}

// Start begins an execution.
func (w *Workflow) Start(ctx context.Context, machine, name string, input json.RawMessage) error {
	if err := workflow.ValidateStart(machine, name, input); err != nil {
		return err
	}
	m := w.machine(machine)
	if m == nil {
		return fmt.Errorf("start %s: no such machine", machine)
	}
	return w.move(ctx, "start", func(t *txn) error {
		var before []byte
		err := t.QueryRowContext(ctx, `SELECT input FROM executions WHERE machine = ? AND name = ?`, machine, name).Scan(&before)
		if err == nil && workflow.Same(before, input) {
			return nil
		}
		if err == nil {
			return workflow.ErrStarted
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if _, err := t.ExecContext(ctx, `INSERT INTO definitions (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING`, m.hash, m.body); err != nil {
			return err
		}
		r, err := t.ExecContext(ctx, `INSERT INTO executions (machine, name, definition, input, started, status) VALUES (?, ?, ?, ?, ?, ?)`,
			machine, name, m.hash, []byte(input), t.now.UnixNano(), Running)
		if err != nil {
			return err
		}
		id, err := r.LastInsertId()
		if err != nil {
			return err
		}
		return t.begin(step{execution: id, machine: machine, input: input}, m.start, ready)
	})
}

// Succeed ends the task that waits under the token with a result.
func (w *Workflow) Succeed(ctx context.Context, token string, result json.RawMessage) error {
	if err := workflow.ValidateData(result); err != nil {
		return err
	}
	return w.answer(ctx, "succeed", token, func(t *txn, s step) error { return t.finish(s, result) })
}

// Fail ends the task that waits under the token with an error.
func (w *Workflow) Fail(ctx context.Context, token, code, cause string) error {
	if err := workflow.ValidateFail(code, cause); err != nil {
		return err
	}
	return w.answer(ctx, "fail", token, func(t *txn, s step) error { return t.fail(s, &asl.Error{Name: code, Cause: cause}) })
}

// Heartbeat says that the task under the token is still being worked on.
func (w *Workflow) Heartbeat(ctx context.Context, token string) error {
	return w.answer(ctx, "heartbeat", token, func(t *txn, s step) error {
		if !s.beat.Valid {
			return nil
		}
		s.silence = null(t.now.Add(time.Duration(s.beat.Int64)))
		s.due = earlier(s.timeout, s.silence)
		_, err := t.ExecContext(t.ctx, `UPDATE steps SET silence = ?, due = ? WHERE id = ?`, s.silence, s.due, s.id)
		return err
	})
}

// answer does something with the step that waits under a token.
func (w *Workflow) answer(ctx context.Context, what, token string, do func(t *txn, s step) error) error {
	if err := workflow.ValidateToken(token); err != nil {
		return err
	}
	return w.move(ctx, what, func(t *txn) error {
		s, err := t.read(`token = ?`, token)
		if errors.Is(err, sql.ErrNoRows) || err == nil && s.isDue(t.now) {
			return workflow.ErrNotWaiting
		}
		if err != nil {
			return err
		}
		return do(t, s)
	})
}

// The states of an execution, named as Step Functions names them.
const (
	Running   = "RUNNING"
	Succeeded = "SUCCEEDED"
	Failed    = "FAILED"
)

// Execution is how an execution stands.
type Execution struct {
	Status       string
	Output       json.RawMessage // once it succeeded
	Error, Cause string          // once it failed
}

// ErrUnknown says that there is no execution of that name, or that it ended long ago.
var ErrUnknown = errors.New("no such execution")

// Execution tells how an execution stands.
func (w *Workflow) Execution(ctx context.Context, machine, name string) (e Execution, err error) {
	var output []byte
	err = w.file.Reader().QueryRowContext(ctx, `SELECT status, output, coalesce(error, ''), coalesce(cause, '')
		FROM executions WHERE machine = ? AND name = ?`, machine, name).Scan(&e.Status, &output, &e.Error, &e.Cause)
	if errors.Is(err, sql.ErrNoRows) {
		return Execution{}, ErrUnknown
	}
	if err != nil {
		return Execution{}, fmt.Errorf("read an execution: %w", err)
	}
	e.Output = output
	return e, nil
}
