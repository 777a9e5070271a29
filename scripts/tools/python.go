package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// pythonTools are programs from PyPI. Each has a virtual environment of its own below .tools/python, with exactly the
// packages that its list in the folder python names. To raise a version, install it by hand into an empty environment and
// write what `pip freeze` tells over the list.
var pythonTools = []string{"ministack", "localstack", "cfn-lint"}

//go:embed python/*.txt
var pythonLists embed.FS

func (i *installer) installPython(ctx context.Context, name string) error {
	list, err := pythonLists.ReadFile("python/" + name + ".txt")
	if err != nil {
		return fmt.Errorf("read the list of %s: %w", name, err)
	}
	folder := filepath.Join(i.dir, "python", name)
	stamp := filepath.Join(folder, "installed.txt")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == string(list) {
		return nil
	}
	fmt.Fprintf(i.log, "tools: installing %s (once, it takes up to a minute)\n", name)
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("install %s: %w", name, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("install %s: %w", name, err)
	}
	if err := i.environment(ctx, folder, list); err != nil {
		return fmt.Errorf("install %s: %w", name, err)
	}
	if err := os.WriteFile(stamp, list, 0o644); err != nil {
		return fmt.Errorf("stamp %s: %w", name, err)
	}
	return nil
}

// makeEnvironment makes a virtual environment with the packages of a list.
func makeEnvironment(ctx context.Context, folder string, list []byte) error {
	wanted := filepath.Join(folder, "wanted.txt")
	if err := os.WriteFile(wanted, list, 0o644); err != nil {
		return err
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		return errors.New("no python3: install Python 3.10 or newer with its venv module (Debian: apt-get install python3-venv)")
	}
	pip := []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "-r", wanted}
	for _, args := range [][]string{
		{python, "-m", "venv", folder},
		append([]string{filepath.Join(folder, "bin", "python")}, pip...),
	} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", args[1:3], err, out)
		}
	}
	return nil
}
