package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/crypto/bcrypt"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// account is a customer's place in the vault.
type account struct {
	id         string
	generation int64
	kind       driver.AccountType
	state      driver.AccountState
	quota      int64 // bytes, 0: no limit
	used       int64
	reserved   int64 // promised to uploads that are under way
	devices    []*device
}

// device is one machine with its own login and repository.
type device struct {
	id      string
	account *account
	login   string
	hash    []byte // bcrypt of the password
	used    int64
	files   int64
	jobs    *tracker
	sampled string // the hour of the latest usage sample
}

func (v *Vault) folder(d *device) string {
	return filepath.Join(v.config.Folder, "data", d.account.id, d.id)
}

// load reads the accounts and counts what they use.
func (v *Vault) load(ctx context.Context) error {
	v.accounts, v.devices, v.logins = map[string]*account{}, map[string]*device{}, map[string]*device{}
	if err := v.finishTrash(ctx); err != nil {
		return err
	}
	accounts, err := v.db.QueryContext(ctx, `SELECT account, generation, type, state, quota FROM accounts WHERE trashed = 0`)
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	defer func() { _ = accounts.Close() }()
	for accounts.Next() {
		a := &account{}
		if err := accounts.Scan(&a.id, &a.generation, &a.kind, &a.state, &a.quota); err != nil {
			return fmt.Errorf("read accounts: %w", err)
		}
		v.accounts[a.id] = a
	}
	if err := errors.Join(accounts.Err(), accounts.Close()); err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	devices, err := v.db.QueryContext(ctx, `SELECT device, account, login, hash FROM devices ORDER BY device`)
	if err != nil {
		return fmt.Errorf("read devices: %w", err)
	}
	defer func() { _ = devices.Close() }()
	for devices.Next() {
		d := &device{jobs: newTracker()}
		var owner string
		if err := devices.Scan(&d.id, &owner, &d.login, &d.hash); err != nil {
			return fmt.Errorf("read devices: %w", err)
		}
		d.account = v.accounts[owner]
		v.add(d)
	}
	if err := errors.Join(devices.Err(), devices.Close()); err != nil {
		return fmt.Errorf("read devices: %w", err)
	}
	for _, d := range v.devices {
		if d.used, d.files, err = count(v.folder(d)); err != nil {
			return fmt.Errorf("count the files of %s: %w", d.id, err)
		}
		d.account.used += d.used
	}
	return v.loadJobs(ctx)
}

func (v *Vault) add(d *device) {
	v.devices[d.id], v.logins[d.login] = d, d
	d.account.devices = append(d.account.devices, d)
}

// loadJobs takes up the jobs that were open when the vault ended.
func (v *Vault) loadJobs(ctx context.Context) error {
	rows, err := v.db.QueryContext(ctx, `SELECT device, body FROM open_jobs`)
	if err != nil {
		return fmt.Errorf("read open jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return fmt.Errorf("read open jobs: %w", err)
		}
		j := &openJob{}
		if err := json.Unmarshal(body, j); err != nil {
			return fmt.Errorf("read open jobs: %w", err)
		}
		if d := v.devices[id]; d != nil {
			d.jobs.open = append(d.jobs.open, j)
		}
	}
	return rows.Err()
}

// Ensure makes the vault have what is wanted of an account.
func (v *Vault) Ensure(ctx context.Context, spec driver.AccountSpec) (driver.Observed, error) {
	if err := spec.Validate(); err != nil {
		return driver.Observed{}, fmt.Errorf("%w: %w", driver.ErrInvalid, err)
	}
	hashes, err := hashPasswords(spec)
	if err != nil {
		return driver.Observed{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.accounts[spec.Account]
	if a != nil && spec.Generation < a.generation {
		return a.observed(), nil
	}
	if a == nil {
		if trashed, err := v.trashedAt(ctx, spec.Account); err != nil || spec.Generation < trashed {
			return driver.Observed{}, errors.Join(driver.ErrUnknownAccount, err)
		}
	}
	for _, d := range spec.Devices {
		if other := v.logins[d.Login]; other != nil && other.id != d.Device {
			return driver.Observed{}, fmt.Errorf("%w: device %s", driver.ErrLoginTaken, d.Device)
		}
		known := v.devices[d.Device]
		if known != nil && known.account.id != spec.Account {
			return driver.Observed{}, fmt.Errorf("%w: device %s belongs to another account", driver.ErrInvalid, d.Device)
		}
		if known == nil && hashes[d.Device] == nil {
			return driver.Observed{}, fmt.Errorf("%w: the new device %s needs a password", driver.ErrInvalid, d.Device)
		}
	}
	if err := v.db.write(ctx, func(tx *sql.Tx) error { return v.keepAccount(ctx, tx, spec, hashes) }); err != nil {
		return driver.Observed{}, err
	}
	if a == nil {
		a = &account{id: spec.Account}
		v.accounts[a.id] = a
	}
	a.generation, a.kind, a.state, a.quota = spec.Generation, spec.Type, spec.State, spec.QuotaBytes
	v.applyDevices(a, spec, hashes)
	return a.observed(), nil
}

func hashPasswords(spec driver.AccountSpec) (map[string][]byte, error) {
	hashes := map[string][]byte{}
	for _, d := range spec.Devices {
		if d.Password == "" {
			continue
		}
		hash, err := bcrypt.GenerateFromPassword([]byte(d.Password.Reveal()), bcrypt.DefaultCost)
		if err != nil {
			return nil, fmt.Errorf("%w: the password of device %s", driver.ErrInvalid, d.Device)
		}
		hashes[d.Device] = hash
	}
	return hashes, nil
}

func (v *Vault) keepAccount(ctx context.Context, tx *sql.Tx, spec driver.AccountSpec, hashes map[string][]byte) error {
	if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO accounts (account, generation, type, state, quota) VALUES (?, ?, ?, ?, ?)`,
		spec.Account, spec.Generation, spec.Type, spec.State, spec.QuotaBytes); err != nil {
		return fmt.Errorf("keep the account: %w", err)
	}
	for _, d := range spec.Devices {
		hash := hashes[d.Device]
		if known := v.devices[d.Device]; known != nil && hash == nil {
			hash = known.hash
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO devices (device, account, login, hash) VALUES (?, ?, ?, ?)`,
			d.Device, spec.Account, d.Login, hash); err != nil {
			return fmt.Errorf("keep the device: %w", err)
		}
	}
	return nil
}

