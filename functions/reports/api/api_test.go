package reportsapi_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/reports"
	reportsapi "github.com/tierkeep/tierkeep/functions/reports/api"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

const (
	seller   = tenant.ID("ten_01J00000000000000000000001")
	customer = tenant.ID("ten_01J00000000000000000000002")
	srv      = "srv_01J00000000000000000000001"
	acc      = "acc_01J00000000000000000000001"
	dev      = "dev_01J00000000000000000000001"
	set      = "set_01J00000000000000000000001"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// all is everything around the feature: a tree of two tenants, one account, its server, its agent, and its owner.
type all struct{ key ed25519.PrivateKey }

func (all) Chain(_ context.Context, t tenant.ID) ([]authz.Node, error) {
	chain := []authz.Node{{ID: seller, Level: tenant.Reseller, Variant: tenant.Whitelabel, Status: tenant.Active}}
	switch t {
	case seller:
		return chain, nil
	case customer:
		return append(chain, authz.Node{ID: customer, Parent: seller, Name: "Bakery", Level: tenant.Customer, Status: tenant.Active}), nil
	}
	return nil, problem.New(problem.NotFound, "")
}

func (all) OnServer(_ context.Context, server, account string) (accounts.Account, error) {
	if server != srv || account != acc {
		return accounts.Account{}, problem.New(problem.NotFound, "")
	}
	return accounts.Account{
		ID: acc, Seller: seller, Customer: customer, Name: "files", Server: srv, Type: driver.Online, Wanted: driver.Active, Observed: 1,
		Devices: []accounts.Device{{ID: dev, Name: "pc", Sets: []accounts.Set{{
			ID: set, Name: "Standard", Plan: events.Schedule{Every: "day", At: "22:00", TimeZone: "Europe/Amsterdam"},
		}}}},
	}, nil
}

func (a all) Get(ctx context.Context, _ tenant.ID, account string) (accounts.Account, error) {
	return a.OnServer(ctx, srv, account)
}

func (all) Silent(context.Context, tenant.ID, string) (bool, error) { return false, nil }

func (all) Set(context.Context, schedule.Timer) error { return nil }

func (all) Cancel(context.Context, string) error { return nil }

func (all) Authenticate(context.Context, rest.Credentials) (authz.Principal, error) {
	return authz.Principal{User: "usr_x", HomeTenant: seller, Role: authz.Owner, Via: authz.ViaPortal}, nil
}

func (a all) AgentKey(context.Context, string) (agentauth.Agent, error) {
	return agentauth.Agent{Key: a.key.Public().(ed25519.PublicKey), Tenant: seller, Servers: []string{srv}}, nil
}

type world struct {
	testing.TB
	all
	handler http.Handler
}

func newWorld(t testing.TB) world {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, key, err := ed25519.GenerateKey(nil)
	must(err)
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "platform.db"))
	must(err)
	t.Cleanup(func() { must(file.Close()) })
	now := clock.NewFake(start)
	rows, err := sqlite.Open(file, now)
	must(err)
	a := all{key}
	s := &reports.Service{
		Guard: authz.Guard{Directory: a}, Reader: reports.Reader{Rows: rows}, Clock: now, Accounts: a, Servers: a, Timers: a,
	}
	return world{t, a, rest.Handler("reports", func(api huma.API) { reportsapi.Register(api, s) }, rest.Deps{
		Authenticator: a, Agents: a, Store: rows, Clock: now,
	})}
}

// report sends a batch as an agent signs it.
func (w world) report(path string, body any) *httptest.ResponseRecorder {
	w.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(string(raw)))
	r.Header.Set("Content-Type", "application/json")
	sign.Sign(r.Header, "agt_01J00000000000000000000001", w.key, sign.Target(http.MethodPost, path), start, raw)
	return w.serve(r)
}

func (w world) get(path string) map[string]any {
	w.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, http.NoBody)
	r.Header.Set("Authorization", "Bearer tk_x")
	reply := w.serve(r)
	if reply.Code != http.StatusOK {
		w.Fatalf("%s answers %d %s", path, reply.Code, reply.Body)
	}
	var out map[string]any
	if err := json.Unmarshal(reply.Body.Bytes(), &out); err != nil {
		w.Fatal(err)
	}
	return out
}

func (w world) serve(r *http.Request) *httptest.ResponseRecorder {
	reply := httptest.NewRecorder()
	w.handler.ServeHTTP(reply, r)
	return reply
}

func job(at time.Time) driver.Job {
	ended := at.Add(10 * time.Minute)
	return driver.Job{
		ID: id.New(id.Job, at), Revision: 2, Account: acc, Device: dev, Kind: driver.Backup, State: driver.Quota, StartedAt: at, EndedAt: &ended,
		SeenAt: ended, UploadedBytes: 7, Reason: "quota_exceeded", Log: []driver.LogLine{{At: at, Level: driver.LogError, Text: "refused"}},
	}
}

