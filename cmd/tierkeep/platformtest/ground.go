package platformtest

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// Ground is what a world stands on: the ports, and what carries on what was decided.
type Ground struct {
	assemble.Ports
	Feed  store.Feed
	Queue queue.Queue

	// Around stands between the platform's address and the platform. Nil: nothing.
	Around func(http.Handler) http.Handler
	// Carry carries on what was decided, until nothing is left to do now, and tells whether there was anything. Nil: the
	// publisher and the consumers of one machine.
	Carry func(context.Context, *platform.Platform) (moved bool, err error)

	// Positions is where the publisher remembers how far it came.
	Positions store.Store
	// Fire lets happen what falls due by now.
	Fire func(context.Context) error
	// Define gives the machines what they call, and Machines lets them go on until nothing is left to do now, and tells whether
	// there was anything. Nil: they go on by themselves.
	Define   func(map[string]workflow.Task) error
	Machines func(context.Context) (moved bool, err error)
	// Close gives back what the ground holds.
	Close func() error
}

// embedded is a ground of the embedded ports.
func embedded(folder string, c clock.Clock, log *slog.Logger) (*Ground, error) {
	ports, err := platform.OpenEmbedded(filepath.Join(folder, "data"), c, log)
	if err != nil {
		return nil, err
	}
	return &Ground{
		Ports: ports.Ports, Feed: ports.Feed, Queue: ports.Queue, Positions: ports.Store, Fire: ports.Timers.Fire, Define: ports.Define,
		Machines: ports.Machines.Settle, Close: ports.Close,
	}, nil
}
