package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func project(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	files["go.mod"] = "module x\n"
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func says(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCheckNamesStaleFilesAndWritesNothing(t *testing.T) {
	root := project(t, map[string]string{"fresh.md": "new", "stale.md": "old"})
	err := run(root, []output{{"fresh.md", says("new")}, {"stale.md", says("new")}, {"docs/missing.md", says("new")}}, true)
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"stale.md", "docs/missing.md"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	if strings.Contains(err.Error(), "fresh.md") {
		t.Errorf("%v names a fresh file", err)
	}
	if got := read(t, root, "stale.md"); got != "old" {
		t.Errorf("-check wrote %q", got)
	}
	if _, err := os.Stat(filepath.Join(root, "docs")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("-check made a folder: %v", err)
	}
}

func TestWritingMakesTheCheckPass(t *testing.T) {
	root := project(t, map[string]string{"stale.md": "old"})
	outputs := []output{{"stale.md", says("new")}, {"docs/missing.md", says("new")}}
	if err := run(root, outputs, false); err != nil {
		t.Fatal(err)
	}
	for _, o := range outputs {
		if got := read(t, root, o.file); got != "new" {
			t.Errorf("%s = %q", o.file, got)
		}
	}
	if err := run(root, outputs, true); err != nil {
		t.Errorf("check after writing: %v", err)
	}
}

func TestFailingGeneratorIsNamed(t *testing.T) {
	broken := errors.New("no such type")
	root := project(t, map[string]string{"stale.md": "old"})
	err := run(root, []output{
		{"api.json", func() ([]byte, error) { return nil, broken }},
		{"stale.md", says("new")},
	}, false)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "api.json") {
		t.Errorf("run = %v, want the failure of api.json", err)
	}
	if got := read(t, root, "stale.md"); got != "old" {
		t.Errorf("wrote %q although a generator failed", got)
	}
}

func TestOutsideAProjectNothingIsWritten(t *testing.T) {
	if err := run(t.TempDir(), []output{{"a.md", says("x")}}, false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("run = %v, want that go.mod is missing", err)
	}
}

func TestGeneratingTwiceGivesTheSame(t *testing.T) {
	for _, o := range outputs {
		t.Run(o.file, func(t *testing.T) {
			first, err := o.content()
			if err != nil {
				t.Fatal(err)
			}
			second, err := o.content()
			if err != nil {
				t.Fatal(err)
			}
			if string(first) != string(second) {
				t.Error("two runs differ")
			}
		})
	}
}