func batchOf(kind string, entries ...any) map[string]any {
	return map[string]any{"batch_id": "bat_1", kind: entries}
}

func entryOf(name string, what any) map[string]any { return map[string]any{"server": srv, name: what} }

const tenantURL = "/v1/tenants/" + string(seller)

func TestWhatAnAgentReportsIsShown(t *testing.T) {
	w := newWorld(t)
	j := job(start.Add(-time.Hour))
	event := driver.AccountEvent{
		ID: id.New(id.AccountEvent, start), Revision: 1, Account: acc, Kind: driver.LoginRefused, First: start, Last: start, Count: 3, Address: "192.0.2.7",
	}
	for path, batch := range map[string]map[string]any{
		"/agent/v1/jobs":   batchOf("jobs", entryOf("job", j)),
		"/agent/v1/events": batchOf("events", entryOf("event", event)),
		"/agent/v1/usage":  batchOf("usage", entryOf("usage", driver.Usage{Account: acc, Device: dev, At: start, Bytes: 42})),
	} {
		if reply := w.report(path, batch); reply.Code != http.StatusOK || strings.TrimSpace(reply.Body.String()) != `{"accepted":1}` {
			t.Fatalf("%s answers %d %s", path, reply.Code, reply.Body)
		}
	}

	want := map[string]any{
		"id": j.ID, "account": acc, "account_name": "files", "customer": string(customer), "customer_name": "Bakery", "device": dev, "device_name": "pc",
		"type": "online", "kind": "backup", "state": "quota", "health": "failed", "reason": "quota_exceeded", "started_at": "2026-11-24T08:00:00Z",
		"ended_at": "2026-11-24T08:10:00Z", "uploaded_bytes": 7.0, "downloaded_bytes": 0.0, "objects": 0.0, "log_truncated": false,
	}
	list := w.get(tenantURL + "/jobs?health=failed")
	if diff := cmp.Diff(map[string]any{"items": []any{want}}, list); diff != "" {
		t.Error("list", diff)
	}
	want["log"] = []any{map[string]any{"at": "2026-11-24T08:00:00Z", "level": "error", "text": "refused"}}
	if diff := cmp.Diff(want, w.get(tenantURL+"/jobs/"+j.ID)); diff != "" {
		t.Error("one", diff)
	}
	health := w.get(tenantURL + "/health/" + acc)
	if diff := cmp.Diff(map[string]any{
		"account": acc, "health": "failed", "reason": "quota_exceeded", "last_seen_at": "2026-11-24T08:10:00Z", "used_bytes": 42.0,
		"days": strings.Repeat("-", 27) + "f",
		"sets": []any{map[string]any{
			"set": set, "name": "Standard", "device": dev, "health": "failed", "reason": "quota_exceeded", "last_job": j.ID, "at": "2026-11-24T08:00:00Z",
			"due_at": "2026-11-24T21:00:00Z",
		}},
		"events": []any{map[string]any{
			"kind": "login_refused", "first": "2026-11-24T09:00:00Z", "last": "2026-11-24T09:00:00Z", "count": 3.0, "address": "192.0.2.7",
		}},
	}, health); diff != "" {
		t.Error("health", diff)
	}
	if diff := cmp.Diff(map[string]any{"items": []any{map[string]any{"at": "2026-11-24T09:00:00Z", "bytes": 42.0}}}, w.get(tenantURL+"/usage/"+acc)); diff != "" {
		t.Error("usage", diff)
	}
	if diff := cmp.Diff(map[string]any{"items": []any{}}, w.get(tenantURL+"/expectations?state=missed")); diff != "" {
		t.Error("expectations", diff)
	}
}

func TestABadEntryIsNamedAsAgentsReadIt(t *testing.T) {
	w := newWorld(t)
	bad := job(start.Add(-time.Hour))
	bad.State = "splendid"
	reply := w.report("/agent/v1/jobs", batchOf("jobs", entryOf("job", job(start.Add(-2*time.Hour))), entryOf("job", bad)))
	var p rest.Problem
	if err := json.Unmarshal(reply.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if reply.Code != http.StatusUnprocessableEntity || p.Code != string(problem.BatchRefused) || len(p.Fields) != 1 || p.Fields[0].Name != "/jobs/1/job/state" {
		t.Errorf("answers %d %+v", reply.Code, p)
	}
	if strings.Contains(reply.Body.String(), "splendid") {
		t.Error("the value is told back")
	}
	if list := w.get(tenantURL + "/jobs"); len(list["items"].([]any)) > 0 {
		t.Errorf("something was taken: %v", list)
	}
}

func TestNobodyReportsUnsigned(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/agent/v1/jobs", "/agent/v1/events", "/agent/v1/usage"} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(`{"batch_id":"b","jobs":[]}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer tk_x")
		if reply := w.serve(r); reply.Code != http.StatusUnauthorized {
			t.Errorf("%s answers %d %s", path, reply.Code, reply.Body)
		}
	}
}
