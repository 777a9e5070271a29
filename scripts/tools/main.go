// Command tools puts the programs that building and testing need where the project finds them, in the versions it is proven
// with. It owns .tools/bin, .tools/python, .tools/stamp and .tools/lock and writes nowhere else, but for Chromium, which only
// the system's package manager can bring. A second run finds what the first one left and does nothing.
//
//	go run ./scripts/tools restic golangci-lint chromium
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("name at least one of: %s", strings.Join(known(), ", "))
	}
	root, err := projectRoot()
	if err != nil {
		return err
	}
	installer := newInstaller(filepath.Join(root, ".tools"), os.Stderr)
	var failed []error
	for _, name := range names {
		if err := installer.install(ctx, name); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func known() []string {
	names := make([]string, 0, len(moduleTools)+1)
	for _, t := range moduleTools {
		names = append(names, t.Name)
	}
	return append(append(names, pythonTools...), chromiumName)
}

// projectRoot is the nearest folder upwards that holds go.mod.
func projectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the project: no go.mod here or above")
		}
		dir = parent
	}
}
