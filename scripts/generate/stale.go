package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// staleFile is a generated file that is missing or differs from what the code says.
type staleFile struct {
	name    string
	content []byte
}

func findStale(root string, outputs []output) ([]staleFile, error) {
	var stale []staleFile
	var failed []error
	for _, o := range outputs {
		content, err := o.content()
		if err != nil {
			failed = append(failed, fmt.Errorf("generate %s: %w", o.file, err))
			continue
		}
		stands, err := os.ReadFile(filepath.Join(root, o.file))
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && !bytes.Equal(stands, content):
			stale = append(stale, staleFile{o.file, content})
		case err != nil:
			failed = append(failed, err)
		}
	}
	return stale, errors.Join(failed...)
}

// write replaces the file whole, so that whoever reads it meanwhile sees the old or the new one.
func (f staleFile) write(root string) error {
	target := filepath.Join(root, f.name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	unfinished := target + ".unfinished"
	if err := os.WriteFile(unfinished, f.content, 0o644); err != nil {
		return err
	}
	return os.Rename(unfinished, target)
}
