package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// Where an account's row stands: in use, in the trash, or gone for good.
const (
	inUse   = 0
	inTrash = 1
	purged  = 2
)

// Trash takes an account away from its clients, those whose requests are under way too. Its data move to the trash, from
// where Restore brings them back. Its devices keep their logins and passwords meanwhile.
func (v *Vault) Trash(ctx context.Context, id string, generation int64) error {
	v.changes.Lock()
	defer v.changes.Unlock()
	trashed, err := v.shut(ctx, id, generation)
	if err != nil || trashed == 0 {
		return err
	}
	return v.moveToTrash(id, trashed)
}

// shut ends the account for its clients, and returns the generation at which it went to the trash once no client is in its
// folder any more: 0 where there is nothing to move.
func (v *Vault) shut(ctx context.Context, id string, generation int64) (trashed int64, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.accounts[id]
	if a == nil {
		away, err := v.away(ctx, id) // perhaps its data could not be moved then
		if err != nil || away.where != inTrash {
			return 0, err
		}
		return away.generation, nil
	}
	if generation < a.generation {
		return 0, nil
	}
	if err := v.db.write(ctx, func(tx *sql.Tx) error { return trash(ctx, tx, id, generation) }); err != nil {
		return 0, err
	}
	a.gone = true
	for _, d := range a.devices {
		delete(v.devices, d.id)
		delete(v.logins, d.login)
	}
	delete(v.accounts, id)
	for len(a.exchanges) > 0 {
		for x := range a.exchanges {
			x.cut()
			v.mu.Unlock()
			<-x.over
			v.mu.Lock()
			break
		}
	}
	return generation, nil
}

func trash(ctx context.Context, tx *sql.Tx, id string, generation int64) error {
	for _, statement := range []string{
		`UPDATE accounts SET trashed = 1, generation = ?2 WHERE account = ?1`,
		`DELETE FROM open_jobs WHERE device IN (SELECT device FROM devices WHERE account = ?1)`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id, generation); err != nil {
			return fmt.Errorf("trash the account: %w", err)
		}
	}
	return nil
}

// gone is an account that its clients do not have.
type gone struct {
	where      int   // inTrash or purged; inUse: the vault has never had it, or has it still
	generation int64 // at which it went
}

func (v *Vault) away(ctx context.Context, id string) (gone, error) {
	var g gone
	err := v.db.QueryRowContext(ctx, `SELECT trashed, generation FROM accounts WHERE account = ? AND trashed <> 0`, id).Scan(&g.where, &g.generation)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return gone{}, fmt.Errorf("look into the trash: %w", err)
	}
	return g, nil
}

// Restore takes an account back out of the trash as it was. The data move first: a kill in between leaves an account that is
// in the trash still, and the next start moves them back.
func (v *Vault) Restore(ctx context.Context, id string, generation int64) (driver.Observed, error) {
	v.changes.Lock() // alone, while files are counted: clients of other accounts go on
	defer v.changes.Unlock()
	if o, there, err := v.stays(ctx, id, generation); there || err != nil {
		return o, err
	}
	away, err := v.away(ctx, id)
	switch {
	case err != nil:
		return driver.Observed{}, err
	case away.where == purged:
		return driver.Observed{}, driver.ErrUnknownAccount
	case away.where == inUse:
		return v.reenter(ctx, id) // perhaps it came back, and could not be counted
	case generation <= away.generation:
		return driver.Observed{Account: id, Generation: away.generation, Devices: []driver.ObservedDevice{}}, nil
	}
	if err := rename(v.trashed(id, away.generation), v.data(id)); err != nil {
		return driver.Observed{}, err
	}
	if err := v.db.write(ctx, func(tx *sql.Tx) error { return back(ctx, tx, id, generation) }); err != nil {
		return driver.Observed{}, err
	}
	return v.reenter(ctx, id)
}

