// Package workflow is the port to long-running processes that wait for people and dates. It is defined by what Step
// Functions allows; the embedded adapter interprets the same infra/workflows/*.asl.json and keeps its state in SQLite. Both
// pass workflowtest unchanged.
package workflow

import (
	"context"
	"encoding/json"
	"errors"
)

// Workflow starts executions and answers the tasks that wait in them.
//
// Guarantees:
//   - An execution whose Start was acknowledged runs to its end, also when the process is killed at any state. A task may
//     be called again after a kill, so that tasks are idempotent.
//   - Executions do not wait for each other.
type Workflow interface {
	// Start begins an execution of a machine. A second Start with the same name and the same input succeeds and begins
	// nothing; one with another input fails with ErrStarted. The input is a JSON object of at most 256 KB.
	Start(ctx context.Context, machine, name string, input json.RawMessage) error

	// Succeed ends the task that waits under the token with a result. A task that has ended, timed out or never was fails
	// with ErrNotWaiting; so may one whose answer counted, when the reply got lost on the way and the answer was sent again.
	Succeed(ctx context.Context, token string, result json.RawMessage) error

	// Fail ends the task that waits under the token with an error, which Retry and Catch of its state see.
	Fail(ctx context.Context, token, code, cause string) error

	// Heartbeat says that the task under the token is still being worked on.
	Heartbeat(ctx context.Context, token string) error
}

// Task is what a definition's Task state calls: the function behind a Lambda on AWS, the same function in process on one
// machine. An error's code, as the definition's Retry and Catch match it, is that of an *Error, else "Task.Failed".
type Task func(ctx context.Context, input json.RawMessage) (json.RawMessage, error)

// Error is an error that a definition can tell apart.
type Error struct{ Code, Cause string }

func (e *Error) Error() string { return e.Code + ": " + e.Cause }

// The errors that callers tell apart.
var (
	ErrStarted    = errors.New("an execution of this name was started with another input")
	ErrNotWaiting = errors.New("no task waits under this token")
	ErrLimit      = errors.New("beyond a limit of the workflows")
)
