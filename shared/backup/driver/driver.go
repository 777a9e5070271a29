// Package driver is the port to backup servers of every product and version. It holds the words in which they are driven
// and in which they report; it knows no feature of the platform. Each product has an adapter that passes drivertest.
package driver

import (
	"context"
	"errors"
	"time"
)

// Driver drives one backup server.
//
// Guarantees:
//   - Every method may be called again after a crash or a lost reply; the second call finds what the first did and ends the
//     same way.
//   - Ensure makes the server have what is wanted. A generation older than the one that the server was last brought to
//     changes nothing and returns what is observed.
//   - A changed login is a rename: data, devices and usage stay.
//   - A device that a spec no longer names keeps its data and its login: only Trash takes data away, and only Purge deletes.
//   - An account in the trash comes back by Restore alone: Ensure is ErrUnknownAccount, whatever its generation. Its logins
//     stay taken until it is purged.
//   - What Info's capabilities exclude is ErrUnsupported, and nothing is changed.
//   - Reports gives every job, event and usage sample at least once, each newer state of it with a higher revision. The
//     caller keeps the cursor once it has passed the reports on.
//   - Errors wrap one of this package's where the cause is known; any other may go well another time.
type Driver interface {
	// Info probes the server: product, version and what it can do.
	Info(ctx context.Context) (Info, error)
	// Ensure creates or changes an account.
	Ensure(ctx context.Context, spec AccountSpec) (Observed, error)
	// Trash takes an account away from its clients and keeps its data restorable. Trashing an account that is gone succeeds; an
	// older generation changes nothing.
	Trash(ctx context.Context, account string, generation int64) error
	// Restore takes an account back out of the trash as it was: devices, logins, passwords, state and data. An account that is
	// not in the trash stays as it is; one that the server does not have, or has no more, is ErrUnknownAccount. A generation
	// that is not newer than the account's in the trash changes nothing.
	Restore(ctx context.Context, account string, generation int64) (Observed, error)
	// Purge deletes an account's data in the trash for good, under the approval that allows it, which the server keeps. What is
	// not in the trash is never touched: ErrInvalid, as is a purge without an approval. Purging an account that is gone
	// succeeds; an older generation changes nothing.
	Purge(ctx context.Context, account string, generation int64, approval string) error
	// Reports returns what was recorded behind a cursor, which begins as "", at most limit entries, always in the same order. A
	// cursor that this server cannot have given is ErrInvalid.
	Reports(ctx context.Context, cursor string, limit int) (Reports, error)
	Close() error
}

// The errors that callers tell apart.
var (
	ErrUnknownAccount = errors.New("the server has no such account")
	ErrLoginTaken     = errors.New("the login belongs to another device of the server")
	ErrUnsupported    = errors.New("the server cannot do this")
	ErrInvalid        = errors.New("not a possible account")
)

// Info is what a server is.
type Info struct {
	Product      string       `json:"product"` // "restic-vault"
	Version      string       `json:"version"`
	Driver       string       `json:"driver"` // name and version of the adapter, "restic-vault/1"
	Capabilities Capabilities `json:"capabilities"`
	TotalBytes   int64        `json:"total_bytes"`
	FreeBytes    int64        `json:"free_bytes"`
}

// Capabilities says what a server can do. The platform neither offers nor accepts what it cannot.
type Capabilities struct {
	Rename        Rename `json:"rename"`
	Suspend       bool   `json:"suspend"`
	Trash         bool   `json:"trash,omitempty"` // trash, restore and purge; agents of before it do not tell it
	Quota         bool   `json:"quota"`
	SetsPerDevice int    `json:"sets_per_device"` // 0: any number
}

// Rename says whether, and how, a server can change a login.
type Rename string

// How a login changes.
const (
	RenameNone    Rename = "none"
	RenameOffline Rename = "offline" // while the server is stopped
	RenameOnline  Rename = "online"
)

// AccountType is what kind of client an account serves.
type AccountType string

// The account types (mission A27).
const (
	Online AccountType = "online" // servers, databases, every module
	Basic  AccountType = "basic"  // files of a workstation
)

// AccountState says what clients may do.
type AccountState string

// The states of an account on its server.
const (
	Active    AccountState = "active"
	ReadOnly  AccountState = "readonly"  // restores work, nothing new is taken
	Suspended AccountState = "suspended" // nobody is let in
)

// AccountSpec is what is wanted of an account.
type AccountSpec struct {
	Account    string       `json:"account"` // acc_…
	Generation int64        `json:"generation"`
	Type       AccountType  `json:"type"`
	State      AccountState `json:"state"`
	QuotaBytes int64        `json:"quota_bytes"` // 0: no limit
	Modules    []string     `json:"modules,omitempty"`
	Devices    []DeviceSpec `json:"devices"`
}

// DeviceSpec is what is wanted of one device. It has a login of its own, because a server cannot tell machines that share
// one apart.
type DeviceSpec struct {
	Device         string `json:"device"` // dev_…
	Login          string `json:"login"`
	Password       Secret `json:"-"`                         // empty: unchanged
	SealedPassword []byte `json:"sealed_password,omitempty"` // as it travels: sealed to the agent's X25519 key
}

// TrashSpec is what is wanted of an account that goes to the trash, comes back or is purged.
type TrashSpec struct {
	Account    string `json:"account"` // acc_…
	Generation int64  `json:"generation"`
	Approval   string `json:"approval,omitempty"` // apr_…: what trashing and purging stand on; restoring takes none
}

// Observed is what the server has.
type Observed struct {
	Account    string           `json:"account"`
	Generation int64            `json:"generation"`
	State      AccountState     `json:"state"`
	QuotaBytes int64            `json:"quota_bytes"`
	UsedBytes  int64            `json:"used_bytes"`
	Devices    []ObservedDevice `json:"devices"`
}

// ObservedDevice is one device as the server has it.
type ObservedDevice struct {
	Device    string `json:"device"`
	Login     string `json:"login"`
	UsedBytes int64  `json:"used_bytes"`
}

// Reports is what a server recorded.
type Reports struct {
	Jobs   []Job
	Events []AccountEvent
	Usage  []Usage
	Next   string // the cursor behind all of it
	More   bool   // there is more behind Next already
}

// Usage is how much a device keeps at an instant: all its files, configuration, keys and locks included.
type Usage struct {
	Account string    `json:"account"`
	Device  string    `json:"device"`
	At      time.Time `json:"at"`
	Bytes   int64     `json:"bytes"`
	Files   int64     `json:"files"`
}
