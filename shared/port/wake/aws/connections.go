// Package aws is the adapter of shared/port/wake for API Gateway's WebSocket: agents hold one connection to it, rows say
// which connection is whose, and a hint is one small text posted to a connection.
package aws

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Connections is which agent holds which connection. Every key of this adapter:
//
//	lookup conn  agent/<agent>            the agent's newest connection; the version is when it began, in milliseconds
//	lookup conn  connection/<connection>  the agent, because a connection that ends does not say whose it was
//
// Both rows expire, so that an end that nobody was told leaves nothing behind.
type Connections struct {
	Rows  store.Store
	Clock clock.Clock
}

// longest is after what time API Gateway has surely ended a connection: it does so at two hours.
const longest = 125 * time.Minute

// Connection is an agent's newest one.
type Connection struct {
	ID    string
	Began time.Time
}

// Enter makes a connection the agent's newest one and returns the one that it takes the place of, if any.
func (c Connections) Enter(ctx context.Context, agent string, owner tenant.ID, connection string) (older Connection, found bool, err error) {
	older, found, err = c.Of(ctx, agent)
	if err != nil {
		return Connection{}, false, err
	}
	now := c.Clock.Now()
	newest := lookup.Item(lookup.Conn, agentValue(agent), owner, connection)
	newest.Version, newest.ExpiresAt = now.UnixMilli(), now.Add(longest)
	whose := lookup.Item(lookup.Conn, connectionValue(connection), owner, agent)
	whose.ExpiresAt = newest.ExpiresAt
	if err := c.Rows.AtomicWrite(ctx, store.Write{Puts: []store.Put{{Item: newest}, {Item: whose}}}); err != nil {
		return Connection{}, false, fmt.Errorf("enter a connection of agent %s: %w", agent, err)
	}
	return older, found && older.ID != connection, nil
}

// Of returns an agent's newest connection, if it has one.
func (c Connections) Of(ctx context.Context, agent string) (Connection, bool, error) {
	key := lookup.Key(lookup.Conn, agentValue(agent))
	row, err := c.Rows.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return Connection{}, false, nil
	}
	if err != nil {
		return Connection{}, false, fmt.Errorf("look up the connection of agent %s: %w", agent, err)
	}
	ref, err := lookup.Read(row)
	if err != nil {
		return Connection{}, false, err
	}
	return Connection{ref.ID, time.UnixMilli(row.Version).UTC()}, true, nil
}

// Leave forgets a connection that has ended. A newer one of the same agent stays.
func (c Connections) Leave(ctx context.Context, connection string) error {
	whose := lookup.Key(lookup.Conn, connectionValue(connection))
	ref, err := lookup.Get(ctx, c.Rows, lookup.Conn, connectionValue(connection))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up whose connection ended: %w", err)
	}
	newest, found, err := c.Of(ctx, ref.ID)
	if err != nil {
		return err
	}
	if found && newest.ID == connection {
		if err := c.forget(ctx, ref.ID, newest); err != nil {
			return err
		}
	}
	if err := c.Rows.AtomicWrite(ctx, store.Write{Deletes: []store.Delete{{Key: whose}}}); err != nil {
		return fmt.Errorf("forget a connection of agent %s: %w", ref.ID, err)
	}
	return nil
}

// forget removes an agent's newest connection, unless it has a newer one by now.
func (c Connections) forget(ctx context.Context, agent string, of Connection) error {
	key := lookup.Key(lookup.Conn, agentValue(agent))
	err := c.Rows.AtomicWrite(ctx, store.Write{Deletes: []store.Delete{{Key: key, If: store.VersionIs(of.Began.UnixMilli())}}})
	if err != nil && !store.Failed(err) {
		return fmt.Errorf("forget the connection of agent %s: %w", agent, err)
	}
	return nil
}

func agentValue(agent string) string           { return "agent/" + agent }
func connectionValue(connection string) string { return "connection/" + connection }
