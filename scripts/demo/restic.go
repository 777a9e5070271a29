package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// restic runs the real client against the account's address and returns its exit code.
func (s *story) restic(address string, args ...string) (int, error) {
	command := s.resticCommand(address, args...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	last := strings.TrimSpace(output.String())
	if i := strings.LastIndexByte(last, '\n'); i >= 0 {
		last = last[i+1:]
	}
	var ended *exec.ExitError
	switch {
	case err == nil:
		fmt.Printf("restic %s: %s\n", args[0], last)
		return 0, nil
	case errors.As(err, &ended):
		fmt.Printf("restic %s ended with %d: %s\n", args[0], ended.ExitCode(), last)
		return ended.ExitCode(), nil
	}
	return 0, fmt.Errorf("run restic (run make tools): %w", err)
}

func (s *story) resticCommand(address string, args ...string) *exec.Cmd {
	command := exec.CommandContext(s.ctx, filepath.Join(".tools", "bin", "restic"), args...)
	command.Env = append(os.Environ(), "RESTIC_REPOSITORY="+address, "RESTIC_PASSWORD=only-for-the-demo",
		"RESTIC_CACHE_DIR="+filepath.Join(s.folder, "cache"), "RESTIC_PROGRESS_FPS=0.2")
	command.WaitDelay = time.Second
	return command
}

// mustEndWith runs restic and insists on its exit code.
func (s *story) mustEndWith(want int, args ...string) error {
	got, err := s.restic(s.repository, args...)
	if err == nil && got != want {
		err = fmt.Errorf("restic %s ended with %d, want %d", args[0], got, want)
	}
	return err
}
