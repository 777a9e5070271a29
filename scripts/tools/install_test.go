package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func testInstaller(t *testing.T, sum string, builds *atomic.Int32) *installer {
	t.Helper()
	return &installer{
		dir: t.TempDir(),
		log: io.Discard,
		download: func(context.Context, string, string) (source, error) {
			return source{Dir: t.TempDir(), Sum: sum}, nil
		},
		build: func(_ context.Context, _ moduleTool, _, to string) error {
			builds.Add(1)
			return os.WriteFile(to, []byte("program"), 0o755)
		},
		chromium: func(context.Context, io.Writer) error { return nil },
		environment: func(context.Context, string, []byte) error {
			builds.Add(1)
			return nil
		},
	}
}

var restic = moduleTools[0]

func TestSecondInstallFindsTheFirst(t *testing.T) {
	var builds atomic.Int32
	i := testInstaller(t, restic.Sum, &builds)
	for range 2 {
		if err := i.install(t.Context(), restic.Name); err != nil {
			t.Fatal(err)
		}
	}
	if builds.Load() != 1 {
		t.Errorf("built %d times, want once", builds.Load())
	}
	if got, err := os.ReadFile(i.binary(restic)); err != nil || string(got) != "program" {
		t.Errorf("program = %q, %v", got, err)
	}
}

func TestInstallsAtOnceBuildOnce(t *testing.T) {
	var builds atomic.Int32
	i := testInstaller(t, restic.Sum, &builds)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := i.install(t.Context(), restic.Name); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if builds.Load() != 1 {
		t.Errorf("built %d times, want once", builds.Load())
	}
}

func TestInstallsAgain(t *testing.T) {
	tests := []struct {
		name string
		give func(t *testing.T, i *installer)
	}{
		{"when the program is gone", func(t *testing.T, i *installer) { remove(t, i.binary(restic)) }},
		{"when the stamp is gone", func(t *testing.T, i *installer) { remove(t, i.stampFile(restic)) }},
		{"when the stamp is of another version", func(t *testing.T, i *installer) {
			old := restic
			old.Version = "v0.17.0"
			if err := i.stamp(old); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var builds atomic.Int32
			i := testInstaller(t, restic.Sum, &builds)
			if err := i.install(t.Context(), restic.Name); err != nil {
				t.Fatal(err)
			}
			tt.give(t, i)
			if err := i.install(t.Context(), restic.Name); err != nil {
				t.Fatal(err)
			}
			if builds.Load() != 2 {
				t.Errorf("built %d times, want twice", builds.Load())
			}
		})
	}
}

func remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func TestSourceWithAnotherChecksumIsNotBuilt(t *testing.T) {
	var builds atomic.Int32
	i := testInstaller(t, "h1:another", &builds)
	err := i.install(t.Context(), restic.Name)
	if err == nil || !strings.Contains(err.Error(), "not built") {
		t.Errorf("install = %v, want a refusal", err)
	}
	if builds.Load() != 0 {
		t.Error("built all the same")
	}
}

func TestFailedBuildLeavesNoProgram(t *testing.T) {
	var builds atomic.Int32
	i := testInstaller(t, restic.Sum, &builds)
	broken := errors.New("compiler says no")
	i.build = func(_ context.Context, _ moduleTool, _, to string) error {
		return errors.Join(os.WriteFile(to, []byte("half a prog"), 0o755), broken)
	}
	if err := i.install(t.Context(), restic.Name); !errors.Is(err, broken) {
		t.Errorf("install = %v, want the compiler's complaint", err)
	}
	if _, err := os.Stat(i.binary(restic)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("stat of the program = %v, want that it does not exist", err)
	}
}

func TestUnknownToolIsRefusedWithTheKnownOnes(t *testing.T) {
	var builds atomic.Int32
	err := testInstaller(t, restic.Sum, &builds).install(t.Context(), "hammer")
	for _, name := range known() {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("install = %v, want it to name %s", err, name)
		}
	}
}

func TestChosenChromiumMustBeAProgram(t *testing.T) {
	dir := t.TempDir()
	program, text := filepath.Join(dir, "browser"), filepath.Join(dir, "notes")
	for file, mode := range map[string]os.FileMode{program: 0o755, text: 0o644} {
		if err := os.WriteFile(file, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, give string
		wantErr    bool
	}{
		{"a program is taken", program, false},
		{"a file without the right to run is refused", text, true},
		{"a missing file is refused", filepath.Join(dir, "nothing"), true},
		{"a folder is refused", dir, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("CHROMIUM", tt.give)
			var log bytes.Buffer
			if err := ensureChromium(t.Context(), &log); (err != nil) != tt.wantErr {
				t.Errorf("ensureChromium = %v, want error: %v", err, tt.wantErr)
			}
		})
	}
}

func TestAPythonToolIsInstalledOnceAndAgainWhenItsListChanges(t *testing.T) {
	var made atomic.Int32
	i := testInstaller(t, restic.Sum, &made)
	for range 2 {
		if err := i.install(t.Context(), "ministack"); err != nil {
			t.Fatal(err)
		}
	}
	if made.Load() != 1 {
		t.Errorf("made %d times, want once", made.Load())
	}
	if err := os.WriteFile(filepath.Join(i.dir, "python", "ministack", "installed.txt"), []byte("an older list"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := i.install(t.Context(), "ministack"); err != nil {
		t.Fatal(err)
	}
	if made.Load() != 2 {
		t.Error("an older list was left standing")
	}
}

func TestEveryPythonToolPinsWhatItNeeds(t *testing.T) {
	for _, name := range pythonTools {
		list, err := pythonLists.ReadFile("python/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Fields(string(list)) {
			if !strings.Contains(line, "==") {
				t.Errorf("%s: %q names no version", name, line)
			}
		}
	}
}
