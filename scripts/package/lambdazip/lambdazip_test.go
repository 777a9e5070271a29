package lambdazip_test

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/scripts/package/lambdazip"
)

// project makes a module with the mains of two small functions.
func project(t *testing.T) (root string, list []functions.Function) {
	t.Helper()
	root = t.TempDir()
	list = []functions.Function{{Feature: "one", Kind: functions.HTTP}, {Feature: "two", Kind: functions.HTTP}}
	write(t, filepath.Join(root, "go.mod"), "module example.com/tiny\n\ngo 1.26\n")
	for _, f := range list {
		write(t, filepath.Join(root, f.Main(), "main.go"), "package main\n\nfunc main() { println(\""+f.Feature+"\") }\n")
	}
	return root, list
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTheSameSourceMakesTheSameBytesWhereverItStands(t *testing.T) {
	var first [][]byte
	for round := range 2 {
		root, list := project(t)
		folder := filepath.Join(t.TempDir(), "zips")
		built, err := lambdazip.Build(t.Context(), root, lambdazip.ARM64, folder, list)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range built {
			content, err := os.ReadFile(b.File)
			if err != nil {
				t.Fatal(err)
			}
			if round == 0 {
				first = append(first, content)
				continue
			}
			if !bytes.Equal(content, first[i]) {
				t.Errorf("%s differs between two builds", b.Name)
			}
		}
	}
	if bytes.Equal(first[0], first[1]) {
		t.Error("both functions have the same program")
	}
}

func TestAZipHoldsOneProgramThatMayRun(t *testing.T) {
	for arch, machine := range map[string]elf.Machine{lambdazip.ARM64: elf.EM_AARCH64, lambdazip.AMD64: elf.EM_X86_64} {
		root, list := project(t)
		built, err := lambdazip.Build(t.Context(), root, arch, t.TempDir(), list[:1])
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.OpenReader(built[0].File)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = z.Close() }()
		if len(z.File) != 1 || z.File[0].Name != "bootstrap" || z.File[0].Mode().Perm() != 0o755 {
			t.Fatalf("%v", z.File)
		}
		r, err := z.File[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		program, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(program))
		if err != nil || f.Machine != machine || int64(len(program)) != built[0].Binary {
			t.Errorf("%s: %v %v, %d bytes of %d", arch, f.Machine, err, len(program), built[0].Binary)
		}
		if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
			t.Errorf("needs %v of the machine: %v", libraries, err)
		}
	}
}

func TestAFunctionWithoutItsMainIsNamed(t *testing.T) {
	root, list := project(t)
	list = append(list, functions.Function{Feature: "three", Kind: functions.Queue})
	if _, err := lambdazip.Build(t.Context(), root, lambdazip.ARM64, t.TempDir(), list); err == nil || !bytes.Contains([]byte(err.Error()), []byte("three-queue has no main")) {
		t.Errorf("%v", err)
	}
}
