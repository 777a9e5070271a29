package vault

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/restic/rest-server/repo"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

var fsyncWarning sync.Once

// lockAllowance is how far locks may pass the quota, because restoring and making room need them: many times what a client
// ever has at once, and little enough that nobody keeps data as locks.
const lockAllowance = 1 << 20

// exchange is one request of a device's client and what becomes of it.
type exchange struct {
	vault   *Vault
	device  *device
	caller  caller
	request *http.Request
	login   string // in the path
	path    string // behind the login
	kind    string // data, index, keys, locks, snapshots, config, or empty
	name    string
	file    string // where the object stands; empty where the request names none

	reserved int64
	over     chan struct{} // closed when the exchange has ended
	cut      func()        // ends the client's connection, so that the exchange ends soon
}

func newExchange(v *Vault, d *device, r *http.Request, login, path string) *exchange {
	connection, _ := r.Context().Value(connectionKey{}).(int64)
	client := r.UserAgent()
	if len(client) > 200 {
		client = client[:200]
	}
	x := &exchange{
		vault: v, device: d, request: r, login: login, path: path, over: make(chan struct{}),
		caller: caller{
			account: d.account.id, device: d.id, address: addressOf(r), client: strings.ToValidUTF8(client, ""),
			connection: connection, at: v.config.Clock.Now(),
		},
	}
	if path == "/config" {
		x.kind, x.file = "config", filepath.Join(v.folder(d), "config")
	} else if m := repo.BlobPathRE.FindStringSubmatch(path); m != nil {
		x.kind, x.name = m[1], m[2]
		switch {
		case x.name == "":
		case x.kind == "data":
			x.file = filepath.Join(v.folder(d), x.kind, x.name[:2], x.name)
		default:
			x.file = filepath.Join(v.folder(d), x.kind, x.name)
		}
	}
	return x
}

func (x *exchange) wish() wish {
	switch x.request.Method {
	case http.MethodPost:
		return toStore
	case http.MethodDelete:
		return toRemove
	}
	return toRead
}

// admit checks what the account allows, and reserves the space of an upload, so that uploads side by side cannot pass the
// quota together. Writes to one object come one after another.
func (x *exchange) admit(w http.ResponseWriter) (*refusal, error) {
	v, a := x.vault, x.device.account
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := x.waitForObject(); err != nil {
		return nil, err
	}
	need := int64(0)
	switch {
	case a.gone: // while the password was checked
		return unauthorized, nil
	case x.login != x.device.login:
		return otherLogin, nil
	case a.state == driver.Suspended:
		return suspended, x.refused(reasonSuspended, driver.SuspendedRefused)
	case a.state == driver.ReadOnly && x.wish() != toRead && x.kind != "locks":
		return readOnly, x.refused(reasonReadOnly, "")
	case x.wish() == toStore && x.file != "":
		if need = x.request.ContentLength; need < 0 {
			return noLength, nil
		}
	}
	if limit := x.limit(); need > 0 && limit > 0 && a.used+a.reserved+need > limit {
		return overQuota, x.refused(reasonQuota, driver.QuotaRefused)
	}
	if need > 0 && (x.kind == "data" || x.kind == "index" || x.kind == "snapshots") {
		x.device.jobs.uploading(x.caller)
	}
	x.reserved = need
	a.reserved += need
	x.cut = cutter(w)
	a.exchanges[x] = true
	if x.wish() != toRead && x.file != "" {
		x.device.writing[x.file] = x
	}
	return nil, nil
}

// limit is how many bytes the account may hold with this upload; 0: any number.
func (x *exchange) limit() int64 {
	quota := x.device.account.quota
	if quota > 0 && x.kind == "locks" {
		return quota + lockAllowance
	}
	return quota
}

// waitForObject waits until nobody else writes the object. A client that writes what it is writing already has given up the
// earlier request, perhaps without being able to say so.
func (x *exchange) waitForObject() error {
	for {
		earlier := x.device.writing[x.file]
		if earlier == nil || x.wish() == toRead || x.file == "" {
			return nil
		}
		earlier.cut()
		x.vault.mu.Unlock()
		var err error
		select {
		case <-earlier.over:
		case <-x.request.Context().Done():
			err = x.request.Context().Err()
		}
		x.vault.mu.Lock()
		if err != nil {
			return err
		}
	}
}

