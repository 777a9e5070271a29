package driver

import "time"

// Job is one run of a client as the server saw it.
type Job struct {
	ID              string     `json:"id"`       // job_…
	Revision        int64      `json:"revision"` // grows with every newer state of the same job
	Account         string     `json:"account"`
	Device          string     `json:"device"`
	Kind            JobKind    `json:"kind"`
	State           JobState   `json:"state"`
	StartedAt       time.Time  `json:"started_at"`
	EndedAt         *time.Time `json:"ended_at,omitempty"` // nil while it runs
	SeenAt          time.Time  `json:"seen_at"`            // the client's latest sign of life
	UploadedBytes   int64      `json:"uploaded_bytes"`
	DownloadedBytes int64      `json:"downloaded_bytes"`
	Objects         int64      `json:"objects"` // stored
	Deleted         int64      `json:"deleted"` // objects removed
	SnapshotID      string     `json:"snapshot_id,omitempty"`
	QuotaRefusals   int64      `json:"quota_refusals"`
	Refusals        int64      `json:"refusals"` // for any other reason
	Address         string     `json:"address,omitempty"`
	Client          string     `json:"client,omitempty"` // its User-Agent
	Reason          string     `json:"reason,omitempty"` // why it ended so: quota_exceeded, read_only, suspended, client_gone, no_snapshot
	Log             []LogLine  `json:"log,omitempty"`    // as the server keeps it
}

// JobKind is what a client did. A vault cannot tell a restore from a check: both lock, list and read.
type JobKind string

// The kinds of jobs.
const (
	Backup      JobKind = "backup"
	Read        JobKind = "read"
	Maintenance JobKind = "maintenance" // objects were removed
	Init        JobKind = "init"
	UnknownKind JobKind = "unknown"
)

// JobState is how a job stands.
type JobState string

// The states of a job.
const (
	Running      JobState = "running"
	Success      JobState = "success"
	Warning      JobState = "warning" // usable, some of it missing
	Failed       JobState = "failed"
	Quota        JobState = "quota"       // the quota was in the way
	Cancelled    JobState = "cancelled"   // somebody stopped it
	Interrupted  JobState = "interrupted" // the client went away
	UnknownState JobState = "unknown"
)

// LogLine is one line of the server's own log.
type LogLine struct {
	At    time.Time `json:"at"`
	Level LogLevel  `json:"level"`
	Text  string    `json:"text"`
}

// LogLevel says how bad a line is.
type LogLevel string

// The levels.
const (
	LogInfo    LogLevel = "info"
	LogWarning LogLevel = "warning"
	LogError   LogLevel = "error"
)

// AccountEvent is something that happened to an account outside of any job, merged per account, kind, address and minute.
type AccountEvent struct {
	ID       string    `json:"id"` // aev_…
	Revision int64     `json:"revision"`
	Account  string    `json:"account"`
	Device   string    `json:"device,omitempty"` // empty: several of the account's
	Kind     EventKind `json:"kind"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Count    int64     `json:"count"`
	Address  string    `json:"address"`
}

// EventKind is what happened.
type EventKind string

// The kinds of account events.
const (
	LoginRefused     EventKind = "login_refused"     // a wrong password
	SuspendedRefused EventKind = "suspended_refused" // the account is suspended
	QuotaRefused     EventKind = "quota_refused"
)
