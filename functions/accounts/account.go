// Package accounts owns backup accounts and their life. It does not own how a server is told. README.md has its words and
// states.
package accounts

import (
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Account is a customer's place on a backup server.
type Account struct {
	ID          string
	Seller      tenant.ID
	Customer    tenant.ID
	Name        string
	Server      string
	ServerOwner tenant.ID
	Type        driver.AccountType
	Wanted      driver.AccountState
	QuotaBytes  int64
	Modules     []string
	Devices     []Device
	Generation  int64
	Observed    int64  // generation
	Operation   string // the latest one
	Failed      Trouble
	UsedBytes   int64 // as the latest operation found it
	Removal     Removal
	Cut         Cut // the quota that waits for a second person
	CreatedAt   time.Time
	Version     int64
}

// Device is one machine with its own login and repository.
type Device struct {
	ID       string
	Name     string
	Login    string
	Sets     []Set
	Password int64   // the generation whose operation alone carries the newest password; 0: the server has it
	Lost     Trouble // that operation, where it did not bring the password
}

// Trouble is an operation that was not done, and why. The zero value is none.
type Trouble struct {
	Operation string
	Code      string
}

// Set is what a device backs up, and when.
type Set struct {
	ID   string
	Name string
	Plan events.Schedule
}

// State is what an account is to its customer.
type State string

// The states of an account.
const (
	Pending   State = "pending"
	Active    State = "active"
	Suspended State = "suspended"
	Attention State = "attention"

	DeletionRequested State = "deletion_requested"
	Deleting          State = "deleting"
	InTrash           State = "in_trash"
	BeingRestored     State = "restoring"
	Gone              State = "gone"
)

// State tells it from what is wanted and what was observed.
func (a Account) State() State {
	switch {
	case a.Removal.Stage == Purged:
		return Gone
	case a.Attention() != Trouble{}:
		return Attention
	case a.Removal.Stage != Staying:
		return stateOf[a.Removal.Stage]
	case a.Observed == 0:
		return Pending
	case a.Wanted == driver.Suspended:
		return Suspended
	}
	return Active
}

// stateOf is what an account is on its way out. While its trash is being emptied it is still said to be there.
var stateOf = map[Stage]State{
	Asked: DeletionRequested, Trashing: Deleting, Trashed: InTrash, Restoring: BeingRestored, Purging: InTrash, Purged: Gone,
}

// Attention tells what needs a person: what was wanted last, else a device's newest password. The former is made good by
// anything that is wanted after it, because that says everything; the latter only by another password.
func (a Account) Attention() Trouble {
	if a.Failed != (Trouble{}) || a.Removal.Away() {
		return a.Failed
	}
	for _, d := range a.Devices {
		if d.Lost != (Trouble{}) {
			return d.Lost
		}
	}
	return Trouble{}
}

// Modules that an account may have, by type (mission A54). A Basic account backs up files.
var modules = map[driver.AccountType][]string{
	driver.Online: {"files", "system_state", "sql_server", "exchange", "exchange_mailbox", "mysql", "oracle", "hyper_v", "vmware", "microsoft_365"},
	driver.Basic:  {"files"},
}

// ModulesOf lists the modules that accounts of a type may have.
func ModulesOf(t driver.AccountType) []string { return slices.Clone(modules[t]) }

// The bounds of a quota, in bytes.
const (
	MinQuota = 1_000_000
	MaxQuota = 1_000_000_000_000_000
)

// device returns a device by its identifier.
func (a *Account) device(id string) *Device {
	for i := range a.Devices {
		if a.Devices[i].ID == id {
			return &a.Devices[i]
		}
	}
	return nil
}

// wantMore begins the next generation, which may carry passwords for devices. It says all that is wanted, so that what an
// earlier one failed to bring no longer matters, except the passwords that only the earlier one carries.
func (a *Account) wantMore(sealed map[string][]byte) {
	a.Generation++
	a.Failed = Trouble{}
	for i := range a.Devices {
		if d := &a.Devices[i]; len(sealed[d.ID]) > 0 {
			d.Password, d.Lost = a.Generation, Trouble{}
		}
	}
}

// spec is what the server is asked for: everything, whatever changed. A device whose password never came is left out, or a
// server that does not know it would refuse all the rest; what a spec does not name stays as it is on the server. The last
// one stays in, because an account has a device.
func (a Account) spec(sealed map[string][]byte) driver.AccountSpec {
	s := driver.AccountSpec{
		Account: a.ID, Generation: a.Generation, Type: a.Type, State: a.Wanted, QuotaBytes: a.QuotaBytes, Modules: a.Modules,
	}
	for _, withLost := range []bool{false, true} {
		for _, d := range a.Devices {
			if withLost || d.Lost == (Trouble{}) {
				s.Devices = append(s.Devices, driver.DeviceSpec{Device: d.ID, Login: d.Login, SealedPassword: sealed[d.ID]})
			}
		}
		if len(s.Devices) > 0 {
			break
		}
	}
	return s
}
