// Command emulator runs a command beside an AWS endpoint of this machine, and ends the endpoint with it:
//
//	go run ./scripts/emulator -- go test ./...
//	go run ./scripts/emulator -kind localstack -- go test ./shared/port/queue/aws
//	go run ./scripts/emulator -kind localstack -at http://127.0.0.1:4566 -- go test ./shared/port/queue/aws
//
// With -at it uses one that runs already. The command finds the endpoint in AWS_ENDPOINT_URL. What the emulator logs goes to
// build/<kind>.log; what the tests say that it lacks is told at the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
)

func main() {
	kind := flag.String("kind", string(emulator.Ministack), "which emulator: ministack or localstack")
	at := flag.String("at", "", "the address of one that runs already")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, emulator.Kind(*kind), *at, flag.Args())
	stop()
	if err == nil {
		return
	}
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		os.Exit(failed.ExitCode()) // the command has said why
	}
	fmt.Fprintln(os.Stderr, "emulator:", err)
	os.Exit(1)
}

func run(ctx context.Context, kind emulator.Kind, at string, command []string) (err error) {
	switch {
	case len(command) == 0:
		return errors.New("name the command to run")
	case at != "":
		return beside(ctx, kind, at, command)
	case kind == emulator.LocalStack && !alone():
		return runAlone(ctx)
	case alone():
		if err := raiseLoopback(); err != nil {
			return err
		}
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	log, err := logFile(root, kind)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	e, err := emulator.Start(ctx, kind, root, log)
	if err != nil {
		return fmt.Errorf("%w (%s tells more)", err, log.Name())
	}
	defer func() { err = errors.Join(err, e.Stop()) }()
	return beside(ctx, kind, e.URL, command)
}

// logFile is where the emulator writes what it has to say, which is much even when all is well.
func logFile(root string, kind emulator.Kind) (*os.File, error) {
	folder := filepath.Join(root, "build")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	return os.Create(filepath.Join(folder, string(kind)+".log"))
}

// beside runs the command with an endpoint, and tells what it lacked.
func beside(ctx context.Context, kind emulator.Kind, url string, command []string) (err error) {
	lacks, err := os.CreateTemp("", "tierkeep-lacks-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lacks.Close(), os.Remove(lacks.Name())) }()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(append(os.Environ(), emulator.Environment(url)...), "TIERKEEP_TEST_LACKS="+lacks.Name(), "TIERKEEP_TEST_ENDPOINT="+string(kind))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	failed := cmd.Run()
	return errors.Join(failed, tell(lacks.Name()))
}

// tell prints what the tests said that the endpoint lacks.
func tell(file string) error {
	said, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		if line != "" {
			fmt.Println(line)
		}
	}
	return nil
}
