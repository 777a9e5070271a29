package agentrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/agent"
	"github.com/tierkeep/tierkeep/shared/backup/driver/resticvault"
	"github.com/tierkeep/tierkeep/shared/backup/vault"
	"github.com/tierkeep/tierkeep/shared/clock"
)

// SelfTest looks, without changing anything, whether the agent has what it needs, and says so line by line. It fails when
// one of the checks did.
func SelfTest(ctx context.Context, c Config, log *slog.Logger, out io.Writer) error {
	var identity agent.Identity
	failed := 0
	for _, check := range []struct {
		name string
		do   func() (string, error)
	}{
		{"folder", func() (string, error) { return c.Data, writable(c.Data) }},
		{"identity", func() (said string, err error) {
			identity, err = agent.LoadIdentity(c.Data)
			return identity.Agent, err
		}},
		{"platform and clock", func() (string, error) { return reach(ctx, identity) }},
		{"vault address", func() (string, error) { return vaultAddress(ctx, c.VaultAddr) }},
		{"vault driver", func() (string, error) { return probe(ctx, log) }},
	} {
		said, err := check.do()
		if err != nil {
			failed++
			_, _ = fmt.Fprintf(out, "fail  %s: %v\n", check.name, err)
			continue
		}
		_, _ = fmt.Fprintf(out, "ok    %s: %s\n", check.name, said)
	}
	if failed > 0 {
		return fmt.Errorf("%d of the checks failed", failed)
	}
	return nil
}

func writable(folder string) error {
	f, err := os.CreateTemp(folder, "selftest-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// reach asks the platform for work for no server, which every enrolled agent may.
func reach(ctx context.Context, identity agent.Identity) (string, error) {
	if identity.Agent == "" {
		return "", agent.ErrNotEnrolled
	}
	client := &agent.Client{HTTP: &http.Client{Timeout: 20 * time.Second}, Clock: clock.System{}, Identity: identity}
	if err := client.Ping(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, the clocks differ by %s", identity.Platform, client.Offset().Round(time.Millisecond)), nil
}

// vaultAddress tells whether the vault can listen, or does already.
func vaultAddress(ctx context.Context, address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return address + " is free", l.Close()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return "", err
	}
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("somebody else listens on %s", address)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusNoContent {
		return "", fmt.Errorf("somebody else listens on %s", address)
	}
	return "a vault answers on " + address, nil
}

// probe opens a vault of its own in a temporary folder and asks its driver what it is.
func probe(ctx context.Context, log *slog.Logger) (said string, err error) {
	folder, err := os.MkdirTemp("", "tierkeep-selftest-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	v, err := vault.Open(vault.Config{Folder: folder, Clock: clock.System{}, Log: log})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	info, err := resticvault.Driver{Vault: v}.Info(ctx)
	return info.Product + " " + info.Version + " by " + info.Driver, err
}
