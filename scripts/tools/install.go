package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// installer puts tools below one folder. Two installers on the same folder do not disturb each other: one waits for the other,
// and a program appears under its name only when it is whole.
type installer struct {
	dir      string
	log      io.Writer
	download func(ctx context.Context, module, version string) (source, error)
	build    func(ctx context.Context, t moduleTool, from, to string) error
	chromium func(ctx context.Context, log io.Writer) error

	environment func(ctx context.Context, folder string, list []byte) error
}

// source is a module's source code as the go command fetched and verified it.
type source struct {
	Dir string
	Sum string
}

func newInstaller(dir string, log io.Writer) *installer {
	return &installer{
		dir: dir, log: log, download: downloadModule, build: buildModule, chromium: ensureChromium, environment: makeEnvironment,
	}
}

func (i *installer) install(ctx context.Context, name string) (err error) {
	unlock, err := i.lock(name)
	if err != nil {
		return fmt.Errorf("install %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()

	if name == chromiumName {
		return i.chromium(ctx, i.log)
	}
	for _, t := range moduleTools {
		if t.Name == name {
			return i.installModule(ctx, t)
		}
	}
	if slices.Contains(pythonTools, name) {
		return i.installPython(ctx, name)
	}
	return fmt.Errorf("no tool is called %q; there are: %s", name, strings.Join(known(), ", "))
}

func (i *installer) installModule(ctx context.Context, t moduleTool) error {
	if i.stands(t) {
		return nil
	}
	fmt.Fprintf(i.log, "tools: building %s %s (once, it takes a minute or more)\n", t.Name, t.Version)
	src, err := i.download(ctx, t.Module, t.Version)
	if err != nil {
		return fmt.Errorf("download %s %s: %w", t.Module, t.Version, err)
	}
	if src.Sum != t.Sum {
		return fmt.Errorf("the source of %s %s has checksum %s, expected %s: not built", t.Module, t.Version, src.Sum, t.Sum)
	}
	target := i.binary(t)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("install %s: %w", t.Name, err)
	}
	unfinished := target + ".unfinished"
	if err := i.build(ctx, t, src.Dir, unfinished); err != nil {
		return fmt.Errorf("build %s %s: %w", t.Name, t.Version, err)
	}
	if err := os.Rename(unfinished, target); err != nil {
		return fmt.Errorf("install %s: %w", t.Name, err)
	}
	return i.stamp(t)
}

// stands tells whether the program of exactly this table row was put there before.
func (i *installer) stands(t moduleTool) bool {
	stamped, err := os.ReadFile(i.stampFile(t))
	if err != nil || string(stamped) != t.fingerprint() {
		return false
	}
	info, err := os.Stat(i.binary(t))
	return err == nil && info.Mode().IsRegular()
}

func (i *installer) stamp(t moduleTool) error {
	file := i.stampFile(t)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("stamp %s: %w", t.Name, err)
	}
	if err := os.WriteFile(file, []byte(t.fingerprint()), 0o644); err != nil {
		return fmt.Errorf("stamp %s: %w", t.Name, err)
	}
	return nil
}

func (i *installer) binary(t moduleTool) string    { return filepath.Join(i.dir, "bin", t.Name) }
func (i *installer) stampFile(t moduleTool) string { return filepath.Join(i.dir, "stamp", t.Name) }

func (t moduleTool) fingerprint() string {
	return strings.Join([]string{t.Module, t.Version, t.Sum, t.Package, t.LDFlags, runtime.GOOS, runtime.GOARCH}, "\n") + "\n"
}

// copyOut copies a module's source out of the module cache, where go refuses to build a main module.
func copyOut(from fs.FS) (dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp("", "tierkeep-tools-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	if err := os.CopyFS(dir, from); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return dir, remove, nil
}
