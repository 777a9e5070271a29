package vault_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// restic returns the real client that `make tools` builds.
func restic(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("no go.mod above the test")
		}
	}
	path := filepath.Join(folder, ".tools", "bin", "restic")
	if _, err := os.Stat(path); err != nil {
		t.Fatal("no restic client: run make tools")
	}
	return path
}

// machine is a customer's machine with a real restic client.
type machine struct {
	t               *testing.T
	url             string
	login, password string
	cache           string
	source          string
}

func newMachine(t *testing.T, url, login string) *machine {
	t.Helper()
	return &machine{t, url, login, password, t.TempDir(), t.TempDir()}
}

func (m *machine) command(args ...string) *exec.Cmd {
	m.t.Helper()
	c := exec.Command(restic(m.t), args...)
	c.Dir = m.source
	c.Env = append(os.Environ(),
		"RESTIC_REPOSITORY=rest:"+strings.Replace(m.url, "://", "://"+m.login+":"+strings.ReplaceAll(m.password, " ", "%20")+"@", 1)+"/"+m.login+"/",
		"RESTIC_PASSWORD=only the customer knows", "RESTIC_CACHE_DIR="+m.cache, "RESTIC_PROGRESS_FPS=0.1",
	)
	return c
}

// run runs the client and returns what it printed and its exit code.
func (m *machine) run(args ...string) (string, int) {
	m.t.Helper()
	out, err := m.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	if exit != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

func (m *machine) mustRun(args ...string) string {
	m.t.Helper()
	out, code := m.run(args...)
	if code != 0 {
		m.t.Fatalf("restic %v: exit %d\n%s", args, code, out)
	}
	return out
}

// mustFail runs what has to end with another exit code than 0.
func (m *machine) mustFail(args ...string) {
	m.t.Helper()
	if out, code := m.run(args...); code == 0 {
		m.t.Fatalf("restic %v ended well:\n%s", args, out)
	}
}

// backup makes a backup and returns the client's own summary.
func (m *machine) backup() summary {
	m.t.Helper()
	return summaryOf(m.t, m.mustRun("backup", "--json", "--quiet", "."))
}

type summary struct {
	Type     string `json:"message_type"`
	Snapshot string `json:"snapshot_id"`
	Added    int64  `json:"data_added_packed"`
}

func summaryOf(t *testing.T, out string) summary {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s summary
		if json.Unmarshal(lines.Bytes(), &s) == nil && s.Type == "summary" {
			return s
		}
	}
	t.Fatalf("the client printed no summary:\n%s", out)
	return summary{}
}

