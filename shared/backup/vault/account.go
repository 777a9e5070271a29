package vault

import (
	"path/filepath"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// account is a customer's place in the vault.
type account struct {
	id         string
	generation int64
	kind       driver.AccountType
	state      driver.AccountState
	quota      int64 // bytes, 0: no limit
	used       int64
	reserved   int64 // promised to uploads that are under way
	devices    []*device
	exchanges  map[*exchange]bool // requests under way
	gone       bool               // to the trash
}

func newAccount(id string) *account { return &account{id: id, exchanges: map[*exchange]bool{}} }

// device is one machine with its own login and repository.
type device struct {
	id      string
	account *account
	login   string
	hash    []byte // bcrypt of the password
	used    int64
	files   int64
	jobs    *tracker
	known   map[[32]byte]time.Time // its good passwords that were shown lately, until when
	writing map[string]*exchange   // by file: who writes it
	sampled string                 // the hour of the latest usage sample
}

func newDevice(id string, a *account) *device {
	return &device{id: id, account: a, jobs: newTracker(), known: map[[32]byte]time.Time{}, writing: map[string]*exchange{}}
}

func (v *Vault) folder(d *device) string {
	return filepath.Join(v.config.Folder, "data", d.account.id, d.id)
}
