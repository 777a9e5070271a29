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
)

// Trash takes an account away from its clients, those whose requests are under way too. Its data move to the trash, from
// where they can be restored by hand.
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
		return v.trashedAt(ctx, id) // perhaps its data could not be moved then
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
		`DELETE FROM devices WHERE account = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id, generation); err != nil {
			return fmt.Errorf("trash the account: %w", err)
		}
	}
	return nil
}

// trashedAt is the generation at which an account went to the trash, 0 where it did not.
func (v *Vault) trashedAt(ctx context.Context, id string) (generation int64, err error) {
	err = v.db.QueryRowContext(ctx, `SELECT generation FROM accounts WHERE account = ? AND trashed = 1`, id).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look into the trash: %w", err)
	}
	return generation, nil
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
