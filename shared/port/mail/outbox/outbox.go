// Package outbox is the adapter of shared/port/mail for development: a folder with one .eml file per message, which any mail
// program opens and the portal shows. Nothing leaves the machine.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tierkeep/tierkeep/shared/pattern"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/mime"
)

// Outbox keeps messages in a folder, which it makes. Only the platform's user can read them.
type Outbox struct{ Folder string }

const (
	suffix = ".eml"
	stamp  = "20060102T150405Z"
)

// Send keeps the message. Its name follows from its date and its ID, so that a second attempt keeps nothing more.
func (o Outbox) Send(_ context.Context, m mail.Message) (string, error) {
	raw, err := mime.Write(m)
	if err != nil {
		return "", err
	}
	name := m.Date.UTC().Format(stamp) + "-" + m.ID
	if err := o.write(name+suffix, raw); err != nil {
		return "", fmt.Errorf("keep message %s: %w", m.ID, err)
	}
	return name, nil
}

// write lets the file appear whole or not at all, whatever happens meanwhile.
func (o Outbox) write(name string, raw []byte) error {
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(o.Folder, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if _, err = f.Write(raw); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(o.Folder, name)); err != nil {
		return err
	}
	d, err := os.Open(o.Folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close()) // the new name survives a power cut
}

// List returns the newest messages, the newest first, at most so many. What is no message is left out.
func (o Outbox) List(ctx context.Context, most int) ([]mail.Kept, error) {
	entries, err := os.ReadDir(o.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the outbox: %w", err)
	}
	var kept []mail.Kept
	for _, e := range slices.Backward(entries) { // their names begin with the time
		if len(kept) == most {
			break
		}
		name, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok || !names.MatchString(name) {
			continue
		}
		m, err := o.Get(ctx, name)
		if errors.Is(err, mail.ErrNotKept) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		kept = append(kept, m)
	}
	return kept, nil
}

var names = pattern.New(`^\d{8}T\d{6}Z-[A-Za-z0-9_-]{1,128}$`)

// Get returns the message of a name, or mail.ErrNotKept.
func (o Outbox) Get(_ context.Context, name string) (mail.Kept, error) {
	if !names.MatchString(name) { // nor leads a name out of the folder
		return mail.Kept{}, mail.ErrNotKept
	}
	raw, err := os.ReadFile(filepath.Join(o.Folder, name+suffix))
	if errors.Is(err, fs.ErrNotExist) {
		return mail.Kept{}, mail.ErrNotKept
	}
	if err != nil {
		return mail.Kept{}, fmt.Errorf("read the outbox: %w", err)
	}
	m, err := mime.Read(raw)
	if err != nil {
		return mail.Kept{}, fmt.Errorf("read message %s of the outbox: %w", name, err)
	}
	return mail.Kept{Name: name, Message: m}, nil
}
