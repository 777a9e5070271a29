package vault

import (
	"fmt"
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// tracker tells one device's jobs from the requests of its clients, which name no job. A lock that is taken begins a job and
// its removal ends one; a snapshot that is saved makes it a backup. It is plain memory: the vault keeps what it says.
//
// restic replaces its lock every five minutes, new one first, and must not be taken for a second client then; a client that
// was killed leaves its lock behind, and the next one must not be taken for it.
type tracker struct {
	open  []*openJob // also the interrupted ones that may come back
	ended []*openJob // since they were last written down
	loose loose      // what was uploaded without a lock: only init does that
}

// openJob is a job under way, with what is needed to take it up after a restart.
type openJob struct {
	Job         driver.Job
	Lock        string
	LockedAt    time.Time
	NewLock     string // perhaps the refresh of Lock: certain once Lock is removed
	NewLockAt   time.Time
	Connections []string // on which the client was seen
	NonKeys     int64    // stored objects that are no keys
	dirty       bool     // changed since it was written down
	writtenAt   time.Time
}

type loose struct{ bytes, objects int64 }

const (
	refreshFrom    = 4*time.Minute + 30*time.Second // restic refreshes at five minutes
	refreshTo      = 6*time.Minute + 30*time.Second
	refreshSettles = time.Minute     // the old lock is removed right after the new one is taken
	mayComeBack    = 24 * time.Hour  // an interrupted client
	maxConnections = 64              // remembered per job
	maxLogLines    = 200             // per job
	flushEvery     = 5 * time.Second // running jobs are written down at most that often
)

func newTracker() *tracker { return &tracker{} }

// caller is who sent a request.
type caller struct {
	account, device string
	address, client string
	connection      string
	at              time.Time
}

// lockTaken begins a job, or refreshes one.
func (t *tracker) lockTaken(c caller, lock string) {
	if j := t.refreshedBy(c); j != nil {
		j.NewLock, j.NewLockAt = lock, c.at
		j.seen(c)
		return
	}
	j := &openJob{
		Job: driver.Job{
			ID: id.New(id.Job, c.at), Account: c.account, Device: c.device, Kind: driver.UnknownKind, State: driver.Running,
			StartedAt: c.at, SeenAt: c.at, Address: c.address, Client: c.client,
		},
		Lock: lock, LockedAt: c.at,
	}
	j.seen(c)
	j.log(c.at, driver.LogInfo, "lock taken from %s", c.address)
	t.open = append(t.open, j)
}

// refreshedBy returns the job whose lock a new lock probably replaces: its client sends it, on a connection that is known
// or at about the time at which restic refreshes.
func (t *tracker) refreshedBy(c caller) *openJob {
	for _, j := range slices.Backward(t.open) {
		if j.Job.State != driver.Running || j.NewLock != "" || !j.from(c) {
			continue
		}
		age := c.at.Sub(j.LockedAt)
		if slices.Contains(j.Connections, c.connection) && c.connection != "" || age >= refreshFrom && age <= refreshTo {
			return j
		}
	}
	return nil
}

// lockRemoved ends the job that held it, unless the job has another by now.
func (t *tracker) lockRemoved(c caller, lock string) {
	for i, j := range t.open {
		switch lock {
		case j.NewLock:
			j.NewLock = ""
			return
		case j.Lock:
		default:
			continue
		}
		switch {
		case j.NewLock != "":
			j.Lock, j.LockedAt, j.NewLock = j.NewLock, j.NewLockAt, ""
			j.seen(c)
		case j.Job.State == driver.Interrupted: // somebody cleaned up after it
			t.open = slices.Delete(t.open, i, i+1)
		default:
			j.end(c.at)
			t.finish(i)
		}
		return
	}
}

func (t *tracker) finish(i int) {
	t.ended = append(t.ended, t.open[i])
	t.open = slices.Delete(t.open, i, i+1)
}

// uploaded counts a stored object; snapshot is its name when it is one.
func (t *tracker) uploaded(c caller, kind string, bytes int64, snapshot string) {
	j := t.of(c, true)
	if j == nil {
		t.loose.bytes, t.loose.objects = t.loose.bytes+bytes, t.loose.objects+1
		return
	}
	j.Job.UploadedBytes += bytes
	j.Job.Objects++
	if kind != "keys" {
		j.NonKeys++
	}
	if snapshot != "" {
		j.Job.SnapshotID = snapshot
		j.log(c.at, driver.LogInfo, "snapshot %s saved", snapshot[:min(8, len(snapshot))])
	}
	j.seen(c)
}

// initialised notes that a repository was made, which takes no lock and is over at once.
func (t *tracker) initialised(c caller, bytes int64) {
	j := &openJob{Job: driver.Job{
		ID: id.New(id.Job, c.at), Account: c.account, Device: c.device, Kind: driver.Init, State: driver.Success, StartedAt: c.at,
		SeenAt: c.at, EndedAt: &c.at, Address: c.address, Client: c.client, UploadedBytes: t.loose.bytes + bytes, Objects: t.loose.objects + 1,
	}}
	j.log(c.at, driver.LogInfo, "repository made from %s", c.address)
	t.loose = loose{}
	t.ended = append(t.ended, j)
}

func (t *tracker) downloaded(c caller, bytes int64) {
	if j := t.of(c, false); j != nil {
		j.Job.DownloadedBytes += bytes
		j.seen(c)
	}
}

func (t *tracker) deleted(c caller) {
	if j := t.of(c, false); j != nil {
		j.Job.Deleted++
		j.seen(c)
	}
}

// refused notes that something could not be stored, and why.
func (t *tracker) refused(c caller, reason string) {
	j := t.of(c, true)
	if j == nil {
		return
	}
	if reason == reasonQuota {
		j.Job.QuotaRefusals++
		if j.Job.QuotaRefusals == 1 {
			j.log(c.at, driver.LogError, "refused: the quota is used up")
		}
	} else {
		j.Job.Refusals++
		if j.Job.Refusals == 1 {
			j.log(c.at, driver.LogError, "refused: %s", reason)
		}
	}
	j.Job.Reason = reason
	j.seen(c)
}

// of returns the job that a request most likely belongs to: the newest of the same connection, else of the same client. An
// upload brings an interrupted job back.
func (t *tracker) of(c caller, upload bool) *openJob {
	var likely *openJob
	for _, j := range slices.Backward(t.open) {
		if !j.from(c) || j.Job.State != driver.Running && !upload {
			continue
		}
		if c.connection != "" && slices.Contains(j.Connections, c.connection) {
			likely = j
			break
		}
		if likely == nil || likely.Job.State != driver.Running && j.Job.State == driver.Running {
			likely = j
		}
	}
	if likely != nil && likely.Job.State == driver.Interrupted {
		likely.Job.State, likely.Job.EndedAt, likely.Job.Reason = driver.Running, nil, ""
		likely.log(c.at, driver.LogInfo, "the client came back")
	}
	return likely
}

// tend interrupts jobs whose client gave no sign of life, and settles locks that turned out to be second clients.
func (t *tracker) tend(now time.Time, patience time.Duration) {
	for i := 0; i < len(t.open); i++ {
		j := t.open[i]
		if j.NewLock != "" && now.Sub(j.NewLockAt) > refreshSettles {
			second := &openJob{
				Job: driver.Job{
					ID: id.New(id.Job, j.NewLockAt), Account: j.Job.Account, Device: j.Job.Device, Kind: driver.UnknownKind,
					State: driver.Running, StartedAt: j.NewLockAt, SeenAt: j.Job.SeenAt, Address: j.Job.Address, Client: j.Job.Client,
				},
				Lock: j.NewLock, LockedAt: j.NewLockAt, dirty: true,
			}
			j.NewLock = ""
			t.open = append(t.open, second)
		}
		quiet := now.Sub(j.Job.SeenAt)
		switch {
		case j.Job.State == driver.Running && quiet > patience:
			last := j.Job.SeenAt
			j.classify()
			j.Job.State, j.Job.EndedAt, j.Job.Reason = driver.Interrupted, &last, reasonGone
			j.log(now, driver.LogError, "the client gave no sign of life since %s", last.UTC().Format(time.TimeOnly))
		case j.Job.State == driver.Interrupted && quiet > mayComeBack && !j.dirty:
			t.open = slices.Delete(t.open, i, i+1)
			i--
		}
	}
}

// The reasons that a job names.
const (
	reasonQuota    = "quota_exceeded"
	reasonReadOnly = "read_only"
	reasonGone     = "client_gone"
	reasonNothing  = "no_snapshot"
)

func (j *openJob) from(c caller) bool { return j.Job.Address == c.address && j.Job.Client == c.client }

func (j *openJob) seen(c caller) {
	j.Job.SeenAt, j.dirty = c.at, true
	if c.connection != "" && !slices.Contains(j.Connections, c.connection) && len(j.Connections) < maxConnections {
		j.Connections = append(j.Connections, c.connection)
	}
}

func (j *openJob) log(at time.Time, level driver.LogLevel, format string, args ...any) {
	j.dirty = true
	if len(j.Job.Log) < maxLogLines {
		j.Job.Log = append(j.Job.Log, driver.LogLine{At: at, Level: level, Text: fmt.Sprintf(format, args...)})
	}
}

// classify tells what a job was from what it did.
func (j *openJob) classify() {
	switch {
	case j.Job.Deleted > 0:
		j.Job.Kind = driver.Maintenance
	case j.Job.SnapshotID != "" || j.NonKeys > 0 || j.Job.QuotaRefusals+j.Job.Refusals > 0:
		j.Job.Kind = driver.Backup
	case j.Job.Objects > 0: // keys alone
		j.Job.Kind = driver.Maintenance
	default:
		j.Job.Kind = driver.Read
	}
}

func (j *openJob) end(at time.Time) {
	j.classify()
	j.Job.EndedAt, j.Job.SeenAt = &at, at
	switch {
	case j.Job.SnapshotID != "":
		j.Job.State, j.Job.Reason = driver.Success, ""
	case j.Job.QuotaRefusals > 0:
		j.Job.State = driver.Quota
	case j.Job.Refusals > 0:
		j.Job.State = driver.Failed
	case j.Job.Kind == driver.Backup:
		j.Job.State, j.Job.Reason = driver.Failed, reasonNothing
		j.log(at, driver.LogError, "ended without a snapshot")
	default:
		j.Job.State = driver.Success
	}
	j.log(at, driver.LogInfo, "ended: %d bytes in %d objects stored, %d bytes read, %d objects removed",
		j.Job.UploadedBytes, j.Job.Objects, j.Job.DownloadedBytes, j.Job.Deleted)
}
