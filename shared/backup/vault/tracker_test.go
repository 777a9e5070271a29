package vault

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

const (
	testAccount = "acc_01JZZZZZZZZZZZZZZZZZZZZZZZ"
	testDevice  = "dev_01JZZZZZZZZZZZZZZZZZZZZZZZ"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// run is one run of a client as it happened, against which the tracker's job is held.
type run struct {
	address     string
	connections []int64
	lock        string
	lockedAt    time.Time

	uploaded, downloaded, quota, refused int64
	removals                             int
	began                                bool // to upload
	snapshot                             string
	killed, ended                        bool
}

func (r *run) want() (driver.JobKind, driver.JobState, string) {
	kind := driver.Read
	switch {
	case r.removals > 0:
		kind = driver.Maintenance
	case r.began || r.uploaded > 0 || r.quota > 0 || r.refused > 0 || r.snapshot != "":
		kind = driver.Backup
	}
	switch {
	case r.snapshot != "":
		return kind, driver.Success, ""
	case r.killed:
		return kind, driver.Interrupted, reasonGone
	case r.quota > 0:
		return kind, driver.Quota, reasonQuota
	case r.refused > 0:
		return kind, driver.Failed, reasonReadOnly
	case kind == driver.Backup:
		return kind, driver.Failed, reasonNothing
	}
	return kind, driver.Success, ""
}

// site drives a tracker with clients that behave like restic.
type site struct {
	*rapid.T
	tracker *tracker
	now     time.Time
	serial  int
	locks   int
	runs    []*run
	jobs    []*openJob // that ended
}

func (s *site) name() string {
	s.serial++
	return fmt.Sprintf("%064x", s.serial)
}

// caller is a request of a run, on one of its connections or a fresh one.
func (s *site) caller(r *run, fresh bool) caller {
	if fresh || len(r.connections) == 0 {
		s.serial++
		r.connections = append(r.connections, int64(s.serial))
	}
	return caller{
		account: testAccount, device: testDevice, address: r.address, client: "restic/0.18.0", at: s.now,
		connection: rapid.SampledFrom(r.connections).Draw(s.T, "connection"),
	}
}

func (s *site) active() []*run {
	return slices.DeleteFunc(slices.Clone(s.runs), func(r *run) bool { return r.ended || r.killed })
}

func (s *site) pick() *run {
	active := s.active()
	if len(active) == 0 {
		s.Skip("nobody is at work")
	}
	return rapid.SampledFrom(active).Draw(s.T, "run")
}

func (s *site) begin(address string) *run {
	r := &run{address: address, lock: s.name(), lockedAt: s.now}
	s.runs = append(s.runs, r)
	s.locks++
	s.tracker.lockTaken(s.caller(r, true), r.lock)
	s.read(r) // every command reads the index first
	return r
}

func (s *site) read(r *run) {
	r.downloaded += 100
	s.tracker.downloaded(s.caller(r, false), 100)
}

func (s *site) upload(r *run) {
	name, n := s.name(), int64(rapid.IntRange(1, 1000).Draw(s.T, "bytes"))
	kind := rapid.SampledFrom([]string{"data", "data", "index"}).Draw(s.T, "kind")
	r.uploaded += n
	s.tracker.uploaded(s.caller(r, false), kind, name, n)
	if rapid.Bool().Draw(s.T, "the answer is lost") { // restic removes it and saves it again
		r.uploaded += n
		s.tracker.removed(s.caller(r, true), kind, name)
		s.tracker.uploaded(s.caller(r, false), kind, name, n)
	}
}

func (s *site) refresh(r *run) {
	fresh := s.name()
	s.locks++
	s.tracker.lockTaken(s.caller(r, rapid.Bool().Draw(s.T, "on a fresh connection")), fresh)
	if rapid.Bool().Draw(s.T, "meanwhile") {
		s.upload(r)
	}
	s.tracker.lockRemoved(s.caller(r, false), r.lock)
	r.lock, r.lockedAt = fresh, s.now
}

func (s *site) end(r *run) {
	if s.now.Sub(r.lockedAt) >= 5*time.Minute {
		s.refresh(r)
	}
	s.tracker.lockRemoved(s.caller(r, false), r.lock)
	r.ended = true
}

// pass lets time pass, while everybody at work refreshes in time.
func (s *site) pass(d time.Duration) {
	for ; d > 0; d -= time.Minute {
		s.now = s.now.Add(time.Minute)
		for _, r := range s.active() {
			if s.now.Sub(r.lockedAt) >= 5*time.Minute {
				s.refresh(r)
			}
		}
		s.keep()
	}
}

// keep does what the vault does: it tends the jobs and writes them down.
func (s *site) keep() {
	followed := slices.Clone(s.tracker.open)
	s.tracker.tend(s.now, interruptedAfter)
	for _, j := range followed { // what is followed no longer because it never came back was reported all the same
		if j.Job.State == driver.Interrupted && !slices.Contains(s.tracker.open, j) {
			s.jobs = append(s.jobs, j)
		}
	}
	for _, j := range append(slices.Clone(s.tracker.open), s.tracker.ended...) {
		j.dirty = false
		next := j.Job
		next.Revision = 1
		if err := next.Validate(); err != nil && len(j.MayRefresh) == 0 {
			s.Fatalf("a job that nobody takes: %v: %+v", err, next)
		}
	}
	s.jobs = append(s.jobs, s.tracker.ended...)
	s.tracker.ended, s.tracker.gone = nil, nil
}

// restart is what a kill of the vault leaves: the jobs without their connections.
func (s *site) restart() {
	again := newTracker()
	for _, j := range s.tracker.open {
		b, err := json.Marshal(j)
		if err != nil {
			s.Fatal(err)
		}
		read := &openJob{}
		if err := json.Unmarshal(b, read); err != nil {
			s.Fatal(err)
		}
		again.open = append(again.open, read)
	}
	s.tracker = again
}

func (s *site) every() []*openJob { return append(slices.Clone(s.jobs), s.tracker.open...) }

// TestEveryRunIsOneJob: where clients can be told apart by their address, each run of one is one job with its figures,
// however often locks are refreshed, clients killed and begun again, machines asleep and the vault restarted.
func TestEveryRunIsOneJob(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &site{T: rt, tracker: newTracker(), now: noon}
		busy := func(address string) bool {
			return slices.ContainsFunc(s.active(), func(r *run) bool { return r.address == address })
		}
		rt.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) {
				address := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}).Draw(rt, "address")
				if busy(address) {
					rt.Skip("one client at a time")
				}
				s.begin(address)
			},
			"read":   func(*rapid.T) { s.read(s.pick()) },
			"upload": func(*rapid.T) { s.upload(s.pick()) },
			"upload on a new connection": func(*rapid.T) {
				r := s.pick()
				s.caller(r, true)
				s.upload(r)
			},
			"begin to upload": func(*rapid.T) {
				r := s.pick()
				r.began = true
				s.tracker.uploading(s.caller(r, false))
			},
			"forget": func(*rapid.T) {
				r := s.pick()
				r.removals++
				s.tracker.removed(s.caller(r, false), "snapshots", s.name())
			},
			"refused for the quota": func(*rapid.T) {
				r := s.pick()
				r.quota++
				s.tracker.refused(s.caller(r, false), reasonQuota, toStore)
			},
			"refused as read-only": func(*rapid.T) {
				r := s.pick()
				if r.quota > 0 {
					rt.Skip("one reason at a time")
				}
				r.refused++
				s.tracker.refused(s.caller(r, false), reasonReadOnly, toStore)
			},
			"finish a backup": func(*rapid.T) {
				r := s.pick()
				r.snapshot = s.name()
				r.uploaded += 300
				s.tracker.uploaded(s.caller(r, false), "snapshots", r.snapshot, 300)
				if rapid.Bool().Draw(rt, "killed before it unlocks") {
					r.killed = true
					return
				}
				s.end(r)
			},
			"end":  func(*rapid.T) { s.end(s.pick()) },
			"kill": func(*rapid.T) { s.pick().killed = true },
			"pass": func(*rapid.T) { s.pass(time.Duration(rapid.IntRange(1, 14).Draw(rt, "minutes")) * time.Minute) },
			"sleep": func(*rapid.T) { // all machines, and they wake up on new connections
				s.now = s.now.Add(time.Duration(rapid.IntRange(15, 300).Draw(rt, "minutes")) * time.Minute)
				s.keep()
				for _, r := range s.active() {
					r.connections = nil
					s.refresh(r)
				}
			},
			"restart the vault": func(*rapid.T) {
				s.restart()
				for _, r := range s.active() {
					r.connections = nil
				}
			},
			"": func(*rapid.T) { s.keep() },
		})
		for _, r := range s.active() {
			s.end(r)
		}
		s.pass(30 * time.Minute)

		if len(s.every()) != len(s.runs) {
			rt.Fatalf("%d runs became %d jobs", len(s.runs), len(s.every()))
		}
		for _, j := range s.every() {
			i := slices.IndexFunc(s.runs, func(r *run) bool { return r.lock == j.Lock })
			if i < 0 {
				rt.Fatalf("a job of nobody's lock: %+v", j)
			}
			r := s.runs[i]
			kind, state, reason := r.want()
			if j.Job.Kind != kind || j.Job.State != state || j.Job.Reason != reason {
				rt.Fatalf("%s %s %q, want %s %s %q: %+v of %+v", j.Job.Kind, j.Job.State, j.Job.Reason, kind, state, reason, j, r)
			}
			if j.Job.UploadedBytes != r.uploaded || j.Job.DownloadedBytes != r.downloaded || j.Job.SnapshotID != r.snapshot ||
				j.Job.Deleted != int64(r.removals) || j.Job.QuotaRefusals != r.quota || j.Job.Refusals != r.refused {
				rt.Fatalf("%+v of %+v", j, r)
			}
		}
		s.now = s.now.Add(mayComeBack + time.Hour)
		s.keep()
		if len(s.tracker.open) != 0 {
			rt.Fatalf("jobs are followed for ever: %+v", s.tracker.open[0])
		}
	})
}

