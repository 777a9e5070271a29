package vault

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Space returns how large the disk below the vault is, and how much of it is free, in bytes.
func (v *Vault) Space() (total, free int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(v.config.Folder, &s); err != nil {
		return 0, 0, fmt.Errorf("ask the disk for its space: %w", err)
	}
	return int64(s.Blocks) * s.Bsize, int64(s.Bavail) * s.Bsize, nil
}
