// Package servers owns backup servers, who may sell what on them, and the agents that drive them. It does not own accounts
// or what is to be done on a server. README.md has its words and states.
package servers

import (
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// SilentAfter is how long an agent may say nothing before its server counts as silent.
const SilentAfter = 5 * time.Minute

// Server is a backup server.
type Server struct {
	ID        string
	Owner     tenant.ID
	Name      string
	Host      string // what clients dial, host or host:port
	Types     []driver.AccountType
	PrivateTo tenant.ID // the one seller that may use it; empty: everybody below the owner
	Agent     string    // agt_…, empty until one has enrolled
	CreatedAt time.Time
	Version   int64
}

// Agent is a program that drives servers. Its volatile part is written at each hello.
type Agent struct {
	ID          string
	Owner       tenant.ID
	Server      string
	SignKey     []byte // Ed25519
	SealKey     []byte // X25519
	EnrolledAt  time.Time
	Software    string
	ClockOffset time.Duration
	Quarantined int // entries that the platform refused and the agent keeps aside
	LastSeen    time.Time
	Info        driver.Info
	Version     int64
}

// Status says whether a server can be reached.
type Status string

// The states of a server.
const (
	New    Status = "new"
	Online Status = "online"
	Silent Status = "silent"
)

// StatusAt tells a server's state from its agent's latest hello. A server without an agent has a zero one.
func (a Agent) StatusAt(now time.Time) Status {
	switch {
	case a.ID == "":
		return New
	case now.Sub(a.LastSeen) > SilentAfter:
		return Silent
	}
	return Online
}

// Access says which types one seller may sell on a server; none keeps it out.
type Access struct {
	Seller tenant.ID            `json:"seller"`
	Types  []driver.AccountType `json:"types"`
}

// sells tells whether a seller may sell a type on the server. The owner always may.
func (s Server) sells(seller tenant.ID, kind driver.AccountType, own *Access) bool {
	switch {
	case !slices.Contains(s.Types, kind):
		return false
	case seller == s.Owner:
		return true
	case s.PrivateTo != "":
		return seller == s.PrivateTo
	case own != nil:
		return slices.Contains(own.Types, kind)
	}
	return true
}
