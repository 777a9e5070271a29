package vault

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/restic/rest-server/repo"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// temporary matches what the storage writes before it renames an upload into its place.
var temporary = regexp.MustCompile(`\.rest-server-temp[0-9]*$`)

var fsyncWarning sync.Once

// ServeHTTP answers a restic client.
func (v *Vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/healthz" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	d, refused, err := v.authenticate(r)
	if err != nil {
		v.fail(w, r, err)
		return
	}
	if refused != nil {
		refused.write(w)
		return
	}
	login, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c := v.caller(r, d)
	x := &exchange{vault: v, device: d, caller: c, request: r, path: "/" + path}
	x.kind, x.name = objectOf(x.path)
	if refused, err = x.admit(login); err != nil {
		v.fail(w, r, err)
		return
	}
	if refused != nil {
		refused.write(w)
		return
	}
	if err := x.serve(w); err != nil {
		v.config.Log.ErrorContext(r.Context(), "keep what a client did", "device", d.id, "error", err)
	}
}

func (v *Vault) fail(w http.ResponseWriter, r *http.Request, err error) {
	v.config.Log.ErrorContext(r.Context(), "vault", "error", err)
	http.Error(w, "the server cannot do this now", http.StatusInternalServerError)
}

func (v *Vault) caller(r *http.Request, d *device) caller {
	connection, _ := r.Context().Value(connectionKey{}).(string)
	client := r.UserAgent()
	if len(client) > 200 {
		client = client[:200]
	}
	return caller{
		account: d.account.id, device: d.id, address: addressOf(r), client: strings.ToValidUTF8(client, ""), connection: connection,
		at: v.config.Clock.Now(),
	}
}

// exchange is one request of a device's client and what becomes of it.
type exchange struct {
	vault    *Vault
	device   *device
	caller   caller
	request  *http.Request
	path     string // behind the login
	kind     string // data, index, keys, locks, snapshots, config, or empty
	name     string
	reserved int64
}

// objectOf reads the kind and name out of a path below a repository.
func objectOf(path string) (kind, name string) {
	if path == "/config" {
		return "config", ""
	}
	if m := repo.BlobPathRE.FindStringSubmatch(path); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

func (x *exchange) writes() bool {
	return x.request.Method == http.MethodPost || x.request.Method == http.MethodDelete
}

// admit checks what the account allows, and reserves the space of an upload, so that uploads side by side cannot pass the
// quota together.
func (x *exchange) admit(login string) (*refusal, error) {
	v, a := x.vault, x.device.account
	v.mu.Lock()
	defer v.mu.Unlock()
	ctx := x.request.Context()
	switch {
	case login != x.device.login:
		return &refusal{status: http.StatusForbidden, text: "this login has another repository"}, nil
	case a.state == driver.Suspended:
		return &refusal{status: http.StatusForbidden, text: "this account is suspended"}, v.refuse(ctx, x.device, driver.SuspendedRefused, x.caller.address)
	case a.state == driver.ReadOnly && x.writes() && x.kind != "locks":
		x.device.jobs.refused(x.caller, reasonReadOnly)
		return &refusal{status: http.StatusForbidden, text: "this account takes nothing new: restores work"}, nil
	case x.request.Method != http.MethodPost || x.kind == "":
		return nil, nil
	case x.request.ContentLength < 0:
		return &refusal{status: http.StatusLengthRequired, text: "say how long the upload is"}, nil
	}
	need := x.request.ContentLength
	// Locks are let in over the quota, because restoring and making room need them.
	if a.quota > 0 && a.used+a.reserved+need > a.quota && x.kind != "locks" {
		x.device.jobs.refused(x.caller, reasonQuota)
		return &refusal{status: http.StatusForbidden, text: "the quota of this account is used up"},
			v.refuse(ctx, x.device, driver.QuotaRefused, x.caller.address)
	}
	if x.kind != "locks" {
		x.device.jobs.uploading(x.caller, x.kind)
	}
	x.reserved = need
	a.reserved += need
	return nil, nil
}

// serve lets the storage answer, and then counts and records what happened.
func (x *exchange) serve(w http.ResponseWriter) error {
	v, d := x.vault, x.device
	before := x.configBytes()
	handler, err := repo.New(v.folder(d), repo.Options{FsyncWarning: &fsyncWarning, BlobMetricFunc: x.count})
	if err != nil {
		v.release(x)
		return err
	}
	status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	inner := x.request.Clone(x.request.Context())
	inner.URL.Path = x.path
	defer v.release(x)
	handler.ServeHTTP(status, inner)
	x.caller.at = v.config.Clock.Now() // a long transfer was a sign of life all along
	if status.status >= http.StatusMultipleChoices {
		return nil
	}
	return x.settle(before)
}

// count is told by the storage what it read, stored and removed, to the byte.
func (x *exchange) count(kind string, operation repo.BlobOperation, n uint64) {
	v, d := x.vault, x.device
	bytes := int64(n) //nolint:gosec // sizes of files
	v.mu.Lock()
	defer v.mu.Unlock()
	switch operation {
	case repo.BlobRead:
		d.jobs.downloaded(x.caller, bytes)
	case repo.BlobWrite:
		d.grow(bytes, 1)
		if kind == "locks" {
			return
		}
		snapshot := ""
		if kind == "snapshots" {
			snapshot = x.name
		}
		d.jobs.uploaded(x.caller, bytes, snapshot)
	case repo.BlobDelete:
		d.grow(-bytes, -1)
		if kind != "locks" {
			d.jobs.deleted(x.caller)
		}
	}
}

func (d *device) grow(bytes, files int64) {
	d.used += bytes
	d.files += files
	d.account.used += bytes
}

// settle records what the storage does not tell by itself: configurations, locks and saved snapshots. The storage has done
// it and the client has not been answered yet, so that what a client was told is on disk.
func (x *exchange) settle(configBefore int64) error {
	v, d, ctx := x.vault, x.device, x.request.Context()
	switch x.kind + " " + x.request.Method {
	case "config POST":
		return v.note(ctx, d, func(t *tracker) {
			d.grow(x.configBytes(), 1)
			t.initialised(x.caller, x.request.ContentLength)
		})
	case "config DELETE":
		return v.note(ctx, d, func(*tracker) {
			if configBefore > 0 {
				d.grow(-configBefore, -1)
			}
		})
	case "locks POST":
		return v.note(ctx, d, func(t *tracker) { t.lockTaken(x.caller, x.name) })
	case "locks DELETE":
		return v.note(ctx, d, func(t *tracker) { t.lockRemoved(x.caller, x.name) })
	case "snapshots POST":
		return v.note(ctx, d, func(*tracker) {})
	}
	return nil
}

// note changes a device's jobs and writes them down before the client is answered.
func (v *Vault) note(ctx context.Context, d *device, change func(*tracker)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(d.jobs)
	return v.keepJobs(context.WithoutCancel(ctx), d, v.config.Clock.Now(), 0)
}

func (v *Vault) release(x *exchange) {
	v.mu.Lock()
	defer v.mu.Unlock()
	x.device.account.reserved -= x.reserved
	x.reserved = 0
}

func (x *exchange) configBytes() int64 {
	if x.kind != "config" {
		return 0
	}
	info, err := os.Stat(filepath.Join(x.vault.folder(x.device), "config"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// statusWriter remembers how a request was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
