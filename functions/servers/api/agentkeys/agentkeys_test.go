package agentkeys

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

const supplier = tenant.ID("ten_01J00000000000000000000000")

// alone is a directory with one tenant.
type alone struct{}

func (alone) Chain(context.Context, tenant.ID) ([]authz.Node, error) {
	return []authz.Node{{ID: supplier, Level: tenant.Supplier, Status: tenant.Active}}, nil
}

func TestASignatureIsKnownUntilAnotherAgentTakesTheServer(t *testing.T) {
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "platform.db"))
	must(t, err)
	t.Cleanup(func() { must(t, file.Close()) })
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	rows, err := sqlite.Open(file, now)
	must(t, err)
	s := &servers.Service{
		Guard: authz.Guard{Directory: alone{}}, Reader: servers.Reader{Rows: rows}, Changes: change.Log{Store: rows, Clock: now}, Clock: now,
		PlatformKey: func(context.Context) ([]byte, error) { return make([]byte, ed25519.PublicKeySize), nil },
		WakeURL:     func(string, bool) string { return "" },
	}
	owner := authz.With(context.Background(), authz.Principal{User: "usr_x", HomeTenant: supplier, Role: authz.Owner, Via: authz.ViaPortal})
	server, err := s.Create(owner, supplier, servers.Draft{Name: "Vault", Host: "localhost", Types: []driver.AccountType{driver.Online}})
	must(t, err)
	enrol := func() (string, ed25519.PrivateKey) {
		public, private, err := ed25519.GenerateKey(nil)
		must(t, err)
		e, err := s.StartEnrolment(owner, supplier, server.ID)
		must(t, err)
		a, err := s.Enrol(context.Background(), servers.Newcomer{Token: e.Token, SignKey: public, SealKey: make([]byte, 32)})
		must(t, err)
		return a.Agent, private
	}
	verifier := agentauth.Verifier{Keys: Keys{s.Reader}, Clock: now}
	target := sign.Target(http.MethodPost, "/agent/v1/hello")
	verify := func(agent string, key ed25519.PrivateKey) (authz.Principal, error) {
		h := http.Header{}
		sign.Sign(h, agent, key, target, now.Now(), []byte("{}"))
		return verifier.Verify(context.Background(), h, target, []byte("{}"))
	}

	agent, key := enrol()
	p, err := verify(agent, key)
	must(t, err)
	if p.Agent != agent || p.HomeTenant != supplier || len(p.Servers) != 1 || p.Servers[0] != server.ID {
		t.Fatalf("known as %+v", p)
	}
	newer, newerKey := enrol()
	if _, err := verify(agent, key); !problem.Has(err, problem.Unauthenticated) {
		t.Fatalf("the replaced agent: %v", err)
	}
	if _, err := verify(newer, key); !problem.Has(err, problem.Unauthenticated) {
		t.Fatalf("the replaced agent's key under the new name: %v", err)
	}
	_, err = verify(newer, newerKey)
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
