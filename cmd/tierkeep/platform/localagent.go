package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// LocalAgent is the agent that a platform on one machine brings along: a child process beside a vault of its own.
type LocalAgent struct {
	Platform *Opened
	Program  string // tierkeep-agent
	Folder   string
	Vault    string // where its vault listens
}

const stopTakes = 20 * time.Second

// Run enrols the agent once, by itself, and keeps it running until the context ends.
func (a LocalAgent) Run(ctx context.Context, root tenant.ID) error {
	if err := a.enrolOnce(ctx, root); err != nil {
		return fmt.Errorf("enrol the local agent: %w", err)
	}
	for ctx.Err() == nil {
		child := a.command(ctx, "run", "--while-stdin")
		if _, err := child.StdinPipe(); err != nil { // closes with this process, however it ends
			return fmt.Errorf("hold the local agent: %w", err)
		}
		// An agent that is asked to stop finishes what it is doing.
		child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
		child.WaitDelay = stopTakes
		err := child.Run()
		if ctx.Err() != nil {
			return nil
		}
		a.Platform.Log.ErrorContext(ctx, "the local agent ended", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

func (a LocalAgent) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, a.Program, args...)
	c.Env = append(os.Environ(), "TIERKEEP_AGENT_DATA="+a.Folder, "TIERKEEP_VAULT_ADDR="+a.Vault)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c
}

// enrolOnce makes the local server and its agent's identity where there is none. A crash in between leaves a server without
// an agent, which the next start finds and uses.
func (a LocalAgent) enrolOnce(ctx context.Context, root tenant.ID) error {
	if _, err := os.Stat(filepath.Join(a.Folder, "identity.json")); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	asSetup := authz.With(ctx, authz.System("setup"))
	server, err := a.server(asSetup, root)
	if err != nil {
		return err
	}
	e, err := a.Platform.Servers.StartEnrolment(asSetup, root, server)
	if err != nil {
		return err
	}
	child := a.command(ctx, "enrol", "--platform", "http://"+a.Platform.Config.Addr, "--token-stdin")
	in, err := child.StdinPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	_, err = in.Write([]byte(e.Token + "\n"))
	return errors.Join(err, in.Close(), child.Wait())
}

func (a LocalAgent) server(ctx context.Context, root tenant.ID) (string, error) {
	owned, err := a.Platform.Servers.Reader.Owned(ctx, root)
	if err != nil {
		return "", err
	}
	for _, s := range owned {
		if s.Agent == "" && s.Host == a.Vault {
			return s.ID, nil
		}
	}
	v, err := a.Platform.Servers.Create(ctx, root, servers.Draft{
		Name: "Local vault", Host: a.Vault, Types: []driver.AccountType{driver.Online, driver.Basic},
	})
	return v.ID, err
}
