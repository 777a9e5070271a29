package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// Ensure makes the vault have what is wanted of an account.
func (v *Vault) Ensure(ctx context.Context, spec driver.AccountSpec) (driver.Observed, error) {
	if err := spec.Validate(); err != nil {
		return driver.Observed{}, fmt.Errorf("%w: %w", driver.ErrInvalid, err)
	}
	v.changes.Lock()
	defer v.changes.Unlock()
	hashes, err := hashPasswords(spec) // slow on purpose, so outside of the other lock
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
		away, err := v.away(ctx, spec.Account)
		if err != nil {
			return driver.Observed{}, err
		}
		if away.where != inUse {
			return driver.Observed{}, driver.ErrUnknownAccount
		}
	}
	if err := v.possible(ctx, spec, hashes); err != nil {
		return driver.Observed{}, err
	}
	if err := v.db.write(ctx, func(tx *sql.Tx) error { return v.keepAccount(ctx, tx, spec, hashes) }); err != nil {
		return driver.Observed{}, err
	}
	if a == nil {
		a = newAccount(spec.Account)
		v.accounts[a.id] = a
	}
	a.generation, a.kind, a.state, a.quota = spec.Generation, spec.Type, spec.State, spec.QuotaBytes
	v.applyDevices(a, spec, hashes)
	return a.observed(), nil
}

// possible checks what a spec alone cannot tell. A login that another device gives up in the same spec is free; that of a
// device in the trash is not.
func (v *Vault) possible(ctx context.Context, spec driver.AccountSpec, hashes map[string][]byte) error {
	wanted := map[string]bool{}
	for _, d := range spec.Devices {
		wanted[d.Device] = true
	}
	for _, d := range spec.Devices {
		known := v.devices[d.Device]
		if other := v.logins[d.Login]; other != nil && (other.account.id != spec.Account || !wanted[other.id]) {
			return fmt.Errorf("%w: device %s", driver.ErrLoginTaken, d.Device)
		}
		if known != nil && known.account.id != spec.Account {
			return fmt.Errorf("%w: device %s belongs to another account", driver.ErrInvalid, d.Device)
		}
		if known == nil && hashes[d.Device] == nil {
			return fmt.Errorf("%w: the new device %s needs a password", driver.ErrInvalid, d.Device)
		}
		if known == nil || known.login != d.Login {
			if err := v.untrashed(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// untrashed refuses a device, or its login, that an account in the trash still has.
func (v *Vault) untrashed(ctx context.Context, d driver.DeviceSpec) error {
	var device string
	err := v.db.QueryRowContext(ctx, `
		SELECT device FROM devices JOIN accounts USING (account) WHERE trashed <> 0 AND (device = ? OR login = ?) LIMIT 1`,
		d.Device, d.Login).Scan(&device)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look into the trash: %w", err)
	case device == d.Device:
		return fmt.Errorf("%w: device %s belongs to an account in the trash", driver.ErrInvalid, d.Device)
	}
	return fmt.Errorf("%w: device %s", driver.ErrLoginTaken, d.Device)
}

// hashCost is bcrypt's: about 60 ms on a core of today. Only this package's tests change it.
var hashCost = bcrypt.DefaultCost

func hashPasswords(spec driver.AccountSpec) (map[string][]byte, error) {
	hashes := map[string][]byte{}
	for _, d := range spec.Devices {
		if d.Password == "" {
			continue
		}
		hash, err := bcrypt.GenerateFromPassword([]byte(d.Password.Reveal()), hashCost)
		if err != nil { // it is longer than bcrypt takes
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
	for _, d := range spec.Devices { // all of them first: they may exchange their logins
		if _, err := tx.ExecContext(ctx, `DELETE FROM devices WHERE device = ?`, d.Device); err != nil {
			return fmt.Errorf("keep the device: %w", err)
		}
	}
	for _, d := range spec.Devices {
		hash := hashes[d.Device]
		if hash == nil {
			hash = v.devices[d.Device].hash
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO devices (device, account, login, hash) VALUES (?, ?, ?, ?)`,
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
		if d := v.devices[want.Device]; d != nil {
			delete(v.logins, d.login)
		}
	}
	for _, want := range spec.Devices {
		d := v.devices[want.Device]
		if d == nil {
			d = newDevice(want.Device, a)
			v.devices[d.id] = d
			a.devices = append(a.devices, d)
		}
		d.login = want.Login
		v.logins[d.login] = d
		if hash := hashes[want.Device]; hash != nil {
			d.hash = hash
		}
		clear(d.known) // a changed password or login must not be remembered
	}
}

func (a *account) observed() driver.Observed {
	o := driver.Observed{
		Account: a.id, Generation: a.generation, State: a.state, QuotaBytes: a.quota, UsedBytes: a.used, Devices: []driver.ObservedDevice{},
	}
	for _, d := range a.devices {
		o.Devices = append(o.Devices, driver.ObservedDevice{Device: d.id, Login: d.login, UsedBytes: d.used})
	}
	return o
}
