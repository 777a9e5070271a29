package agentrun

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/agent"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/backup/driver/resticvault"
	"github.com/tierkeep/tierkeep/shared/backup/vault"
	"github.com/tierkeep/tierkeep/shared/clock"
)

// callTakes bounds any call to the platform.
const callTakes = time.Minute

// Run runs the agent with its vault until the context ends: clients are let finish, the operation under way too.
func Run(ctx context.Context, c Config, log *slog.Logger) error {
	identity, err := agent.LoadIdentity(c.Data)
	if err != nil {
		return err
	}
	journal, err := agent.OpenJournal(c.Data)
	if err != nil {
		return err
	}
	defer func() { _ = journal.Close() }()
	v, err := OpenVault(c, log)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.VaultAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen for backup clients: %w", err), v.Close())
	}
	server := v.Server()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	d := resticvault.Driver{Vault: v}
	a := &agent.Agent{
		Client:  &agent.Client{HTTP: &http.Client{Timeout: callTakes}, Clock: clock.System{}, Identity: identity},
		Journal: journal, Drivers: map[string]driver.Driver{}, Clock: clock.System{}, Log: log, ReportEvery: c.ReportEvery,
	}
	for _, s := range identity.Servers {
		a.Drivers[s] = d
	}
	err = a.Run(ctx)
	stopping, done := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer done()
	if stopped := server.Shutdown(stopping); stopped != nil { // a backup that takes longer goes on when its client tries again
		stopped = server.Close()
		err = errors.Join(err, stopped)
	}
	if failed := <-served; !errors.Is(failed, http.ErrServerClosed) {
		err = errors.Join(err, failed)
	}
	return errors.Join(err, v.Close())
}

// OpenVault opens the agent's own vault.
func OpenVault(c Config, log *slog.Logger) (*vault.Vault, error) {
	return vault.Open(vault.Config{
		Folder: filepath.Join(c.Data, "vault"), InterruptedAfter: c.InterruptedAfter, Clock: clock.System{}, Log: log,
	})
}
