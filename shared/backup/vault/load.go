package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// load reads the accounts and counts what they use.
func (v *Vault) load(ctx context.Context) error {
	v.accounts, v.devices, v.logins = map[string]*account{}, map[string]*device{}, map[string]*device{}
	if err := v.finishTrash(ctx); err != nil {
		return err
	}
	all, err := v.readAccounts(ctx, "")
	if err != nil {
		return err
	}
	for _, a := range all {
		v.enter(a)
	}
	return v.loadJobs(ctx)
}

// readAccounts reads the accounts in use, or one of them, with their devices, and counts what they use, which may take long:
// nothing is changed meanwhile.
func (v *Vault) readAccounts(ctx context.Context, only string) (map[string]*account, error) {
	all := map[string]*account{}
	accounts, err := v.db.QueryContext(ctx,
		`SELECT account, generation, type, state, quota FROM accounts WHERE trashed = 0 AND ?1 IN ('', account)`, only)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	defer func() { _ = accounts.Close() }()
	for accounts.Next() {
		a := newAccount("")
		if err := accounts.Scan(&a.id, &a.generation, &a.kind, &a.state, &a.quota); err != nil {
			return nil, fmt.Errorf("read accounts: %w", err)
		}
		all[a.id] = a
	}
	if err := errors.Join(accounts.Err(), accounts.Close()); err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	devices, err := v.db.QueryContext(ctx, `
		SELECT device, account, login, hash FROM devices JOIN accounts USING (account)
		WHERE trashed = 0 AND ?1 IN ('', account) ORDER BY device`, only)
	if err != nil {
		return nil, fmt.Errorf("read devices: %w", err)
	}
	defer func() { _ = devices.Close() }()
	for devices.Next() {
		d := newDevice("", nil)
		var owner string
		if err := devices.Scan(&d.id, &owner, &d.login, &d.hash); err != nil {
			return nil, fmt.Errorf("read devices: %w", err)
		}
		d.account = all[owner]
		d.account.devices = append(d.account.devices, d)
	}
	if err := errors.Join(devices.Err(), devices.Close()); err != nil { // closed before the counting: there is one connection
		return nil, fmt.Errorf("read devices: %w", err)
	}
	for _, a := range all {
		for _, d := range a.devices {
			if d.used, d.files, err = count(v.folder(d)); err != nil {
				return nil, fmt.Errorf("count the files of %s: %w", d.id, err)
			}
			a.used += d.used
		}
	}
	return all, nil
}

// enter lets clients into an account that was read.
func (v *Vault) enter(a *account) {
	v.accounts[a.id] = a
	for _, d := range a.devices {
		v.devices[d.id], v.logins[d.login] = d, d
	}
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
