package faults

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTheLocalAgentEndsWithItsPlatform kills a platform that has an agent of its own beside it: the next one can start its
// own again, on the same address.
func TestTheLocalAgentEndsWithItsPlatform(t *testing.T) {
	t.Parallel()
	programs, folder := build(t), t.TempDir()
	address, vault := freeAddress(t), freeAddress(t)
	run := func() *program {
		return start(t, folder, filepath.Join(programs, "tierkeep"), []string{
			"TIERKEEP_ADDR=" + address, "TIERKEEP_DATA=" + filepath.Join(folder, "data"), "TIERKEEP_VAULT_ADDR=" + vault,
		}, "run")
	}
	answers := func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+vault+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		return reply.Body.Close() == nil
	}
	first := run()
	until(t, "the vault answers", answers)
	if err := first.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	first.dies(t)
	until(t, "the vault is gone", func() bool { return !answers() })
	second := run()
	until(t, "the vault answers again", answers)
	second.stop(t)
	if said := second.said(); strings.Contains(said, "the local agent ended") {
		t.Errorf("the second agent had to try again: %s", said)
	}
}
