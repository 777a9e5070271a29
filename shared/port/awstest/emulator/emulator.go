// Package emulator starts an AWS endpoint on this machine for tests: ministack, or LocalStack as a second opinion. Nothing
// that it holds outlives it.
package emulator

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Kind is which emulator.
type Kind string

// The emulators. LocalStack binds every interface whatever it is told: it must run where no other host reaches it, which
// the command in scripts/emulator sees to.
const (
	Ministack  Kind = "ministack"
	LocalStack Kind = "localstack"
)

// Region is where everything of the tests stands.
const Region = "us-east-1"

//go:embed launch.py
var launcher []byte

const (
	startWithin = 60 * time.Second
	stopWithin  = 15 * time.Second
)

// Emulator is one that runs.
type Emulator struct {
	URL     string
	folder  string
	process *exec.Cmd
	ended   chan struct{}
}

// Start starts an emulator that was installed below root's .tools, and returns when it answers. It ends with the calling
// process, or at Stop.
func Start(ctx context.Context, kind Kind, root string, log io.Writer) (*Emulator, error) {
	python := filepath.Join(root, ".tools", "python", string(kind), "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return nil, fmt.Errorf("there is no %s here: run make tools", kind)
	}
	folder, err := os.MkdirTemp("", "tierkeep-emulator-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the emulator: %w", err)
	}
	e := &Emulator{folder: folder}
	if err := e.start(ctx, kind, python, log); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", kind, err), e.Stop())
	}
	return e, nil
}

func (e *Emulator) start(ctx context.Context, kind Kind, python string, log io.Writer) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	e.URL = "http://127.0.0.1:" + port
	ready := e.URL + "/_ministack/ready"
	if kind == LocalStack {
		ready = e.URL + "/_localstack/health"
		e.process = exec.Command(python, "-m", "localstack.runtime.main")
	} else {
		script := filepath.Join(e.folder, "launch.py")
		if err := os.WriteFile(script, launcher, 0o600); err != nil {
			return err
		}
		e.process = exec.Command(python, script)
	}
	e.process.Env = append(os.Environ(),
		"TMPDIR="+e.folder, "HOME="+e.folder, "AWS_ENDPOINT_URL=", "AWS_DEFAULT_REGION="+Region, "AWS_REGION="+Region,
		"BIND_HOST=127.0.0.1", "MINISTACK_HOST=127.0.0.1", "GATEWAY_PORT="+port, "LOG_LEVEL=WARNING", "S3_DATA_DIR="+filepath.Join(e.folder, "s3"),
		"GATEWAY_LISTEN=127.0.0.1:"+port, "FILESYSTEM_ROOT="+filepath.Join(e.folder, "localstack"), "DISABLE_EVENTS=1", "SKIP_SSL_CERT_DOWNLOAD=1",
		"DNS_ADDRESS=0", "LS_LOG=warning", "EAGER_SERVICE_LOADING=0",
	)
	e.process.Stdout, e.process.Stderr = log, log
	e.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // it ends with whoever started it
	if err := e.process.Start(); err != nil {
		return err
	}
	e.ended = make(chan struct{})
	go func() {
		_ = e.process.Wait() // why it ended stands in its log
		close(e.ended)
	}()
	return e.await(ctx, ready)
}

func (e *Emulator) await(ctx context.Context, ready string) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		if answers(ctx, ready) {
			return nil
		}
		select {
		case <-e.ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("it did not answer at %s: %w", ready, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func answers(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	return reply.Body.Close() == nil && reply.StatusCode == http.StatusOK
}

// Stop ends the emulator, waits for it, and removes what it kept.
func (e *Emulator) Stop() error {
	if e.ended != nil {
		_ = e.process.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		select {
		case <-e.ended:
		case <-time.After(stopWithin):
			_ = e.process.Process.Kill() // it may have ended meanwhile
			<-e.ended
		}
	}
	if err := os.RemoveAll(e.folder); err != nil {
		return fmt.Errorf("remove what the emulator kept: %w", err)
	}
	return nil
}

// Environment is what points the AWS SDKs at the emulator.
func Environment(url string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + url, "AWS_REGION=" + Region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return strconv.Itoa(port), l.Close()
}
