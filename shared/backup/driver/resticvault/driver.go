// Package resticvault drives the agent's own vault, in the same process: the first driver, and the one that proves the port.
package resticvault

import (
	"context"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/backup/vault"
)

// Driver implements driver.Driver over a vault.
type Driver struct{ Vault *vault.Vault }

// Info says what the vault can do.
func (d Driver) Info(context.Context) (driver.Info, error) {
	total, free, err := d.Vault.Space()
	return driver.Info{
		Product: "restic-vault", Version: vault.Version, Driver: "restic-vault/1", TotalBytes: total, FreeBytes: free,
		Capabilities: driver.Capabilities{Rename: driver.RenameOnline, Suspend: true, Trash: true, Quota: true, SetsPerDevice: 1},
	}, err
}

// Ensure creates or changes an account.
func (d Driver) Ensure(ctx context.Context, spec driver.AccountSpec) (driver.Observed, error) {
	return d.Vault.Ensure(ctx, spec)
}

// Trash takes an account away from its clients.
func (d Driver) Trash(ctx context.Context, account string, generation int64) error {
	return d.Vault.Trash(ctx, account, generation)
}

// Restore takes an account back out of the trash.
func (d Driver) Restore(ctx context.Context, account string, generation int64) (driver.Observed, error) {
	return d.Vault.Restore(ctx, account, generation)
}

// Purge deletes an account's data in the trash for good.
func (d Driver) Purge(ctx context.Context, account string, generation int64, approval string) error {
	return d.Vault.Purge(ctx, account, generation, approval)
}

// Reports returns what the vault recorded behind a cursor.
func (d Driver) Reports(ctx context.Context, cursor string, limit int) (driver.Reports, error) {
	return d.Vault.Reports(ctx, cursor, limit)
}

// Close closes the vault.
func (d Driver) Close() error { return d.Vault.Close() }
