package vault_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// opened is a vault with one account whose repository is made.
func opened(t *testing.T) (*world, *driver.AccountSpec, *client) {
	t.Helper()
	w := newWorld(t)
	s := newSpec("shop-a1b2c")
	w.ensure(s)
	c := w.client("shop-a1b2c")
	c.create()
	return w, &s, c
}

func TestALongBackupWithRefreshedLocksIsOneJob(t *testing.T) {
	for name, test := range map[string]struct {
		every     time.Duration
		reconnect bool
	}{
		"on one connection":         {5 * time.Minute, false},
		"on ever new connections":   {5 * time.Minute, true},
		"late, on its connection":   {8 * time.Minute, false}, // the refresh had to be tried again
		"early, on its connection":  {time.Minute, false},
		"after it was given up for": {15 * time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, c := opened(t)
			jobs := len(w.jobs())
			lock := c.save("locks", 150)
			for range 12 {
				c.save("data", 1000)
				w.advance(test.every)
				if test.reconnect {
					c.reconnect()
				}
				lock = c.refresh(lock)
				if j := w.lastJob(); j.State != driver.Running || j.EndedAt != nil {
					t.Fatalf("%+v", j)
				}
			}
			snapshot := c.save("snapshots", 300)
			c.remove("locks", lock)
			j := w.wantJob(driver.Backup, driver.Success, "")
			if len(w.jobs()) != jobs+1 || j.SnapshotID != snapshot || j.UploadedBytes != 12_300 || j.Objects != 13 ||
				j.EndedAt.Sub(j.StartedAt) != 12*test.every {
				t.Fatalf("%d jobs, the last %+v", len(w.jobs()), j)
			}
		})
	}
}

func TestAJobIsReportedWhileItRuns(t *testing.T) {
	w, _, c := opened(t)
	lock := c.save("locks", 150)
	running := w.wantJob(driver.UnknownKind, driver.Running, "")
	c.save("data", 1000)
	w.advance(time.Minute)
	later := w.wantJob(driver.UnknownKind, driver.Running, "")
	c.save("snapshots", 300)
	c.remove("locks", lock)
	ended := w.wantJob(driver.Backup, driver.Success, "")
	if running.ID != later.ID || later.ID != ended.ID || running.Revision >= later.Revision || later.Revision >= ended.Revision {
		t.Fatalf("%+v\n%+v\n%+v", running, later, ended)
	}
	if later.UploadedBytes != 1000 || len(ended.Log) == 0 || !strings.Contains(ended.Log[len(ended.Log)-1].Text, "1300 bytes in 2 objects") {
		t.Fatalf("%+v", ended)
	}
}

func TestAnInterruptedJobComesBack(t *testing.T) {
	for name, back := range map[string]func(c *client, lock string) string{
		"with an upload":            func(c *client, lock string) string { c.save("data", 500); return lock },
		"with a fresh lock":         func(c *client, lock string) string { return c.refresh(lock) },
		"with both, the lock first": func(c *client, lock string) string { lock = c.refresh(lock); c.save("data", 500); return lock },
	} {
		t.Run(name, func(t *testing.T) {
			w, _, c := opened(t)
			lock := c.save("locks", 150)
			c.save("data", 1000)
			w.advance(12 * time.Minute)
			gone := w.wantJob(driver.Backup, driver.Interrupted, "client_gone")
			if gone.EndedAt == nil || !gone.EndedAt.Equal(start) {
				t.Fatalf("%+v", gone)
			}
			w.advance(2 * time.Hour)
			c.reconnect()
			lock = back(c, lock)
			if j := w.wantJob(driver.Backup, driver.Running, ""); j.ID != gone.ID || j.EndedAt != nil {
				t.Fatalf("%+v", j)
			}
			c.save("snapshots", 300)
			c.remove("locks", lock)
			if j := w.wantJob(driver.Backup, driver.Success, ""); j.ID != gone.ID {
				t.Fatalf("%+v", j)
			}
			if jobs := w.jobs(); len(jobs) != 2 { // init and this one
				t.Fatalf("%+v", jobs)
			}
		})
	}
}

func TestARunAfterAKilledOneIsAJobOfItsOwn(t *testing.T) {
	for _, after := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour} { // five: when a refresh would be due
		t.Run(after.String(), func(t *testing.T) {
			w, _, c := opened(t)
			c.save("locks", 150)
			c.save("data", 1000)
			w.advance(after)
			again := w.client("shop-a1b2c")
			lock := again.save("locks", 150)
			again.save("data", 2000)
			snapshot := again.save("snapshots", 300)
			again.remove("locks", lock)
			if j := w.wantJob(driver.Backup, driver.Success, ""); j.SnapshotID != snapshot || j.UploadedBytes != 2300 {
				t.Fatalf("%+v", j)
			}
			w.advance(20 * time.Minute)
			killed := 0
			for _, j := range w.jobs() {
				if j.State == driver.Interrupted && j.UploadedBytes == 1000 && j.SnapshotID == "" {
					killed++
				}
			}
			if killed != 1 || len(w.jobs()) != 3 {
				t.Fatalf("%+v", w.jobs())
			}
		})
	}
}

