package agent

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnIdentityIsKeptForItsOwnerOnly(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "agent")
	if _, err := LoadIdentity(folder); !errors.Is(err, ErrNotEnrolled) {
		t.Errorf("no identity: %v", err)
	}
	want, err := newKeys()
	if err != nil {
		t.Fatal(err)
	}
	want.Platform, want.Agent, want.Servers, want.PlatformKey = "https://platform.example", "agt_x", []string{"srv_x"}, make([]byte, 32)
	if err := want.save(folder); err != nil {
		t.Fatal(err)
	}
	got, err := LoadIdentity(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != 1 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %s", f.Name(), info.Mode())
		}
	}
}

func TestADamagedIdentityIsNotUsed(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "no object": "[]", "incomplete": "{}", "keys too short": `{"agent":"agt_x","sign_seed":"AAAA"}`,
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, identityFile), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadIdentity(folder); err == nil || errors.Is(err, ErrNotEnrolled) {
				t.Errorf("loaded: %v", err)
			}
		})
	}
}
