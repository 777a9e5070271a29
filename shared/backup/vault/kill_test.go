package vault_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/backup/vault"
	"github.com/tierkeep/tierkeep/shared/clock"
)

// The test binary is a vault when it is started with a folder and an address.
const (
	childFolder  = "VAULT_TEST_FOLDER"
	childAddress = "VAULT_TEST_ADDRESS"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		if err := serve(folder, os.Getenv(childAddress)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs a vault until the process is asked to end.
func serve(folder, address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	v, err := vault.Open(vault.Config{Folder: folder, Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return errors.Join(err, v.Close())
	}
	server := v.Server()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Println(listener.Addr()) // the parent waits for it
	<-ctx.Done()
	err = server.Shutdown(context.Background())
	if serving := <-served; !errors.Is(serving, http.ErrServerClosed) {
		err = errors.Join(err, serving)
	}
	return errors.Join(err, v.Close())
}

// child is a vault in a process of its own.
type child struct {
	*exec.Cmd
	address string
}

func startChild(t *testing.T, folder, address string) child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), childFolder+"="+folder, childAddress+"="+address)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return child{c, strings.TrimSpace(line)}
}

func (c child) kill(t *testing.T) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed, and says so
}

func TestAVaultKilledDuringABackupLosesNothing(t *testing.T) {
	w := newWorld(t)
	s := newSpec("shop-a1b2c")
	w.ensure(s)
	m := newMachine(t, w.url, "shop-a1b2c")
	m.mustRun("init")
	w.stop()

	first := startChild(t, w.folder, "127.0.0.1:0")
	m.url = "http://" + first.address
	m.write("film", 14_000_000)
	backup := m.command("backup", "--json", "--limit-upload", "4000", "--pack-size", "4", ".")
	var out strings.Builder
	backup.Stdout, backup.Stderr = &out, &out
	if err := backup.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a pack to be stored", func() bool {
		return diskUseOf(filepath.Join(w.folder, "data", s.Account, s.Devices[0].Device, "data")) > 0
	})
	first.kill(t)
	second := startChild(t, w.folder, first.address)
	if err := backup.Wait(); err != nil {
		t.Fatalf("the client's retry did not end well: %v\n%s", err, out.String())
	}
	got := summaryOf(t, out.String())
	second.kill(t) // right after the answer: what the client was told is on disk

	w.open()
	var backups []driver.Job
	for _, j := range w.reports().Jobs {
		if j.Kind != driver.Init {
			backups = append(backups, j)
		}
	}
	if len(backups) != 1 || backups[0].SnapshotID != got.Snapshot || backups[0].State == driver.Interrupted || backups[0].Kind == driver.Maintenance {
		t.Fatalf("the client made %s, the vault recorded %+v", got.Snapshot, backups)
	}
	w.wantExact(s)
	m.url = w.url
	m.mustRestore()
}

// diskUseOf sums up a folder that changes meanwhile.
func diskUseOf(folder string) (bytes int64) {
	_ = filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.Contains(filepath.Base(path), "temp") {
			return nil //nolint:nilerr // what went away meanwhile is not counted
		}
		if info, err := e.Info(); err == nil {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

func TestWhatWasAnsweredIsThereAfterAKill(t *testing.T) {
	w := newWorld(t)
	s := newSpec("shop-a1b2c")
	w.ensure(s)
	w.stop()
	process := startChild(t, w.folder, "127.0.0.1:0")
	w.url = "http://" + process.address
	c := w.client("shop-a1b2c")
	c.create()
	lock := c.save("locks", 150)
	pack := c.save("data", 10_000)
	snapshot := c.save("snapshots", 300)
	c.password = "wrong"
	c.want(http.StatusUnauthorized, http.MethodHead, "/config", nil)
	process.kill(t)

	// Half an upload, as a kill leaves it, and a configuration that was never filled.
	folder := filepath.Join(w.folder, "data", s.Account, s.Devices[0].Device)
	leftover := filepath.Join(folder, "data", pack[:2], pack+".rest-server-temp123456")
	if err := os.WriteFile(leftover, make([]byte, 5_000), 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
	if _, err := os.Stat(leftover); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("half an upload is still there: %v", err)
	}
	w.wantExact(s)
	r := w.reports()
	if len(r.Jobs) != 2 || len(r.Events) != 1 || r.Events[0].Kind != driver.LoginRefused {
		t.Fatalf("%+v", r)
	}
	if j := r.Jobs[1]; j.State != driver.Running || j.SnapshotID != snapshot {
		t.Fatalf("%+v", j)
	}
	// The client goes on as if nothing had been.
	c = w.client("shop-a1b2c")
	c.remove("locks", lock)
	if j := w.wantJob(driver.Backup, driver.Success, ""); j.ID != r.Jobs[1].ID || j.Revision <= r.Jobs[1].Revision {
		t.Fatalf("%+v", j)
	}
}
