// Package wake is the port that tells an agent to claim now. A hint carries no work, so a lost or doubled one is harmless;
// the agent's own polling catches what was missed. AWS: API Gateway WebSocket; embedded: a WebSocket of the local gateway.
package wake

import "context"

// Waker hints.
type Waker interface {
	// Hint tells the agent to claim, if it is connected, and reports whether a connection took the hint. It never waits
	// for a peer longer than two seconds. An error means that the connections could not be looked up.
	Hint(ctx context.Context, agent string) (delivered bool, err error)
}
