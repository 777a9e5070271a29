package agentrun

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/backup/agent"
)

// enrolled is a folder of an agent that a platform knows.
func enrolled(t *testing.T) Config {
	t.Helper()
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Agent-Id") != "agt_x" {
			t.Error("the platform was not asked by this agent")
		}
		_, _ = w.Write([]byte(`{"leases":[],"poll_seconds":60}`))
	}))
	t.Cleanup(platform.Close)
	key := make([]byte, 32)
	identity, err := json.Marshal(agent.Identity{
		Platform: platform.URL, Agent: "agt_x", Servers: []string{"srv_x"}, PlatformKey: key, SignSeed: key, SealPublic: key, SealPrivate: key,
	})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "identity.json"), identity, 0o600); err != nil {
		t.Fatal(err)
	}
	return Config{Data: folder, VaultAddr: "127.0.0.1:0"}
}

func selfTest(t *testing.T, c Config) (lines []string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = SelfTest(t.Context(), c, slog.New(slog.DiscardHandler), &out)
	return strings.Split(strings.TrimSpace(out.String()), "\n"), err
}

func TestAnAgentThatHasWhatItNeedsPassesItsSelfTest(t *testing.T) {
	c := enrolled(t)
	lines, err := selfTest(t, c)
	if err != nil {
		t.Error(err)
	}
	if len(lines) != 5 {
		t.Errorf("said %q", lines)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "ok ") {
			t.Error(line)
		}
	}
	files, err := os.ReadDir(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Errorf("the self test left %v", files)
	}
}

func TestTheSelfTestNamesWhatIsMissing(t *testing.T) {
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = server.Serve(stranger) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, c := range map[string]struct {
		spoil func(*Config)
		fails []string
	}{
		"not enrolled":         {func(c *Config) { c.Data = t.TempDir() }, []string{"identity", "platform and clock"}},
		"no folder":            {func(c *Config) { c.Data = filepath.Join(c.Data, "none") }, []string{"folder", "identity", "platform and clock"}},
		"an address of others": {func(c *Config) { c.VaultAddr = stranger.Addr().String() }, []string{"vault address"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := enrolled(t)
			c.spoil(&config)
			lines, err := selfTest(t, config)
			if err == nil {
				t.Error("the self test passed")
			}
			var fails []string
			for _, line := range lines {
				if rest, failed := strings.CutPrefix(line, "fail  "); failed {
					check, _, _ := strings.Cut(rest, ":")
					fails = append(fails, check)
				}
			}
			if strings.Join(fails, ", ") != strings.Join(c.fails, ", ") {
				t.Errorf("failed %q, want %q", fails, c.fails)
			}
		})
	}
}