// reenter lets clients into an account that is in use again.
func (v *Vault) reenter(ctx context.Context, id string) (driver.Observed, error) {
	read, err := v.readAccounts(ctx, id)
	if err != nil {
		return driver.Observed{}, err
	}
	a := read[id]
	if a == nil {
		return driver.Observed{}, driver.ErrUnknownAccount
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.enter(a)
	return a.observed(), nil
}

// stays is Restore of an account that is in use: only its generation grows.
func (v *Vault) stays(ctx context.Context, id string, generation int64) (o driver.Observed, there bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	a := v.accounts[id]
	if a == nil {
		return driver.Observed{}, false, nil
	}
	if generation > a.generation {
		if err := v.db.write(ctx, func(tx *sql.Tx) error { return back(ctx, tx, id, generation) }); err != nil {
			return driver.Observed{}, true, err
		}
		a.generation = generation
	}
	return a.observed(), true, nil
}

func back(ctx context.Context, tx *sql.Tx, id string, generation int64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE accounts SET trashed = 0, generation = ? WHERE account = ?`, generation, id); err != nil {
		return fmt.Errorf("restore the account: %w", err)
	}
	return nil
}

// Purge deletes an account's data in the trash for good, and keeps the approval under which it did. What is not in the trash
// is never touched. That it is gone is on disk before the first file goes; what a kill leaves goes at the next start.
func (v *Vault) Purge(ctx context.Context, id string, generation int64, approval string) error {
	if approval == "" {
		return fmt.Errorf("%w: a purge stands on an approval", driver.ErrInvalid)
	}
	folder, err := v.condemn(ctx, id, generation, approval)
	if err != nil || folder == "" {
		return err
	}
	return v.burn(ctx, id, folder)
}

// condemn makes an account in the trash one that is gone, and returns the folder that is to be deleted, "" where there is
// none.
func (v *Vault) condemn(ctx context.Context, id string, generation int64, approval string) (folder string, err error) {
	v.changes.Lock()
	defer v.changes.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if a := v.accounts[id]; a != nil {
		if generation < a.generation {
			return "", nil
		}
		return "", fmt.Errorf("%w: the account is not in the trash", driver.ErrInvalid)
	}
	away, err := v.away(ctx, id)
	switch {
	case err != nil:
		return "", err
	case away.where == purged:
		return v.condemned(ctx, id)
	case away.where != inTrash || generation < away.generation:
		return "", nil
	}
	if err := v.moveToTrash(id, away.generation); err != nil { // perhaps it could not be moved then
		return "", err
	}
	folder = filepath.Base(v.trashed(id, away.generation))
	now := v.config.Clock.Now().Unix()
	return folder, v.db.write(ctx, func(tx *sql.Tx) error {
		for _, s := range []struct {
			statement string
			args      []any
		}{
			{`UPDATE accounts SET trashed = 2, generation = ? WHERE account = ?`, []any{generation, id}},
			{`DELETE FROM devices WHERE account = ?`, []any{id}},
			{`INSERT OR IGNORE INTO purges (account, generation, approval, folder, at) VALUES (?, ?, ?, ?, ?)`, []any{id, generation, approval, folder, now}},
		} {
			if _, err := tx.ExecContext(ctx, s.statement, s.args...); err != nil {
				return fmt.Errorf("purge the account: %w", err)
			}
		}
		return nil
	})
}

// condemned is the folder of a purge that has not ended, "" where it has.
func (v *Vault) condemned(ctx context.Context, id string) (folder string, err error) {
	err = v.db.QueryRowContext(ctx, `SELECT folder FROM purges WHERE account = ? AND burnt = 0`, id).Scan(&folder)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read what was purged: %w", err)
	}
	return folder, nil
}

// burn deletes a condemned folder. It holds no lock: nothing else reaches the folder any more, and it may take long.
func (v *Vault) burn(ctx context.Context, id, folder string) error {
	if err := os.RemoveAll(filepath.Join(v.config.Folder, "trash", folder)); err != nil {
		return fmt.Errorf("delete the account's data: %w", err)
	}
	if _, err := v.db.ExecContext(ctx, `UPDATE purges SET burnt = 1 WHERE account = ?`, id); err != nil {
		return fmt.Errorf("write down that the data are deleted: %w", err)
	}
	return nil
}

// finishTrash moves the data that a kill left in their place after the account had gone to the trash, and deletes those that
// it left of a purge.
func (v *Vault) finishTrash(ctx context.Context) error {
	left, err := v.left(ctx, `SELECT account, CAST(generation AS TEXT) FROM accounts WHERE trashed = 1`)
	if err != nil {
		return err
	}
	for id, text := range left {
		generation, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("read the trash: %w", err)
		}
		if err := v.moveToTrash(id, generation); err != nil {
			return err
		}
	}
	if left, err = v.left(ctx, `SELECT account, folder FROM purges WHERE burnt = 0`); err != nil {
		return err
	}
	for id, folder := range left {
		if err := v.burn(ctx, id, folder); err != nil {
			return err
		}
	}
	return nil
}

// left reads accounts with one more text each.
func (v *Vault) left(ctx context.Context, query string) (map[string]string, error) {
	rows, err := v.db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read the trash: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, fmt.Errorf("read the trash: %w", err)
		}
		all[id] = text
	}
	return all, rows.Err()
}

func (v *Vault) data(id string) string { return filepath.Join(v.config.Folder, "data", id) }

func (v *Vault) trashed(id string, generation int64) string {
	return filepath.Join(v.config.Folder, "trash", id+"-"+strconv.FormatInt(generation, 10))
}

func (v *Vault) moveToTrash(id string, generation int64) error {
	return rename(v.data(id), v.trashed(id, generation))
}

// rename moves a folder. One that is not there was moved before, or never was.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("move the account's data: %w", err)
	}
	return nil
}
