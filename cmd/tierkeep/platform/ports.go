package platform

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/infra/workflows"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/mail/outbox"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queuesqlite "github.com/tierkeep/tierkeep/shared/port/queue/sqlite"
	schedulesqlite "github.com/tierkeep/tierkeep/shared/port/schedule/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/secret/file"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storesqlite "github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	workflowsqlite "github.com/tierkeep/tierkeep/shared/port/workflow/sqlite"
)

// Embedded is the ports of one machine, with what has to be run and closed.
type Embedded struct {
	assemble.Ports
	Feed     store.Feed
	Queue    queue.Queue
	Timers   *schedulesqlite.Schedule
	Machines *workflowsqlite.Workflow
	Rows     *storesqlite.Store
	file     *sqlitefile.File
}

// OpenEmbedded opens the ports in a data folder, making it where there is none.
func OpenEmbedded(folder string, clock clock.Clock, log *slog.Logger) (*Embedded, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := sqlitefile.Open(filepath.Join(folder, "tierkeep.db"))
	if err != nil {
		return nil, err
	}
	e, err := embed(f, folder, clock, log)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return e, nil
}

func embed(f *sqlitefile.File, folder string, clock clock.Clock, log *slog.Logger) (*Embedded, error) {
	rows, err := storesqlite.Open(f, clock)
	if err != nil {
		return nil, err
	}
	queues, err := queuesqlite.Open(f, clock)
	if err != nil {
		return nil, err
	}
	timers, err := schedulesqlite.Open(f, clock, queues, log)
	if err != nil {
		return nil, err
	}
	machines, err := workflowsqlite.Open(f, clock, log)
	if err != nil {
		return nil, err
	}
	return &Embedded{
		Ports: assemble.Ports{
			Store: rows, Schedule: timers, Workflow: machines, Secrets: file.Secrets{Folder: filepath.Join(folder, "secrets")}, Clock: clock,
			Mail: outbox.Outbox{Folder: filepath.Join(folder, "outbox")},
		},
		Feed: rows, Queue: queues, Timers: timers, Machines: machines, Rows: rows, file: f,
	}, nil
}

// Define gives the machines their definitions, and the tasks that they call.
func (e *Embedded) Define(tasks map[string]workflow.Task) error {
	for name, definition := range workflows.All() {
		if err := e.Machines.Define(name, definition, tasks); err != nil {
			return fmt.Errorf("define the machine %s: %w", name, err)
		}
	}
	return nil
}

// Close closes the file.
func (e *Embedded) Close() error { return e.file.Close() }
