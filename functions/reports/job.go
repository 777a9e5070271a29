// Package reports owns what backup clients did and what they should have done. It does not own schedules or mail.
// README.md has its words and states.
package reports

import (
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// How long things are kept.
const (
	keepJobs  = 400 * 24 * time.Hour
	keepLogs  = 90 * 24 * time.Hour
	keepUsage = 400 * 24 * time.Hour
)

// Job is a client's run together with whose it is.
type Job struct {
	driver.Job
	Seller      tenant.ID
	Customer    tenant.ID
	Server      string
	AccountName string
	DeviceName  string
	Type        driver.AccountType
	Set         string // the backup set, where the device has one alone; else the device
	Truncated   bool   // the log was too long to be kept whole
}

// atWork tells whether a client works and nobody knows yet what it does: a server tells a backup from a read at the end.
func (j Job) atWork() bool { return j.State == driver.Running && j.Kind != driver.Backup }

// backsUp tells whether a job says something of backups. Reads and maintenance only say that the client lives.
func (j Job) backsUp() bool { return j.Kind == driver.Backup || j.atWork() }
