// Package vault is a backup server for any restic client, with accounts, quotas and states of its own and a record of what
// clients did. It stores with github.com/restic/rest-server/repo; logins, limits and records are its own. It knows nothing of
// the platform: whoever drives it does so in the words of shared/backup/driver.
//
// A client's address is rest:http://<login>:<password>@<host>/<login>/. Data stand in data/<account>/<device>, so that a
// changed login moves nothing. Everything else stands in vault.db: what was answered is on disk, also after kill -9; used
// space is counted anew from the files at each start.
package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/tierkeep/tierkeep/shared/clock"
)

// Version is the vault's own version.
const Version = "1"

// Config says where a vault keeps its data and how patient it is.
type Config struct {
	Folder           string
	InterruptedAfter time.Duration // without a sign of life a job is over after this; zero: 11 minutes
	Clock            clock.Clock
	Log              *slog.Logger
}

const (
	flushEvery = 5 * time.Second // running jobs are written down at most that often
	pruneEvery = time.Hour
)

// interruptedAfter is twice restic's own refresh of its lock, and a minute.
const interruptedAfter = 11 * time.Minute

// Vault is an open backup server.
type Vault struct {
	config   Config
	db       *database
	cacheKey []byte // of this process alone: remembered logins cannot be read back

	nobody []byte // a hash that makes an unknown login take as long as a wrong password
	brakes *brakes

	connections atomic.Int64

	changes sync.Mutex // held over whatever changes which accounts there are, taken before mu

	mu       sync.Mutex
	accounts map[string]*account
	devices  map[string]*device
	logins   map[string]*device
	pruned   time.Time

	stop context.CancelFunc
	done chan struct{}
}

// Open opens the vault in the folder, making it where there is none, and counts what every device uses.
func Open(c Config) (*Vault, error) {
	if c.InterruptedAfter == 0 {
		c.InterruptedAfter = interruptedAfter
	}
	for _, folder := range []string{c.Folder, filepath.Join(c.Folder, "data"), filepath.Join(c.Folder, "trash")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("make the vault's folder: %w", err)
		}
	}
	db, err := openDatabase(filepath.Join(c.Folder, "vault.db"))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	v := &Vault{
		config: c, db: db, cacheKey: make([]byte, 32), brakes: newBrakes(),
		stop: stop, done: make(chan struct{}),
	}
	_, _ = rand.Read(v.cacheKey) // never fails: crypto/rand ends the program instead
	v.nobody, err = bcrypt.GenerateFromPassword(v.cacheKey, hashCost)
	if err = errors.Join(err, v.load(ctx)); err != nil {
		stop()
		return nil, errors.Join(err, db.close())
	}
	go v.tick(ctx)
	return v, nil
}

// Close writes down how jobs stand and closes the vault. Requests must have ended.
func (v *Vault) Close() error {
	v.stop()
	<-v.done
	return errors.Join(v.flush(), v.db.close())
}

func (v *Vault) flush() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.keep(context.Background(), v.config.Clock.Now(), 0, v.sorted()...)
}

// sorted returns the devices in the order in which they are written down.
func (v *Vault) sorted() []*device {
	return slices.SortedFunc(maps.Values(v.devices), func(a, b *device) int { return strings.Compare(a.id, b.id) })
}

// tick tends the vault every second.
func (v *Vault) tick(ctx context.Context) {
	defer close(v.done)
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			if err := v.Tend(ctx); err != nil && ctx.Err() == nil {
				v.config.Log.ErrorContext(ctx, "tend the vault", "error", err)
			}
		}
	}
}

// Tend ends jobs whose client went away, writes down how far running jobs are, samples used space once an hour and forgets
// what is no longer needed.
func (v *Vault) Tend(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.config.Clock.Now()
	devices := v.sorted()
	for _, d := range devices {
		d.jobs.tend(now, v.config.InterruptedAfter)
		maps.DeleteFunc(d.known, func(_ [32]byte, until time.Time) bool { return !until.After(now) })
	}
	err := v.keep(ctx, now, flushEvery, devices...)
	v.brakes.forget(now)
	if now.Sub(v.pruned) < pruneEvery {
		return err
	}
	v.pruned = now
	return errors.Join(err, v.db.prune(ctx, now.Add(-recordsKept)))
}

// Server returns an HTTP server for the vault. Uploads and restores may take hours, so only what a client sends before its
// body is bound in time.
func (v *Vault) Server() *http.Server {
	return &http.Server{
		Handler: v, ReadHeaderTimeout: 20 * time.Second, IdleTimeout: 3 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(v.config.Log.Handler(), slog.LevelWarn),
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, v.connections.Add(1))
		},
	}
}

// connectionKey finds the number of a request's connection in its context: an address and port come back, a number does not.
type connectionKey struct{}
