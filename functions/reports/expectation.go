package reports

import (
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Expectation is a backup that was due and was not seen to begin. One that is met leaves nothing behind.
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
	Why         Why // of Unknown
}

// ExpectationState says what is known of an expectation that was not met.
type ExpectationState string

// The states of an expectation.
const (
	Missed  ExpectationState = "missed"  // nothing began in time
	Unknown ExpectationState = "unknown" // nobody knows, and Why says why
	Open    ExpectationState = "open"    // a client is at work, and its end will tell; shown to nobody
)

// Why says why nobody knows.
type Why string

// The reasons.
const (
	Silent   Why = "silent" // the server says nothing
	OnlyRead Why = "read"   // the device was there and only read: perhaps a backup that found nothing changed
)

// ends is the last instant at which a start counts.
func (e Expectation) ends() time.Time { return e.DueAt.Add(e.Grace) }

// covers tells whether a job of the expectation's device began in time.
func (e Expectation) covers(j Job) bool {
	return j.Device == e.Device && !j.StartedAt.Before(e.DueAt) && !j.StartedAt.After(e.ends())
}

// judge decides the expectation from the jobs around it. It is the one place that does, whatever came late or twice.
func (e Expectation) judge(jobs []Job, silent bool) (_ Expectation, met bool) {
	atWork, contact := false, false
	for _, j := range jobs {
		switch {
		case !e.covers(j):
		case j.Kind == driver.Backup:
			return e, true
		case j.State == driver.Running:
			atWork = true
		case j.Kind == driver.Read, j.Kind == driver.UnknownKind:
			contact = true
		}
	}
	e.State, e.Why = Missed, ""
	switch {
	case atWork:
		e.State = Open
	case silent:
		e.State, e.Why = Unknown, Silent
	case contact:
		e.State, e.Why = Unknown, OnlyRead
	}
	return e, false
}