// cutter returns what ends a client's connection for reading and writing at once.
func cutter(w http.ResponseWriter) func() {
	connection := http.NewResponseController(w)
	past := time.Unix(1, 0)
	return func() {
		// A connection that knows no deadlines is one of a test, and does not hang.
		_ = connection.SetReadDeadline(past)
		_ = connection.SetWriteDeadline(past)
	}
}

// refused records that the client was turned away: in its job if it has one, and as an event of the account where that is
// of a kind. A client that may not even remove its lock has ended.
func (x *exchange) refused(reason string, event driver.EventKind) error {
	v, d, ctx := x.vault, x.device, context.WithoutCancel(x.request.Context())
	if x.kind == "locks" {
		if x.wish() == toRemove {
			d.jobs.lockRemoved(x.caller, x.name)
		}
	} else {
		d.jobs.refused(x.caller, reason, x.wish())
	}
	err := v.keep(ctx, x.caller.at, 0, d)
	if event != "" {
		err = errors.Join(err, v.refuse(ctx, d, event, x.caller.address))
	}
	return err
}

// serve lets the storage answer, and then counts and records what happened. The storage has done it and the client has not
// been answered yet, so what a client was told is on disk.
func (x *exchange) serve(w http.ResponseWriter) error {
	defer x.leave()
	handler, err := repo.New(x.vault.folder(x.device), repo.Options{FsyncWarning: &fsyncWarning, BlobMetricFunc: x.read})
	if err != nil { // only for a folder without a name
		panic(err)
	}
	status := &statusWriter{ResponseWriter: w, status: http.StatusInternalServerError}
	inner := x.request.Clone(x.request.Context())
	inner.URL.Path = x.path
	before := x.measure()
	handler.ServeHTTP(status, inner)
	status.implicit()
	return x.settle(before, x.measure(), status.status < http.StatusMultipleChoices)
}

// read is told by the storage what a client read, to the byte.
func (x *exchange) read(_ string, operation repo.BlobOperation, n uint64) {
	if operation != repo.BlobRead {
		return
	}
	x.vault.mu.Lock()
	defer x.vault.mu.Unlock()
	x.device.jobs.downloaded(x.caller, int64(n))
}

// size is what an object takes: bytes, and 1 where it exists.
type size struct{ bytes, files int64 }

func (x *exchange) measure() size {
	if x.file == "" || x.wish() == toRead {
		return size{}
	}
	info, err := os.Stat(x.file) //nolint:gosec // made of our own identifiers and of names that BlobPathRE lets through
	if err != nil {              // one that cannot be looked at cannot have been written either
		return size{}
	}
	return size{info.Size(), 1}
}

// settle counts what an object's write changed, whatever was answered, and tells the device's jobs what was done.
func (x *exchange) settle(before, after size, done bool) error {
	v, d := x.vault, x.device
	v.mu.Lock()
	defer v.mu.Unlock()
	x.release()
	d.grow(after.bytes-before.bytes, after.files-before.files)
	if !done || d.account.gone || x.wish() == toRead {
		return nil
	}
	c := x.caller
	c.at = v.config.Clock.Now()
	x.tell(c, before, after)
	if x.kind == "data" || x.kind == "" {
		return nil // too many to write each down; the next tending does
	}
	return v.keep(context.WithoutCancel(x.request.Context()), c.at, 0, d)
}

// tell tells the device's jobs of a write that was done.
func (x *exchange) tell(c caller, before, after size) {
	jobs := x.device.jobs
	switch x.wish() {
	case toStore:
		switch x.kind {
		case "locks":
			jobs.lockTaken(c, x.name)
		case "config":
			jobs.initialised(c, after.bytes)
		case "":
		default:
			jobs.uploaded(c, x.kind, x.name, after.bytes)
		}
	case toRemove:
		switch {
		case x.kind == "locks":
			jobs.lockRemoved(c, x.name)
		case before.files > after.files && x.kind != "config":
			jobs.removed(c, x.kind, x.name)
		}
	case toRead:
	}
}

// release gives back what was reserved and lets the next write of the object in.
func (x *exchange) release() {
	a := x.device.account
	a.reserved -= x.reserved
	x.reserved = 0
	delete(a.exchanges, x)
	if x.device.writing[x.file] == x {
		delete(x.device.writing, x.file)
	}
}

func (x *exchange) leave() {
	x.vault.mu.Lock()
	defer x.vault.mu.Unlock()
	x.release()
	close(x.over)
}

func (d *device) grow(bytes, files int64) {
	d.used += bytes
	d.files += files
	d.account.used += bytes
}
