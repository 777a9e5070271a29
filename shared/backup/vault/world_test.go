package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/backup/vault"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
)

const password = "correct horse battery"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a vault that listens, on a clock that the test moves.
type world struct {
	t      testing.TB
	folder string
	clock  *clock.Fake
	vault  *vault.Vault
	url    string // http://127.0.0.1:…
	stop   func()
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), clock: clock.NewFake(start)}
	w.open()
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	v, err := vault.Open(vault.Config{Folder: w.folder, Clock: w.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	server := v.Server()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	w.vault, w.url = v, "http://"+listener.Addr().String()
	w.stop = func() {
		if err := server.Shutdown(context.Background()); err != nil {
			w.t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			w.t.Error(err)
		}
		if err := v.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

// reopen ends the vault and opens it again over the same folder.
func (w *world) reopen() {
	w.t.Helper()
	w.stop()
	w.open()
}

func (w *world) tend() {
	w.t.Helper()
	if err := w.vault.Tend(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	w.tend()
}

// newSpec is an account with one device.
func newSpec(login string) driver.AccountSpec {
	return driver.AccountSpec{
		Account: id.New(id.Account, start), Generation: 1, Type: driver.Online, State: driver.Active,
		Devices: []driver.DeviceSpec{{Device: id.New(id.Device, start), Login: login, Password: password}},
	}
}

func (w *world) ensure(s driver.AccountSpec) driver.Observed {
	w.t.Helper()
	o, err := w.vault.Ensure(context.Background(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// change brings an account to its next generation.
func (w *world) change(s *driver.AccountSpec, change func(*driver.AccountSpec)) driver.Observed {
	w.t.Helper()
	s.Generation++
	change(s)
	return w.ensure(*s)
}

// reports returns the newest state of everything that was recorded, in order.
func (w *world) reports() driver.Reports {
	w.t.Helper()
	w.tend()
	all := driver.Reports{}
	for {
		r, err := w.vault.Reports(context.Background(), all.Next, 50)
		if err != nil {
			w.t.Fatal(err)
		}
		all.Jobs, all.Events, all.Usage = append(all.Jobs, r.Jobs...), append(all.Events, r.Events...), append(all.Usage, r.Usage...)
		all.Next = r.Next
		if !r.More {
			return all
		}
	}
}

// jobs returns every job in its newest state, the one that changed last at the end, and checks that they could travel.
func (w *world) jobs() []driver.Job {
	w.t.Helper()
	jobs := w.reports().Jobs
	for _, j := range jobs {
		if err := j.Validate(); err != nil {
			w.t.Errorf("job %+v: %v", j, err)
		}
	}
	return jobs
}

// lastJob returns the job that changed last.
func (w *world) lastJob() driver.Job {
	w.t.Helper()
	jobs := w.jobs()
	if len(jobs) == 0 {
		w.t.Fatal("no job was recorded")
	}
	return jobs[len(jobs)-1]
}

func (w *world) wantJob(kind driver.JobKind, state driver.JobState, reason string) driver.Job {
	w.t.Helper()
	j := w.lastJob()
	if j.Kind != kind || j.State != state || j.Reason != reason {
		w.t.Fatalf("the job is %s %s %q, want %s %s %q: %+v", j.Kind, j.State, j.Reason, kind, state, reason, j)
	}
	return j
}

// wantExact checks that what the vault says an account uses is what its files are long, now and counted anew.
func (w *world) wantExact(s driver.AccountSpec) int64 {
	w.t.Helper()
	want := diskUse(w.t, filepath.Join(w.folder, "data", s.Account))
	if got := w.ensure(s).UsedBytes; got != want {
		w.t.Fatalf("the vault counts %d bytes, the files are %d", got, want)
	}
	return want
}

func diskUse(t testing.TB, folder string) (bytes int64) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if strings.Contains(path, "temp") && strings.Contains(filepath.Base(path), ".rest-server-temp") {
			t.Errorf("half an upload is left: %s", path)
		}
		info, err := e.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return bytes
}

// client speaks restic's protocol by hand, over connections of its own.
type client struct {
	t               testing.TB
	world           *world
	login, password string
	http            *http.Client
}

func (w *world) client(login string) *client {
	transport := &http.Transport{}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &client{w.t, w, login, password, &http.Client{Transport: transport}}
}

// reconnect gives up the connections, as a client does whose machine slept.
func (c *client) reconnect() { c.http.CloseIdleConnections() }

func (c *client) do(method, path string, body io.Reader) (status int, header http.Header) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, c.world.url+"/"+c.login+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.SetBasicAuth(c.login, c.password)
	r.Header.Set("User-Agent", "restic/0.18.0")
	reply, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	_, _ = io.Copy(io.Discard, reply.Body)
	return reply.StatusCode, reply.Header
}

func (c *client) status(method, path string, body []byte) int {
	c.t.Helper()
	got, _ := c.do(method, path, bytes.NewReader(body))
	return got
}

func (c *client) want(status int, method, path string, body []byte) {
	c.t.Helper()
	if got := c.status(method, path, body); got != status {
		c.t.Fatalf("%s %s: %d, want %d", method, path, got, status)
	}
}

// object is something to store, whose name is the hash of its content.
type object struct {
	name    string
	content []byte
}

func newObject(size int) object {
	content := make([]byte, size)
	_, _ = rand.Read(content)
	sum := sha256.Sum256(content)
	return object{hex.EncodeToString(sum[:]), content}
}

// save stores a new object and returns its name.
func (c *client) save(kind string, size int) string {
	c.t.Helper()
	o := newObject(size)
	c.want(http.StatusOK, http.MethodPost, "/"+kind+"/"+o.name, o.content)
	return o.name
}

func (c *client) remove(kind, name string) {
	c.t.Helper()
	c.want(http.StatusOK, http.MethodDelete, "/"+kind+"/"+name, nil)
}

func (c *client) create() {
	c.t.Helper()
	c.want(http.StatusOK, http.MethodPost, "/?create=true", nil)
	c.save("keys", 400)
	c.want(http.StatusOK, http.MethodPost, "/config", []byte("a configuration"))
}

// refresh replaces a lock as restic does, and returns the new one.
func (c *client) refresh(lock string) string {
	c.t.Helper()
	fresh := c.save("locks", 150)
	c.remove("locks", lock)
	return fresh
}
