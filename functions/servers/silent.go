package servers

import (
	"context"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Listener tells other features which servers say nothing.
type Listener struct {
	Reader Reader
	Clock  clock.Clock
}

// Silent tells whether nothing is known of a server now: its agent fell silent, or none has enrolled.
func (l Listener) Silent(ctx context.Context, owner tenant.ID, server string) (bool, error) {
	s, err := l.Reader.Server(ctx, owner, server)
	if err != nil {
		return false, err
	}
	a, err := l.Reader.AgentOf(ctx, s)
	return a.StatusAt(l.Clock.Now()) != Online, err
}