// applyDevices brings the memory to what was kept. A device that the spec no longer names keeps its data and its login:
// taking data away is Trash's, never a side effect.
func (v *Vault) applyDevices(a *account, spec driver.AccountSpec, hashes map[string][]byte) {
	for _, want := range spec.Devices {
		d := v.devices[want.Device]
		if d == nil {
			d = &device{id: want.Device, account: a, login: want.Login, jobs: newTracker()}
			v.add(d)
		}
		delete(v.logins, d.login)
		d.login = want.Login
		v.logins[d.login] = d
		if hash := hashes[want.Device]; hash != nil {
			d.hash = hash
		}
	}
	clear(v.known) // a changed password or login must not be remembered
}

func (a *account) observed() driver.Observed {
	o := driver.Observed{Account: a.id, Generation: a.generation, State: a.state, QuotaBytes: a.quota, UsedBytes: a.used}
	for _, d := range a.devices {
		o.Devices = append(o.Devices, driver.ObservedDevice{Device: d.id, Login: d.login, UsedBytes: d.used})
	}
	return o
}

// Trash takes an account away from its clients. Its data move to the trash, from where they can be restored by hand.
func (v *Vault) Trash(ctx context.Context, id string, generation int64) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.accounts[id]
	if a == nil {
		return nil
	}
	if generation < a.generation {
		return nil
	}
	err := v.db.write(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`UPDATE accounts SET trashed = 1, generation = ?2 WHERE account = ?1`,
			`DELETE FROM open_jobs WHERE device IN (SELECT device FROM devices WHERE account = ?1)`,
			`DELETE FROM devices WHERE account = ?1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, id, generation); err != nil {
				return fmt.Errorf("trash the account: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range a.devices {
		delete(v.devices, d.id)
		delete(v.logins, d.login)
	}
	delete(v.accounts, id)
	clear(v.known)
	return v.moveToTrash(id, generation)
}

// trashedAt is the generation at which an account went to the trash, 0 where it did not.
func (v *Vault) trashedAt(ctx context.Context, id string) (generation int64, err error) {
	err = v.db.QueryRowContext(ctx, `SELECT generation FROM accounts WHERE account = ? AND trashed = 1`, id).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return generation, err
}

// finishTrash moves the data that a kill left in their place after the account had gone to the trash.
func (v *Vault) finishTrash(ctx context.Context) error {
	rows, err := v.db.QueryContext(ctx, `SELECT account, generation FROM accounts WHERE trashed = 1`)
	if err != nil {
		return fmt.Errorf("read the trash: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var generation int64
		if err := rows.Scan(&id, &generation); err != nil {
			return fmt.Errorf("read the trash: %w", err)
		}
		if err := v.moveToTrash(id, generation); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (v *Vault) moveToTrash(id string, generation int64) error {
	from := filepath.Join(v.config.Folder, "data", id)
	to := filepath.Join(v.config.Folder, "trash", id+"-"+strconv.FormatInt(generation, 10))
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("move the account's data: %w", err)
	}
	return nil
}

// count returns the bytes and number of all files below a folder, and removes what an upload that was cut off left.
func count(folder string) (bytes, files int64, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if leftover(entry.Name(), info) {
			return os.Remove(path)
		}
		bytes += info.Size()
		files++
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	return bytes, files, err
}

// leftover tells whether a file is half an upload. An empty configuration is one too: it is never written empty, and would
// keep its repository from being made again.
func leftover(name string, info fs.FileInfo) bool {
	return temporary.MatchString(name) || name == "config" && info.Size() == 0
}
