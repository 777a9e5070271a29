package emulator_test

import (
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
)

func TestAnEmulatorIsGoneAfterItsStop(t *testing.T) {
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(t.Context(), emulator.Ministack, root, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := http.Get(e.URL + "/_ministack/ready"); err != nil {
		t.Error(err)
	} else if err := reply.Body.Close(); err != nil {
		t.Error(err)
	}
	if other := otherAddress(t); other != "" {
		at, err := url.Parse(e.URL)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := net.Dial("tcp", net.JoinHostPort(other, at.Port())); err == nil {
			t.Errorf("other hosts reach it at %s", c.RemoteAddr())
			_ = c.Close()
		}
	}
	if err := e.Stop(); err != nil {
		t.Fatal(err)
	}
	if reply, err := http.Get(e.URL); err == nil {
		t.Error("it still answers")
		_ = reply.Body.Close()
	}
}

func TestAnEmulatorThatIsNotInstalledIsAnError(t *testing.T) {
	if e, err := emulator.Start(t.Context(), emulator.Ministack, t.TempDir(), t.Output()); err == nil {
		t.Errorf("started without a program, %v", e.Stop())
	}
}

// otherAddress is an address of this machine under which other hosts know it; empty where it has none.
func otherAddress(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return ""
}