// write writes a file that does not compress.
func (m *machine) write(name string, size int) {
	m.t.Helper()
	content := make([]byte, size)
	noise := rand.NewChaCha8([32]byte(bytes.Repeat([]byte(name+"-"), 32)))
	_, _ = noise.Read(content)
	if err := os.WriteFile(filepath.Join(m.source, name), content, 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// mustRestore restores the latest snapshot and compares it with the source, byte by byte.
func (m *machine) mustRestore() {
	m.t.Helper()
	target := m.t.TempDir()
	m.mustRun("restore", "latest", "--target", target)
	want, got := tree(m.t, m.source), tree(m.t, target)
	if len(want) == 0 || len(want) != len(got) {
		m.t.Fatalf("%d files restored of %d", len(got), len(want))
	}
	for name, content := range want {
		if !bytes.Equal(content, got[name]) {
			m.t.Errorf("%s was not restored as it was", name)
		}
	}
}

func tree(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	all := map[string][]byte{}
	err = filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		content, err := io.ReadAll(f)
		all[strings.TrimPrefix(path, folder)] = content
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestARealClient tells the life of one account, as its customer's restic and its operator's changes make it.
func TestARealClient(t *testing.T) {
	w := newWorld(t)
	s := newSpec("shop-a1b2c")
	w.ensure(s)
	m := newMachine(t, w.url, "shop-a1b2c")
	m.write("photos", 3_000_000)
	m.write("letters", 20_000)

	step := func(name string, do func(t *testing.T)) {
		t.Helper()
		w.clock.Advance(time.Hour) // so that no step is taken for the refresh of another
		if !t.Run(name, func(t *testing.T) {
			m.t, w.t = t, t
			do(t)
			w.wantExact(s)
		}) {
			t.FailNow()
		}
		m.t, w.t = t, t
	}

	step("init is a job of its own", func(t *testing.T) {
		m.mustRun("init")
		j := w.wantJob(driver.Init, driver.Success, "")
		if j.UploadedBytes != w.wantExact(s) || j.Objects != 2 {
			t.Fatalf("%+v", j)
		}
	})
	var first driver.Job
	step("the first backup is a success with the client's own snapshot", func(t *testing.T) {
		got := m.backup()
		first = w.wantJob(driver.Backup, driver.Success, "")
		if first.SnapshotID != got.Snapshot || first.UploadedBytes < got.Added || first.Address != "127.0.0.1" ||
			!strings.HasPrefix(first.Client, "restic/") && !strings.HasPrefix(first.Client, "Go-http-client") || first.Deleted != 0 {
			t.Fatalf("%+v\nthe client says %+v", first, got)
		}
	})
	step("an incremental backup uploads what is new", func(t *testing.T) {
		m.write("more", 100_000)
		got := m.backup()
		j := w.wantJob(driver.Backup, driver.Success, "")
		if j.SnapshotID != got.Snapshot || j.UploadedBytes < 100_000 || j.UploadedBytes > 200_000 || j.ID == first.ID {
			t.Fatalf("%+v", j)
		}
	})
	step("a restore gives every byte back and is a read", func(t *testing.T) {
		m.mustRestore()
		if j := w.wantJob(driver.Read, driver.Success, ""); j.DownloadedBytes < 3_000_000 || j.UploadedBytes != 0 {
			t.Fatalf("%+v", j)
		}
	})
	step("a check is a read", func(t *testing.T) {
		m.mustRun("check")
		w.wantJob(driver.Read, driver.Success, "")
	})
	step("forgetting and pruning is maintenance", func(t *testing.T) {
		m.mustRun("forget", "--keep-last", "1", "--prune")
		if j := w.wantJob(driver.Maintenance, driver.Success, ""); j.Deleted == 0 {
			t.Fatalf("%+v", j)
		}
	})
	step("a changed login is the only one, and the snapshots stay", func(t *testing.T) {
		before := w.wantExact(s)
		w.change(&s, func(s *driver.AccountSpec) { s.Devices[0].Login, s.Devices[0].Password = "shop-new22", "" })
		m.mustFail("snapshots")
		m.login = "shop-new22"
		if out := m.mustRun("snapshots", "--json", "--no-lock"); !strings.Contains(out, `"paths"`) {
			t.Fatalf("no snapshot is left: %s", out)
		}
		if after := w.wantExact(s); after != before {
			t.Fatalf("%d bytes before, %d after", before, after)
		}
		m.backup()
		w.wantJob(driver.Backup, driver.Success, "")
	})
	step("a wrong password leaves an event and no job", func(t *testing.T) {
		jobs := len(w.jobs())
		m.password = "wrong"
		m.mustFail("backup", ".")
		m.password = password
		r := w.reports()
		e := r.Events[len(r.Events)-1]
		if e.Kind != driver.LoginRefused || e.Device != s.Devices[0].Device || e.Count < 1 || e.Address != "127.0.0.1" || len(r.Jobs) != jobs {
			t.Fatalf("%+v, %d jobs after %d", e, len(r.Jobs), jobs)
		}
	})
	step("a read-only account restores and takes nothing", func(t *testing.T) {
		w.change(&s, func(s *driver.AccountSpec) { s.State = driver.ReadOnly })
		m.mustRestore()
		w.wantJob(driver.Read, driver.Success, "")
		w.clock.Advance(time.Hour)
		m.write("too late", 50_000)
		m.mustFail("backup", ".")
		if j := w.wantJob(driver.Backup, driver.Failed, "read_only"); j.Refusals == 0 || j.UploadedBytes != 0 {
			t.Fatalf("%+v", j)
		}
		w.clock.Advance(time.Hour)
		m.mustRun("forget", "latest") // restic 0.18 only prints that it was refused, and exits with 0
		w.wantJob(driver.Maintenance, driver.Failed, "read_only")
	})
	step("a suspended account lets nobody in, leaves an event and no job", func(t *testing.T) {
		jobs := len(w.jobs())
		w.change(&s, func(s *driver.AccountSpec) { s.State = driver.Suspended })
		m.mustFail("snapshots")
		r := w.reports()
		if e := r.Events[len(r.Events)-1]; e.Kind != driver.SuspendedRefused || len(r.Jobs) != jobs {
			t.Fatalf("%+v, %d jobs after %d", e, len(r.Jobs), jobs)
		}
	})
	step("a backup that passes the quota ends as quota, and well once it is raised", func(t *testing.T) {
		w.change(&s, func(s *driver.AccountSpec) { s.State, s.QuotaBytes = driver.Active, w.wantExact(*s)+1_000_000 })
		m.write("film", 6_000_000)
		m.mustFail("backup", ".")
		if j := w.wantJob(driver.Backup, driver.Quota, "quota_exceeded"); j.QuotaRefusals == 0 || j.SnapshotID != "" {
			t.Fatalf("%+v", j)
		}
		r := w.reports()
		if e := r.Events[len(r.Events)-1]; e.Kind != driver.QuotaRefused {
			t.Fatalf("%+v", e)
		}
		if used := w.wantExact(s); used > s.QuotaBytes {
			t.Fatalf("%d bytes of %d", used, s.QuotaBytes)
		}
		w.clock.Advance(time.Hour)
		w.change(&s, func(s *driver.AccountSpec) { s.QuotaBytes = 50_000_000 })
		m.backup()
		w.wantJob(driver.Backup, driver.Success, "")
	})
	step("an account that is full can be restored from and make room", func(t *testing.T) {
		full := w.wantExact(s)
		w.change(&s, func(s *driver.AccountSpec) { s.QuotaBytes = full })
		m.mustRestore()
		w.clock.Advance(time.Hour)
		m.mustRun("forget", "--keep-last", "1")
		w.wantJob(driver.Maintenance, driver.Success, "")
		if used := w.wantExact(s); used >= full {
			t.Fatalf("%d bytes before, %d after", full, used)
		}
	})
	step("what is counted anew is the same", func(t *testing.T) {
		before, jobs := w.wantExact(s), len(w.jobs())
		w.reopen()
		if after := w.wantExact(s); after != before || len(w.jobs()) != jobs {
			t.Fatalf("%d bytes and %d jobs before, %d and %d after", before, jobs, after, len(w.jobs()))
		}
	})
}

func TestARealClientThatIsKilled(t *testing.T) {
	w := newWorld(t)
	s := newSpec("shop-a1b2c")
	w.ensure(s)
	m := newMachine(t, w.url, "shop-a1b2c")
	m.mustRun("init")
	m.write("film", 12_000_000)
	backup := m.command("backup", "--limit-upload", "2000", "--pack-size", "4", ".")
	if err := backup.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "an upload under way", func() bool {
		w.clock.Advance(6 * time.Second) // running jobs are written down every five
		j := w.lastJob()
		return j.State == driver.Running && j.UploadedBytes > 0
	})
	_ = backup.Process.Kill()
	_ = backup.Wait()
	waitFor(t, "what was under way to have ended", func() bool { return w.ensure(s).UsedBytes == diskUse(t, w.folder+"/data") })

	w.advance(10 * time.Minute)
	if j := w.lastJob(); j.State != driver.Running {
		t.Fatalf("given up too early: %+v", j)
	}
	w.advance(2 * time.Minute)
	killed := w.wantJob(driver.Backup, driver.Interrupted, "client_gone")
	if killed.SnapshotID != "" || killed.UploadedBytes == 0 {
		t.Fatalf("%+v", killed)
	}
	m.mustRun("unlock")
	if again := w.wantJob(driver.Backup, driver.Interrupted, "client_gone"); again.ID != killed.ID {
		t.Fatalf("unlock left a job: %+v", again)
	}
	m.backup()
	if j := w.wantJob(driver.Backup, driver.Success, ""); j.ID == killed.ID {
		t.Fatal("the next backup was taken for the killed one")
	}
	m.mustRestore()
	w.wantExact(s)
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
