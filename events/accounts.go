package events

import "time"

// AccountCreated says that an account was ordered; nothing exists on the server yet.
type AccountCreated struct {
	Account  string `json:"account"`
	Customer string `json:"customer"`
	Server   string `json:"server"`
	Type     string `json:"account_type"`
}

func (AccountCreated) EventType() Type   { return "account.created" }
func (AccountCreated) EventVersion() int { return 1 }

// AccountChanged says that what is wanted of an account changed: quota, modules, state, devices or backup sets.
type AccountChanged struct {
	Account    string   `json:"account"`
	Generation int64    `json:"generation"`
	Changed    []string `json:"changed"` // names of the fields, such as "quota_bytes"
}

func (AccountChanged) EventType() Type   { return "account.changed" }
func (AccountChanged) EventVersion() int { return 1 }

// AccountObserved says that the server carried out what was wanted up to a generation.
type AccountObserved struct {
	Account    string `json:"account"`
	Generation int64  `json:"generation"`
	UsedBytes  int64  `json:"used_bytes"`
}

func (AccountObserved) EventType() Type   { return "account.observed" }
func (AccountObserved) EventVersion() int { return 1 }

// SetScheduled says when a backup set is due from now on. Reports keeps one timer per set; Removed ends it.
type SetScheduled struct {
	Account string   `json:"account"`
	Device  string   `json:"device"`
	Set     string   `json:"set"`
	Server  string   `json:"server"`
	Plan    Schedule `json:"plan"`
	Removed bool     `json:"removed,omitempty"`
}

func (SetScheduled) EventType() Type   { return "set.scheduled" }
func (SetScheduled) EventVersion() int { return 1 }

// Schedule is when a backup set is due. A time that summer time skips is due at the next valid minute, a doubled one once.
type Schedule struct {
	Every        string   `json:"every"`                   // hour, day, week, or none
	At           string   `json:"at,omitempty"`            // "22:30" local time; for hour only the minutes count
	Days         []string `json:"days,omitempty"`          // mon … sun, for week
	TimeZone     string   `json:"time_zone,omitempty"`     // IANA name
	GraceMinutes int      `json:"grace_minutes,omitempty"` // how long after the due time a start still counts; 0: the default
}

// SetDue says that a backup set's time and grace have passed: nothing that began in between means that it was missed. A
// timer sends it; no change does.
type SetDue struct {
	Account string    `json:"account"`
	Set     string    `json:"set"`
	Due     time.Time `json:"due"`
}

func (SetDue) EventType() Type   { return "set.due" }
func (SetDue) EventVersion() int { return 1 }

// TrashDue says that the time is over for which a deleted account was kept in its server's trash. A timer sends it; no
// change does. Until tells a timer of an earlier deletion apart.
type TrashDue struct {
	Account string    `json:"account"`
	Until   time.Time `json:"until"`
}

func (TrashDue) EventType() Type   { return "trash.due" }
func (TrashDue) EventVersion() int { return 1 }
