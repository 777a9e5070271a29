package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/secret"
	"github.com/tierkeep/tierkeep/shared/port/secret/file"
	"github.com/tierkeep/tierkeep/shared/port/secret/secrettest"
)

func TestConformance(t *testing.T) {
	folder := t.TempDir()
	secrettest.Run(t, func(*testing.T) secret.Secrets { return file.Secrets{Folder: folder} })
}

func TestOnlyItsOwnerReadsASecret(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "secrets")
	s := file.Secrets{Folder: folder}
	if _, err := s.GetOrCreate(t.Context(), "sign/key", func() ([]byte, error) { return []byte("v"), nil }); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = info.Mode().String()
	}
	if diff := cmp.Diff(map[string]string{"sign.key": "-rw-------"}, got); diff != "" {
		t.Errorf("the folder (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder itself: %v, %v; want 0700", info.Mode(), err)
	}
}

func TestAFolderThatCannotBeReadIsAnErrorAndNoNewSecret(t *testing.T) {
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := file.Secrets{Folder: inTheWay}.GetOrCreate(t.Context(), "key", func() ([]byte, error) {
		t.Error("a secret was made although it is not known whether there is one")
		return []byte("v"), nil
	})
	if err == nil {
		t.Error("no error")
	}
}
