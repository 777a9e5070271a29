package faults

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take before the test gives up: longer than the minute for which a message is hidden that a
// killed program had taken. Nothing depends on how long it takes.
const patience = 100 * time.Second

// until polls until a condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

// redelivered is how long what a killed consumer had taken may take: it is given out again after a minute.
const redelivered = time.Minute + patience

func within(t *testing.T, longest time.Duration, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(longest); ; time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
	}
}

// build makes both programs with the points at which they can be killed.
func build(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, program := range []string{"tierkeep", "tierkeep-agent"} {
		out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "killpoints", "-o", folder, "../../"+program).CombinedOutput()
		if err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, out)
		}
	}
	return folder
}

// program is a running process.
type program struct {
	name  string
	cmd   *exec.Cmd
	log   string // its output, for when the test fails
	ended chan struct{}
}

// start runs a program with nothing of the test's own environment but what programs need.
func start(t *testing.T, folder, path string, env []string, args ...string) *program {
	t.Helper()
	p := &program{name: filepath.Base(path), cmd: exec.Command(path, args...), ended: make(chan struct{})} //nolint:noctx // it ends by signals
	out, err := os.CreateTemp(folder, p.name+"-*.log")
	if err != nil {
		t.Fatal(err)
	}
	p.log = out.Name()
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + folder}, env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is read from its state
		_ = out.Close()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, p.said())
		}
	})
	return p
}

func (p *program) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// stop asks the program to end and waits; one that does not end fails the test.
func (p *program) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Errorf("%s does not end", p.name)
		if err := p.cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
	}
}

// dies waits until the program was killed.
func (p *program) dies(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("%s does not come past the point", p.name)
	}
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("%s ended by itself: %v", p.name, p.cmd.ProcessState)
	}
}

func (p *program) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// freeAddress is one on which nobody listens now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends at once
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// feed gives a program its input and waits for its good end.
func feed(t *testing.T, path string, env []string, input string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), path, args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	c.Stdin = io.Reader(strings.NewReader(input))
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", filepath.Base(path), args, err, &said)
	}
}
