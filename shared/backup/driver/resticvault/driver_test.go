package resticvault_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/backup/driver/drivertest"
	"github.com/tierkeep/tierkeep/shared/backup/driver/resticvault"
	"github.com/tierkeep/tierkeep/shared/backup/vault"
	"github.com/tierkeep/tierkeep/shared/clock"
)

func TestDriver(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		v, err := vault.Open(vault.Config{Folder: t.TempDir(), Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(nil)
		server.Config = v.Server()
		server.Start()
		t.Cleanup(func() {
			server.Close()
			if err := v.Close(); err != nil {
				t.Error(err)
			}
		})
		c := client{server.URL, v}
		return drivertest.Harness{Driver: resticvault.Driver{Vault: v}, Login: c.login, Store: c.store}
	})
}

// client speaks restic's protocol in its simplest form.
type client struct {
	url   string
	vault *vault.Vault
}

func (c client) do(t *testing.T, method, login, password, path string, body []byte) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+"/"+login+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(login, password)
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	_, _ = io.Copy(io.Discard, reply.Body)
	return reply.StatusCode
}

func (c client) login(t *testing.T, login, password string) bool {
	t.Helper()
	status := c.do(t, http.MethodHead, login, password, "/config", nil)
	return status != http.StatusUnauthorized && status != http.StatusForbidden
}

// store makes the repository where there is none, and stores one object under a lock.
func (c client) store(t *testing.T, login, password string, size int) (int64, bool) {
	t.Helper()
	c.do(t, http.MethodPost, login, password, "/?create=true", nil)
	lock := c.put(t, login, password, "/locks/", 100)
	status := c.put(t, login, password, "/data/", size)
	c.do(t, http.MethodDelete, login, password, "/locks/"+lock.name, nil)
	r, err := c.vault.Reports(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var newest driver.Job
	for _, j := range r.Jobs {
		newest = j
	}
	var used int64
	for _, u := range r.Usage {
		if u.Device == newest.Device {
			used = u.Bytes
		}
	}
	return used, status.code == http.StatusOK
}

type stored struct {
	name string
	code int
}

func (c client) put(t *testing.T, login, password, path string, size int) stored {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.Read(content)
	sum := sha256.Sum256(content)
	name := hex.EncodeToString(sum[:])
	return stored{name, c.do(t, http.MethodPost, login, password, path+name, content)}
}
