// Package reports owns what backup clients did and what they should have done. It does not own schedules or mail.
// README.md has its words and states.
package reports

import (
	"slices"
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
	Set         string // the backup set, where the device has one alone
	Truncated   bool   // the log was too long to be kept whole
}

// Expectation is a backup that was due and did not begin.
type Expectation struct {
	Seller      tenant.ID
	Customer    tenant.ID
	Account     string
	AccountName string
	Server      string
	Device      string
	Set         string
	SetName     string
	DueAt       time.Time
	Grace       time.Duration
	DecidedAt   time.Time
	State       ExpectationState
	Why         string // silent, read: why it is unknown
}

// ExpectationState says what is known of an expectation that was not met.
type ExpectationState string

// The states of an expectation.
const (
	Missed  ExpectationState = "missed"
	Unknown ExpectationState = "unknown"
)

const (
	whySilent = "silent"
	whyRead   = "read"
)

// metBy tells whether a job that began at an instant met the expectation.
func (e Expectation) metBy(at time.Time) bool {
	return !at.Before(e.DueAt) && !at.After(e.DueAt.Add(e.Grace))
}

// Health is the row of one account that lists and verdicts are made from.
type Health struct {
	Account   string
	Customer  tenant.ID
	Server    string
	LastGood  time.Time
	LastSeen  time.Time
	UsedBytes map[string]int64             // by device
	Days      map[string]map[string]string // by date and set: the letter
	Sets      map[string]SetHealth
	Events    []driver.AccountEvent // the latest, the newest first
	Version   int64
}

// SetHealth is how a backup set stands.
type SetHealth struct {
	Device string
	Word   Word
	Reason string
	At     time.Time
	Job    string
}

const (
	shownDays  = 28
	keptDays   = 35
	keptEvents = 20
)

// Used is what all devices of the account keep.
func (h Health) Used() int64 {
	var sum int64
	for _, n := range h.UsedBytes {
		sum += n
	}
	return sum
}

// note writes a letter for a set on a day, and forgets days that nobody is shown any more.
func (h *Health) note(day, set string, word Word) {
	if h.Days == nil {
		h.Days = map[string]map[string]string{}
	}
	if h.Days[day] == nil {
		h.Days[day] = map[string]string{}
	}
	h.Days[day][set] = letters[word]
	if len(h.Days) > keptDays {
		var all []string
		for d := range h.Days {
			all = append(all, d)
		}
		slices.Sort(all)
		for _, old := range all[:len(all)-keptDays] {
			delete(h.Days, old)
		}
	}
}