func TestJobsOfOneDeviceSideBySideAreKeptApart(t *testing.T) {
	w, _, a := opened(t)
	b := w.client("shop-a1b2c") // from the same address, on connections of its own
	lockA, lockB := a.save("locks", 150), b.save("locks", 150)
	a.save("data", 1000)
	b.want(http.StatusOK, http.MethodGet, "/config", nil)
	a.save("snapshots", 300)
	pack := a.save("data", 10)
	b.want(http.StatusOK, http.MethodGet, "/data/"+pack, nil)
	b.remove("locks", lockB)
	read := w.wantJob(driver.Read, driver.Success, "")
	a.remove("locks", lockA)
	backup := w.wantJob(driver.Backup, driver.Success, "")
	if read.DownloadedBytes != 10 || read.UploadedBytes != 0 || backup.UploadedBytes != 1310 || backup.DownloadedBytes != 0 {
		t.Fatalf("%+v\n%+v", read, backup)
	}
}

func TestASaveThatIsRepeatedDoesNotMakeABackupMaintenance(t *testing.T) {
	w, s, c := opened(t)
	lock := c.save("locks", 150)
	for _, kind := range []string{"data", "index", "snapshots"} {
		o := newObject(700)
		c.want(http.StatusOK, http.MethodPost, "/"+kind+"/"+o.name, o.content) // the answer is lost
		c.remove(kind, o.name)
		c.want(http.StatusOK, http.MethodPost, "/"+kind+"/"+o.name, o.content)
	}
	c.remove("locks", lock)
	if j := w.wantJob(driver.Backup, driver.Success, ""); j.Objects != 3 || j.Deleted != 0 || j.SnapshotID == "" {
		t.Fatalf("%+v", j)
	}
	w.wantExact(*s)
}

func TestWhatTakesNoLockLeavesNoJob(t *testing.T) {
	w, _, c := opened(t)
	jobs := len(w.jobs())
	c.want(http.StatusOK, http.MethodGet, "/config", nil)
	c.want(http.StatusOK, http.MethodGet, "/snapshots/", nil)
	c.want(http.StatusNotFound, http.MethodGet, "/data/"+newObject(10).name, nil)
	w.advance(20 * time.Minute)
	if got := len(w.jobs()); got != jobs {
		t.Fatalf("%d jobs before, %d after", jobs, got)
	}
}

func TestAnAccountSuspendedDuringABackupFailsIt(t *testing.T) {
	w, s, c := opened(t)
	lock := c.save("locks", 150)
	c.save("data", 1000)
	w.change(s, func(s *driver.AccountSpec) { s.State = driver.Suspended })
	o := newObject(1000)
	c.want(http.StatusForbidden, http.MethodPost, "/data/"+o.name, o.content)
	c.want(http.StatusForbidden, http.MethodDelete, "/data/"+o.name, nil)
	c.want(http.StatusForbidden, http.MethodDelete, "/locks/"+lock, nil)
	if j := w.wantJob(driver.Backup, driver.Failed, "suspended"); j.Refusals != 2 {
		t.Fatalf("%+v", j)
	}
}

func TestAJobThatSavedItsSnapshotIsGoodThoughItsClientVanished(t *testing.T) {
	w, _, c := opened(t)
	c.save("locks", 150)
	c.save("data", 1000)
	c.save("snapshots", 300)
	w.advance(12 * time.Minute)
	if j := w.wantJob(driver.Backup, driver.Success, ""); !j.EndedAt.Equal(start) {
		t.Fatalf("%+v", j)
	}
}

func TestAClockThatIsSetBackMakesNoImpossibleJob(t *testing.T) {
	w, _, c := opened(t)
	lock := c.save("locks", 150)
	w.clock.Set(start.Add(-time.Hour))
	c.save("snapshots", 300)
	c.remove("locks", lock)
	if j := w.wantJob(driver.Backup, driver.Success, ""); j.EndedAt.Before(j.StartedAt) {
		t.Fatalf("%+v", j)
	}
}

func TestJobsAreTakenUpAfterARestart(t *testing.T) {
	w, _, c := opened(t)
	lock := c.save("locks", 150)
	c.save("data", 1000)
	before := w.lastJob()
	w.reopen()
	w.advance(5 * time.Minute)
	lock = c.refresh(lock)
	c.save("snapshots", 300)
	c.remove("locks", lock)
	j := w.wantJob(driver.Backup, driver.Success, "")
	if j.ID != before.ID || j.UploadedBytes != 1300 || j.Revision <= before.Revision || len(w.jobs()) != 2 {
		t.Fatalf("%+v after %+v", j, before)
	}
}
