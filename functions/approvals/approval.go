// Package approvals owns what needs a second pair of eyes: who asked, who may decide, and how it ended. It does not carry out
// what was approved. README.md has its words, its rule and its states.
package approvals

import (
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Kind says what is to be allowed.
type Kind string

// The kinds of approvals.
const (
	DeleteAccount Kind = "account.delete"
	PurgeAccount  Kind = "account.purge" // before the retention in the trash is over
	CutQuota      Kind = "account.cut_quota"
)

// Kinds is the table of what may be asked for, each with the permission that asking takes.
var Kinds = map[Kind]authz.Permission{
	DeleteAccount: authz.AccountsDelete,
	PurgeAccount:  authz.AccountsDelete,
	CutQuota:      authz.AccountsChange,
}

// State is where an approval stands.
type State string

// The states of an approval.
const (
	Waiting   State = "waiting"
	Approved  State = "approved"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
)

// transitions is the whole life of an approval.
var transitions = map[State][]State{
	Waiting:   {Approved, Refused, Withdrawn, Expired},
	Approved:  {},
	Refused:   {},
	Withdrawn: {},
	Expired:   {},
}

// Person is somebody who asked or decided, as he was then.
type Person struct {
	User string    `json:"user"`
	Name string    `json:"name"`
	Home tenant.ID `json:"home"`
}

// Approval is one wish that waits for, or had, a second person's decision.
type Approval struct {
	ID         string
	Seller     tenant.ID // whose rows hold it, and below whom nobody decides
	Kind       Kind
	Account    string
	Customer   tenant.ID
	Asker      Person
	Reason     string
	Deciders   []tenant.ID // fixed when it was asked for
	Loss       Loss        // as it was then
	State      State
	Decider    Person // who ended it; nobody where it expired
	Answer     string // the decider's reason
	AskedAt    time.Time
	RemindAt   time.Time
	RemindedAt time.Time
	ExpiresAt  time.Time
	EndedAt    time.Time
	Token      string // of the machine's task that waits for the decision
	Trouble    string // why the machine neither reminds nor lets expire; empty: it does
	Version    int64
}

// WorkflowFailed is the trouble of an approval whose machine ended before it.
const WorkflowFailed = "workflow_failed"

// keepEnded is how long an approval can be looked at after its end: as long as the audit log.
const keepEnded = 400 * 24 * time.Hour

func (a Approval) may(to State) bool { return slices.Contains(transitions[a.State], to) }

// open tells whether it can still be decided. Its time may be over before the machine has noted it.
func (a Approval) open(now time.Time) bool { return a.State == Waiting && now.Before(a.ExpiresAt) }
