// Command tierkeep is the whole platform in one process, and the commands of whoever runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/tierkeep/tierkeep/cmd/tierkeep-agent/agentrun"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/shared/config"
)

const usage = `tierkeep runs the reseller platform for online backup on one machine.

  tierkeep run                          run the platform, with an agent and a vault beside it
  tierkeep sign-in [--email ADDRESS]    print a one-time link for the supplier's first owner, or for somebody else there;
           [--forget-second-factor]     also take away a second factor that is lost
  tierkeep aws-sign-in --stage STAGE [--email ADDRESS]
                                        the same for a stage on AWS, with your own credentials; plants the supplier the first time
  tierkeep demo [--seed N] [--json]     fill the running platform with a small believable tree
  tierkeep queues                       show how many dead letters each queue has
  tierkeep replay QUEUE                 send a queue's dead letters again
`

// errUsage is told together with what can be done.
var errUsage = errors.New("no such command")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if errors.Is(err, errUsage) {
			fmt.Fprint(os.Stderr, usage)
		}
		fmt.Fprintln(os.Stderr, "tierkeep:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the deferred stop was called
	}
}

func run(ctx context.Context, args []string) error {
	var c platform.Config
	var local agentrun.Config
	if err := errors.Join(config.Load(&c, os.LookupEnv), config.Load(&local, os.LookupEnv)); err != nil {
		return err
	}
	if err := config.RefuseUnknown(os.Environ(), c, local); err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	slog.SetDefault(log)
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "run":
		return serve(ctx, c, local, log)
	case "sign-in":
		return signIn(ctx, c, log, args[1:])
	case "aws-sign-in":
		return signInOnAWS(ctx, c, log, args[1:])
	case "demo":
		return fillDemo(ctx, c, args[1:], os.Stdout)
	case "queues":
		return queues(ctx, c, log)
	case "replay":
		return replay(ctx, c, log, args[1:])
	}
	return errUsage
}

// serve runs the platform, and the local agent once the platform listens.
func serve(ctx context.Context, c platform.Config, local agentrun.Config, log *slog.Logger) (err error) {
	o, err := platform.Open(c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	root, link, err := o.Root(ctx)
	if err != nil {
		return err
	}
	known, err := token(ctx, c.Data)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Printf("Tierkeep is at %s\nSign in once with %s\n", c.PortalAddress(), link)
	var child sync.WaitGroup
	if c.Local {
		program, err := agentProgram()
		if err != nil {
			return errors.Join(err, l.Close())
		}
		agent := platform.LocalAgent{Platform: o, Program: program, Folder: filepath.Join(c.Data, "agent"), Vault: local.VaultAddr}
		child.Go(func() {
			if err := agent.Run(ctx, root.ID); err != nil && ctx.Err() == nil {
				log.ErrorContext(ctx, "local agent", "error", err)
			}
		})
	}
	// The agent stops first, so that it can still deliver what it finishes.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		<-ctx.Done()
		child.Wait()
		stop()
	}()
	return o.Serve(serving, l, func(next http.Handler) http.Handler { return withLocal(o, known, next) })
}

// agentProgram is the agent that was built beside this program.
func agentProgram() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	program := filepath.Join(filepath.Dir(self), "tierkeep-agent")
	if _, err := os.Stat(program); err != nil {
		return "", fmt.Errorf("no tierkeep-agent beside this program (TIERKEEP_LOCAL_AGENT=false runs without one): %w", err)
	}
	return program, nil
}

func signIn(ctx context.Context, c platform.Config, log *slog.Logger, args []string) (err error) {
	flags := flag.NewFlagSet("sign-in", flag.ContinueOnError)
	email := flags.String("email", "", "whose link; the first owner's when empty")
	forget := flags.Bool("forget-second-factor", false, "take away a second factor that is lost, recovery codes and all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o, err := platform.Open(c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	root, err := o.Tenancy.Reader.Root(ctx)
	if err != nil {
		return err
	}
	if *forget {
		if err := o.Identity.ForgetFactor(ctx, root.ID, *email); err != nil {
			return err
		}
	}
	link, err := o.Identity.SignInLink(ctx, root.ID, *email)
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}
