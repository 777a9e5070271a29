// Package file is the embedded adapter of shared/port/secret: one file per secret, which only the platform's user can read.
package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tierkeep/tierkeep/shared/port/secret"
)

// Secrets keeps secrets in a folder.
type Secrets struct{ Folder string }

// GetOrCreate returns the secret, making it where there is none.
func (s Secrets) GetOrCreate(_ context.Context, name string, create func() ([]byte, error)) (secret.Value, error) {
	if err := secret.ValidateName(name); err != nil {
		return secret.Value{}, err
	}
	path := filepath.Join(s.Folder, strings.ReplaceAll(name, "/", ".")) // flat: "a" and "a/b" are two files
	value, err := os.ReadFile(path)
	if err == nil {
		return secret.NewValue(value), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return secret.Value{}, fmt.Errorf("read secret %s: %w", name, err)
	}
	if value, err = create(); err != nil {
		return secret.Value{}, fmt.Errorf("make secret %s: %w", name, err)
	}
	if err := secret.ValidateValue(value); err != nil {
		return secret.Value{}, fmt.Errorf("make secret %s: %w", name, err)
	}
	if err := publish(path, value); err != nil {
		return secret.Value{}, fmt.Errorf("keep secret %s: %w", name, err)
	}
	if value, err = os.ReadFile(path); err != nil {
		return secret.Value{}, fmt.Errorf("read secret %s: %w", name, err)
	}
	return secret.NewValue(value), nil
}

// publish writes the whole secret beside its place and then links it there, which only the first of racing callers can.
func publish(path string, value []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if _, err = f.Write(value); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes the new name survive a power cut.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
