// Command tierkeep-agent stands beside a backup server and carries out what the platform wants of it.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a backup server may have no time zones of its own

	"github.com/tierkeep/tierkeep/cmd/tierkeep-agent/agentrun"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/shared/backup/agent"
	"github.com/tierkeep/tierkeep/shared/config"
)

const usage = `tierkeep-agent drives backup servers for the platform.

  tierkeep-agent enrol --platform URL --token TOKEN   become a server's agent, with a one-time token from the portal
  tierkeep-agent run [--while-stdin]                  work; with the flag, only as long as standard input is open
  tierkeep-agent selftest                             look whether everything that the agent needs is there
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
		fmt.Fprintln(os.Stderr, "tierkeep-agent:", err)
		stop()
		os.Exit(1) //nolint:gocritic // the deferred stop was called
	}
}

func run(ctx context.Context, args []string) error {
	var c agentrun.Config
	if err := config.Load(&c, os.LookupEnv); err != nil {
		return err
	}
	if err := config.RefuseUnknown(os.Environ(), c, platform.Config{}); err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel})).With("program", "agent")
	slog.SetDefault(log)
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "run":
		return work(ctx, c, log, args[1:])
	case "enrol":
		return enrol(ctx, c, args[1:])
	case "selftest":
		return agentrun.SelfTest(ctx, c, log, os.Stdout)
	}
	return errUsage
}

// work runs the agent. Whoever starts it as a part of himself holds its standard input, so that it ends with him even when
// he is killed: an agent without him would keep the vault's address from the next one.
func work(ctx context.Context, c agentrun.Config, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	whileStdin := flags.Bool("while-stdin", false, "end when standard input is closed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if *whileStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, nobody holds it any more
			stop()
		}()
	}
	return agentrun.Run(ctx, c, log)
}

func enrol(ctx context.Context, c agentrun.Config, args []string) error {
	flags := flag.NewFlagSet("enrol", flag.ContinueOnError)
	address := flags.String("platform", "", "the platform's address")
	token := flags.String("token", "", "the one-time token")
	fromInput := flags.Bool("token-stdin", false, "read the token from standard input, where no process list shows it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *fromInput {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil {
			return fmt.Errorf("read the token: %w", err)
		}
		*token = strings.TrimSpace(line)
	}
	if *address == "" || *token == "" {
		return errors.New("enrol needs --platform and --token")
	}
	i, err := agent.Enrol(ctx, *address, *token, c.Data)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "enrolled as %s for %s\n", i.Agent, strings.Join(i.Servers, ", "))
	return nil
}
