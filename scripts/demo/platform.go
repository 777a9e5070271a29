package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// platform is a tierkeep process of the demo's own, on free ports and in a folder that is removed afterwards.
type platform struct {
	command *exec.Cmd
	address string // base URL
	link    string // the one-time sign-in
}

var signInLink = regexp.MustCompile(`https?://\S+/link#\S+`)

// startPlatform runs build/tierkeep and waits for the sign-in link that it prints.
func startPlatform(ctx context.Context, folder string) (*platform, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	vault, err := freeAddress()
	if err != nil {
		return nil, err
	}
	output, err := os.Create(filepath.Join(folder, "platform.log"))
	if err != nil {
		return nil, err
	}
	command := exec.Command(filepath.Join("build", "tierkeep"), "run")
	command.Env = append(os.Environ(),
		"TIERKEEP_ADDR="+address, "TIERKEEP_DATA="+filepath.Join(folder, "data"), "TIERKEEP_VAULT_ADDR="+vault,
		"TIERKEEP_VAULT_INTERRUPTED_AFTER=4s", // eleven minutes in earnest
	)
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start build/tierkeep (run make build): %w", err)
	}
	p := &platform{command: command, address: "http://" + address}
	for p.link == "" {
		if !pause(ctx, 100*time.Millisecond) {
			p.stop()
			return nil, ctx.Err()
		}
		if p.link, err = findLink(output.Name()); err != nil {
			p.stop()
			return nil, err
		}
	}
	fmt.Printf("platform at %s, vault at %s\n", p.address, vault)
	return p, nil
}

func findLink(log string) (string, error) {
	f, err := os.Open(log)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadString('\n')
		if found := signInLink.FindString(line); found != "" {
			return found, nil
		}
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
}

// stop ends the platform as Ctrl C does, and waits.
func (p *platform) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	_ = p.command.Wait()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
