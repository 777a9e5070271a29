package vault

import (
	"fmt"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// openJob is a job under way, with what is needed to take it up after a restart.
type openJob struct {
	Job        driver.Job
	Lock       string
	LockedAt   time.Time
	MayRefresh []string // the jobs of which this one is perhaps only the refreshed lock; it is not reported until that is settled

	Began           bool     // to store content, whatever came of it
	NonKeys         int64    // stored objects that are no keys
	Forgotten       int64    // removed snapshots and indexes
	Removed         []string // what was removed lately: stored again, it was a client's retry
	RefusedStores   int64
	RefusedRemovals int64
	RefusedFor      string // the latest reason

	connections []int64 // on which the client was seen; they do not outlive the vault's process
	dirty       bool    // changed since it was written down
	writtenAt   time.Time
}

// What a job remembers at most; the oldest goes first.
const (
	maxConnections = 64
	maxRemoved     = 64
	maxLogLines    = 200
)

// The reasons that a job names.
const (
	reasonQuota     = "quota_exceeded"
	reasonReadOnly  = "read_only"
	reasonSuspended = "suspended"
	reasonGone      = "client_gone"
	reasonNothing   = "no_snapshot"
)

func begin(c caller, lock string) *openJob {
	j := &openJob{
		Job: driver.Job{
			ID: id.New(id.Job, c.at), Account: c.account, Device: c.device, Kind: driver.UnknownKind, State: driver.Running,
			StartedAt: c.at, SeenAt: c.at, Address: c.address, Client: c.client,
		},
		Lock: lock, LockedAt: c.at,
	}
	j.seen(c)
	j.log(c.at, driver.LogInfo, "lock taken from %s", c.address)
	return j
}

func (j *openJob) from(c caller) bool { return j.Job.Address == c.address && j.Job.Client == c.client }

func (j *openJob) on(c caller) bool {
	return c.connection != 0 && slices.Contains(j.connections, c.connection)
}

// seen notes a sign of life. Requests end in another order than they began, and clocks are set back.
func (j *openJob) seen(c caller) {
	j.dirty = true
	j.Job.SeenAt = latest(j.Job.SeenAt, c.at)
	if c.connection != 0 && !j.on(c) {
		j.connections = lastOf(append(j.connections, c.connection), maxConnections)
	}
}

func (j *openJob) log(at time.Time, level driver.LogLevel, format string, args ...any) {
	j.dirty = true
	if len(j.Job.Log) < maxLogLines {
		j.Job.Log = append(j.Job.Log, driver.LogLine{At: at, Level: level, Text: fmt.Sprintf(format, args...)})
	}
}

// idle tells whether the job did nothing yet but hold its lock.
func (j *openJob) idle() bool {
	n := j.Job
	return n.Objects+n.Deleted+n.UploadedBytes+n.DownloadedBytes+n.QuotaRefusals+n.Refusals == 0 && n.SnapshotID == "" && !j.Began
}

// revive takes up a job again that was thought to be over.
func (j *openJob) revive(c caller) {
	if j.Job.State == driver.Interrupted {
		j.Job.State, j.Job.EndedAt, j.Job.Reason = driver.Running, nil, j.RefusedFor
		j.log(c.at, driver.LogInfo, "the client came back")
	}
}

// absorb takes over what a client did under the lock that replaced this job's.
func (j *openJob) absorb(n *openJob) {
	j.Lock, j.LockedAt = n.Lock, n.LockedAt
	j.Job.UploadedBytes += n.Job.UploadedBytes
	j.Job.DownloadedBytes += n.Job.DownloadedBytes
	j.Job.Objects += n.Job.Objects
	j.Job.Deleted += n.Job.Deleted
	j.Job.QuotaRefusals += n.Job.QuotaRefusals
	j.Job.Refusals += n.Job.Refusals
	j.Began = j.Began || n.Began
	j.NonKeys += n.NonKeys
	j.Forgotten += n.Forgotten
	j.RefusedStores += n.RefusedStores
	j.RefusedRemovals += n.RefusedRemovals
	j.Removed = lastOf(append(j.Removed, n.Removed...), maxRemoved)
	j.connections = lastOf(append(j.connections, n.connections...), maxConnections)
	if n.Job.SnapshotID != "" {
		j.Job.SnapshotID = n.Job.SnapshotID
	}
	if n.RefusedFor != "" {
		j.RefusedFor, j.Job.Reason = n.RefusedFor, n.RefusedFor
	}
}

// stored counts an object, a retried one once.
func (j *openJob) stored(kind string, bytes int64, retried bool) {
	j.Job.UploadedBytes += bytes
	if retried {
		return
	}
	j.Job.Objects++
	if kind != "keys" {
		j.NonKeys++
	}
}

// takeBack forgets that an object was removed, and tells whether it was.
func (j *openJob) takeBack(kind, name string) bool {
	i := slices.Index(j.Removed, kind+"/"+name)
	if i < 0 {
		return false
	}
	j.Removed = slices.Delete(j.Removed, i, i+1)
	j.Job.Deleted--
	if forgets(kind) {
		j.Forgotten--
	}
	j.dirty = true
	return true
}

func (j *openJob) removed(kind, name string) {
	j.Job.Deleted++
	if forgets(kind) {
		j.Forgotten++
	}
	if kind == "snapshots" && name == j.Job.SnapshotID {
		j.Job.SnapshotID = ""
	}
	j.Removed = lastOf(append(j.Removed, kind+"/"+name), maxRemoved)
}

// forgets tells whether only maintenance removes such objects: a backup may leave out packs, never these.
func forgets(kind string) bool { return kind == "snapshots" || kind == "index" }

// classify tells what a job was from what it did.
func (j *openJob) classify() {
	switch {
	case j.Forgotten > 0:
		j.Job.Kind = driver.Maintenance
	case j.Job.SnapshotID != "" || j.Began || j.NonKeys > 0 || j.RefusedStores > 0:
		j.Job.Kind = driver.Backup
	case j.Job.Deleted+j.Job.Objects+j.RefusedRemovals > 0: // packs that nothing uses, or keys
		j.Job.Kind = driver.Maintenance
	default:
		j.Job.Kind = driver.Read
	}
}

// end settles how a job ended at an instant.
func (j *openJob) end(at time.Time) {
	j.classify()
	at = latest(at, j.Job.StartedAt)
	j.Job.EndedAt, j.Job.SeenAt = &at, latest(at, j.Job.SeenAt)
	switch {
	case j.Job.SnapshotID != "":
		j.Job.State, j.Job.Reason = driver.Success, ""
	case j.Job.QuotaRefusals > 0:
		j.Job.State, j.Job.Reason = driver.Quota, reasonQuota
	case j.Job.Refusals > 0:
		j.Job.State, j.Job.Reason = driver.Failed, j.RefusedFor
	case j.Job.Kind == driver.Backup:
		j.Job.State, j.Job.Reason = driver.Failed, reasonNothing
		j.log(at, driver.LogError, "ended without a snapshot")
	default:
		j.Job.State, j.Job.Reason = driver.Success, ""
	}
	j.log(at, driver.LogInfo, "ended: %d bytes in %d objects stored, %d bytes read, %d objects removed",
		j.Job.UploadedBytes, j.Job.Objects, j.Job.DownloadedBytes, j.Job.Deleted)
}

// interrupt notes that the client went away. One that had saved its snapshot had done what it came for.
func (j *openJob) interrupt(now time.Time) {
	last := j.Job.SeenAt
	j.log(now, driver.LogError, "the client gave no sign of life since %s", last.UTC().Format(time.TimeOnly))
	if j.Job.SnapshotID != "" {
		j.end(last)
		return
	}
	j.classify()
	last = latest(last, j.Job.StartedAt)
	j.Job.State, j.Job.EndedAt, j.Job.Reason = driver.Interrupted, &last, reasonGone
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func lastOf[E any](all []E, most int) []E { return all[max(0, len(all)-most):] }