// TestNothingIsLostBetweenClientsOfOneAddress: where the protocol cannot tell clients apart, they may be mixed up, but every
// byte stands in a job, and every job ends.
func TestNothingIsLostBetweenClientsOfOneAddress(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &site{T: rt, tracker: newTracker(), now: noon}
		rt.Repeat(map[string]func(*rapid.T){
			"begin":  func(*rapid.T) { s.begin("192.0.2.1") },
			"upload": func(*rapid.T) { s.upload(s.pick()) },
			"upload on a new connection": func(*rapid.T) {
				r := s.pick()
				s.caller(r, true)
				s.upload(r)
			},
			"read":    func(*rapid.T) { s.read(s.pick()) },
			"end":     func(*rapid.T) { s.end(s.pick()) },
			"kill":    func(*rapid.T) { s.pick().killed = true },
			"restart": func(*rapid.T) { s.restart() },
			"pass":    func(*rapid.T) { s.pass(time.Duration(rapid.IntRange(1, 14).Draw(rt, "minutes")) * time.Minute) },
			"":        func(*rapid.T) { s.keep() },
		})
		s.now = s.now.Add(30 * time.Minute)
		s.keep()
		var uploaded, counted int64
		for _, r := range s.runs {
			uploaded += r.uploaded
		}
		for _, j := range s.every() {
			counted += j.Job.UploadedBytes
			if j.Job.State == driver.Running {
				rt.Fatalf("still running: %+v", j)
			}
		}
		if uploaded != counted+s.tracker.loose.bytes {
			rt.Fatalf("%d bytes uploaded, %d in jobs", uploaded, counted)
		}
		if len(s.every()) > s.locks {
			rt.Fatalf("%d locks became %d jobs", s.locks, len(s.every()))
		}
	})
}
