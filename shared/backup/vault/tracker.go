package vault

import (
	"slices"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// tracker tells one device's jobs from the requests of its clients, which name no job. A lock that is taken begins a job and
// its removal ends one; a snapshot that is saved makes it a backup. It is plain memory: the vault keeps what it says.
//
// restic replaces its lock every five minutes, new one first. That lock looks like a second client's until the old one is
// removed. So where a lock may be a refresh, its job is not reported until that is settled: the removal of the old lock
// makes both one job, a minute without it makes two. A client that was killed leaves its lock behind, and the next one is
// a job of its own.
type tracker struct {
	open  []*openJob // also the interrupted ones that may come back
	ended []*openJob // since they were last written down
	gone  []string   // jobs that are followed no longer: folded into another, or never coming back
	loose loose      // what was uploaded without a lock: only init does that
}

type loose struct{ bytes, objects int64 }

const (
	refreshFrom    = 4*time.Minute + 30*time.Second // restic refreshes at five minutes
	refreshTo      = 6*time.Minute + 30*time.Second
	refreshSettles = time.Minute    // the old lock is removed right after the new one is taken
	mayComeBack    = 24 * time.Hour // an interrupted client
)

func newTracker() *tracker { return &tracker{} }

// caller is who sent a request.
type caller struct {
	account, device string
	address, client string
	connection      int64 // 0: not known
	at              time.Time
}

// lockTaken begins a job, which perhaps turns out to be the refresh of another.
func (t *tracker) lockTaken(c caller, lock string) {
	j := begin(c, lock)
	j.MayRefresh = t.refreshedBy(c)
	t.open = append(t.open, j)
}

// refreshedBy returns the jobs whose lock a new lock perhaps replaces: the same client's, seen on this connection; failing
// that, those at about the age at which restic refreshes, and those interrupted because their machine slept.
func (t *tracker) refreshedBy(c caller) (same []string) {
	var likely []string
	for _, j := range t.open {
		age := c.at.Sub(j.LockedAt)
		switch {
		case len(j.MayRefresh) > 0 || j.Job.SnapshotID != "" || !j.from(c):
		case j.on(c):
			same = append(same, j.Job.ID)
		case j.Job.State == driver.Interrupted || age >= refreshFrom && age <= refreshTo:
			likely = append(likely, j.Job.ID)
		}
	}
	if len(same) > 0 {
		return same
	}
	return likely
}

// refreshOf returns the job under the lock that replaces the one a client removes, or nil when it has ended.
func (t *tracker) refreshOf(j *openJob, c caller) (fresh *openJob) {
	for _, n := range t.open {
		if !slices.Contains(n.MayRefresh, j.Job.ID) || !n.from(c) || n.Job.SnapshotID != "" || c.at.Sub(n.LockedAt) > refreshSettles {
			continue
		}
		if n.on(c) {
			return n
		}
		if fresh == nil {
			fresh = n
		}
	}
	return fresh
}

// lockRemoved ends the job that held it, unless it was refreshed.
func (t *tracker) lockRemoved(c caller, lock string) {
	i := slices.IndexFunc(t.open, func(j *openJob) bool { return j.Lock == lock })
	if i < 0 {
		return
	}
	j := t.open[i]
	if n := t.refreshOf(j, c); n != nil {
		j.absorb(n)
		j.revive(c)
		j.seen(c)
		t.forget(n)
		return
	}
	if j.Job.State == driver.Interrupted || len(j.MayRefresh) > 0 && j.idle() {
		t.forget(j) // somebody cleaned up after it, or a refresh was taken back
		return
	}
	j.settled()
	j.end(c.at)
	t.finish(j)
}

// settled makes a job one of its own.
func (j *openJob) settled() {
	if len(j.MayRefresh) > 0 {
		j.MayRefresh, j.dirty = nil, true
	}
}

func (t *tracker) finish(j *openJob) {
	t.ended = append(t.ended, j)
	t.drop(j)
}

func (t *tracker) forget(j *openJob) {
	t.gone = append(t.gone, j.Job.ID)
	t.drop(j)
}

func (t *tracker) drop(j *openJob) {
	t.open = slices.DeleteFunc(t.open, func(o *openJob) bool { return o == j })
}

// uploading notes that an upload of content began, so that a job is known as a backup although its client goes away with
// the first pack under way.
func (t *tracker) uploading(c caller) {
	if j := t.of(c, true); j != nil {
		j.Began = true
		j.seen(c)
	}
}

// uploaded counts a stored object.
func (t *tracker) uploaded(c caller, kind, name string, bytes int64) {
	j := t.of(c, true)
	if j == nil {
		t.loose.bytes, t.loose.objects = t.loose.bytes+bytes, t.loose.objects+1
		return
	}
	j.stored(kind, bytes, t.retried(j, kind, name))
	if kind == "snapshots" {
		j.Job.SnapshotID = name
		j.log(c.at, driver.LogInfo, "snapshot %s saved", name[:min(8, len(name))])
	}
	j.seen(c)
}

// retried tells whether a client stores what it removed before: its save had failed, or seemed to, and restic removes the
// object then before it saves it again.
func (t *tracker) retried(j *openJob, kind, name string) bool {
	if j.takeBack(kind, name) {
		return true
	}
	for _, other := range t.open { // the two halves of a refresh that is not settled
		related := slices.Contains(other.MayRefresh, j.Job.ID) || slices.Contains(j.MayRefresh, other.Job.ID)
		if related && other.takeBack(kind, name) {
			return true
		}
	}
	return false
}

// initialised notes that a repository was made, which takes no lock and is over at once.
func (t *tracker) initialised(c caller, bytes int64) {
	at := c.at
	j := &openJob{Job: driver.Job{
		ID: id.New(id.Job, at), Account: c.account, Device: c.device, Kind: driver.Init, State: driver.Success, StartedAt: at,
		SeenAt: at, EndedAt: &at, Address: c.address, Client: c.client,
		UploadedBytes: t.loose.bytes + bytes, Objects: t.loose.objects + 1,
	}}
	j.log(at, driver.LogInfo, "repository made from %s", c.address)
	t.loose = loose{}
	t.ended = append(t.ended, j)
}

// downloaded counts bytes that were read.
func (t *tracker) downloaded(c caller, bytes int64) {
	if j := t.of(c, false); j != nil {
		j.Job.DownloadedBytes += bytes
		j.seen(c)
	}
}

// removed counts an object that was removed.
func (t *tracker) removed(c caller, kind, name string) {
	if j := t.of(c, true); j != nil {
		j.removed(kind, name)
		j.seen(c)
	}
}

// wish is what a client wanted when it was refused.
type wish int

const (
	toRead wish = iota
	toStore
	toRemove
)

// refused notes that a client was refused under a lock, and why.
func (t *tracker) refused(c caller, reason string, w wish) {
	j := t.of(c, w == toStore)
	if j == nil {
		return
	}
	switch w {
	case toStore:
		j.RefusedStores++
	case toRemove:
		j.RefusedRemovals++
	case toRead:
	}
	if reason == reasonQuota {
		j.Job.QuotaRefusals++
	} else {
		j.Job.Refusals++
	}
	if j.RefusedFor != reason {
		j.RefusedFor, j.Job.Reason = reason, reason
		j.log(c.at, driver.LogError, "refused: %s", reason)
	}
	j.seen(c)
}

// of returns the job that a request most likely belongs to: the newest on the same connection, else the client's newest. A
// write brings an interrupted job back, and so does whatever comes on a connection of its own.
func (t *tracker) of(c caller, write bool) *openJob {
	var likely, slept *openJob
	for _, j := range slices.Backward(t.open) {
		switch {
		case !j.from(c):
		case j.on(c):
			j.revive(c)
			return j
		case j.Job.State == driver.Running && likely == nil:
			likely = j
		case j.Job.State == driver.Interrupted && slept == nil:
			slept = j
		}
	}
	if likely == nil && slept != nil && write {
		slept.revive(c)
		return slept
	}
	return likely
}

// tend interrupts jobs whose client gave no sign of life, settles which locks were second clients', and forgets the
// interrupted that will not come back.
func (t *tracker) tend(now time.Time, patience time.Duration) {
	for _, j := range slices.Clone(t.open) {
		if now.Sub(j.LockedAt) > refreshSettles {
			j.settled()
		}
		quiet := now.Sub(j.Job.SeenAt)
		switch {
		case j.Job.State == driver.Running && quiet > patience:
			j.settled()
			j.interrupt(now)
			if j.Job.State != driver.Interrupted {
				t.finish(j)
			}
		case j.Job.State == driver.Interrupted && quiet > mayComeBack && !j.dirty:
			t.forget(j)
		}
	}
}
