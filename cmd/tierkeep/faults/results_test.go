package faults

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platformtest"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// order is a world with one account that was ordered, and an agent that does nothing by itself.
type order struct {
	*platformtest.World
	t       *testing.T
	agent   *platformtest.Agent
	base    string // of the seller's paths
	account string
	device  string
}

func ordered(t *testing.T) *order {
	t.Helper()
	t.Parallel()
	w, err := platformtest.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &order{World: w, t: t}
	root := "/v1/tenants/" + string(w.Root.ID)
	var made struct{ ID, Token string }
	o.must(http.MethodPost, root+"/servers", map[string]any{"name": "Vault", "host": "vault.example", "types": []string{"online"}}, &made)
	server := made.ID
	o.must(http.MethodPost, root+"/servers/"+server+"/enrolments", nil, &made)
	if o.agent, err = w.Enrol(t.Context(), made.Token); err != nil {
		t.Fatal(err)
	}
	o.settle() // once, so that the platform knows what the server can do
	o.agent.Up = false
	var below struct{ Items []struct{ ID string } }
	o.must(http.MethodGet, root+"/children", nil, &below)
	o.base = "/v1/tenants/" + below.Items[0].ID
	o.must(http.MethodPost, o.base+"/customers", map[string]string{"kind": "business", "name": "Bakery"}, &made)
	var created struct {
		Account struct {
			ID      string
			Devices []struct{ ID string }
		}
	}
	o.must(http.MethodPost, o.base+"/accounts", map[string]any{
		"customer": made.ID, "server": server, "type": "online", "quota_bytes": 5_000_000_000,
	}, &created)
	o.account, o.device = created.Account.ID, created.Account.Devices[0].ID
	return o
}

func (o *order) must(method, path string, body, out any) {
	o.t.Helper()
	reply, err := o.Owner.Call(o.t.Context(), method, path, body)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := reply.Must(out); err != nil {
		o.t.Fatalf("%s %s: %v", method, path, err)
	}
}

func (o *order) settle() {
	o.t.Helper()
	if err := o.Settle(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// wait lets time pass.
func (o *order) wait(d time.Duration) {
	o.t.Helper()
	if err := o.Advance(o.t.Context(), d); err != nil {
		o.t.Fatal(err)
	}
}

type lease struct {
	Tenant, Operation, Lease string
	Attempt                  int
}

// claim takes everything that can be had.
func (o *order) claim() []lease {
	o.t.Helper()
	reply, err := o.agent.Post(o.t.Context(), "/agent/v1/claim", map[string]any{
		"claim_id": id.New("clm", o.Clock.Now()), "servers": []string{o.agent.Server}, "max": 20,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	var got struct{ Leases []lease }
	if err := reply.Must(&got); err != nil {
		o.t.Fatal(err)
	}
	return got.Leases
}

// one is the only lease that can be had.
func (o *order) one() lease {
	o.t.Helper()
	all := o.claim()
	if len(all) != 1 {
		o.t.Fatalf("%d leases, want one", len(all))
	}
	return all[0]
}

// tell reports how an attempt ended, and expects the platform's answer: empty, or the code of its refusal.
func (o *order) tell(l lease, result, outcome string, want problem.Code) {
	o.t.Helper()
	reply, err := o.agent.Post(o.t.Context(), "/agent/v1/operations/"+l.Tenant+"/"+l.Operation+"/result", map[string]any{
		"result_id": result, "lease": l.Lease, "attempt": l.Attempt, "outcome": outcome,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if got := reply.Problem(); got != want || want == "" && reply.Status != http.StatusNoContent {
		o.t.Fatalf("%s of attempt %d: answered %d %q, want %q", outcome, l.Attempt, reply.Status, got, want)
	}
	o.settle()
}

// expect holds the account, its operations from the newest on, and how often the log tells of a result against the test.
func (o *order) expect(account string, results int, operations ...string) {
	o.t.Helper()
	var a struct{ State string }
	o.must(http.MethodGet, o.base+"/accounts/"+o.account, nil, &a)
	if a.State != account {
		o.t.Errorf("the account is %s, want %s", a.State, account)
	}
	var list struct{ Items []struct{ State string } }
	o.must(http.MethodGet, o.base+"/operations?account="+o.account, nil, &list)
	if len(list.Items) != len(operations) {
		o.t.Fatalf("%d operations, want %d", len(list.Items), len(operations))
	}
	for i, want := range operations {
		if list.Items[i].State != want {
			o.t.Errorf("operation %d is %s, want %s", i, list.Items[i].State, want)
		}
	}
	var log struct{ Items []struct{ Action string } }
	o.must(http.MethodGet, o.base+"/overview/activity?limit=100", nil, &log)
	told := 0
	for _, e := range log.Items {
		if e.Action == "operation.done" || e.Action == "operation.failed" || e.Action == "operation.refused" {
			told++
		}
	}
	if told != results {
		o.t.Errorf("the log tells of %d results, want %d", told, results)
	}
}

// leaseEnds is longer than a lease holds without a heartbeat.
const leaseEnds = 2 * time.Minute

func TestAResultThatComesTwiceCountsOnce(t *testing.T) {
	o := ordered(t)
	l := o.one()
	o.expect("pending", 0, "running")
	o.tell(l, "first", "done", "")
	o.tell(l, "first", "done", "")
	o.expect("active", 1, "succeeded")
	o.tell(l, "second", "refused", problem.StaleAttempt)
	o.expect("active", 1, "succeeded")
}

func TestALateResultOfALostLeaseIsNotApplied(t *testing.T) {
	o := ordered(t)
	late := o.one()
	o.wait(leaseEnds)
	now := o.one()
	if now.Attempt != late.Attempt+1 {
		t.Fatalf("attempt %d after attempt %d", now.Attempt, late.Attempt)
	}
	o.tell(late, "late", "done", problem.StaleAttempt)
	o.expect("pending", 0, "running")
	o.tell(now, "now", "done", "")
	o.tell(late, "late", "done", problem.StaleAttempt)
	o.expect("active", 1, "succeeded")
}

func TestALateResultOfTheOnlyAttemptIsApplied(t *testing.T) {
	o := ordered(t)
	l := o.one()
	o.wait(leaseEnds)
	o.tell(l, "late", "done", "") // nobody took the operation meanwhile
	o.expect("active", 1, "succeeded")
	if again := o.claim(); len(again) != 0 {
		t.Errorf("it was given out again: %+v", again)
	}
}

func TestResultsInAnotherOrderMoveNothingBackwards(t *testing.T) {
	o := ordered(t)
	first := o.one()
	o.must(http.MethodPost, o.base+"/accounts/"+o.account+"/suspend", nil, nil)
	if early := o.claim(); len(early) != 0 {
		t.Fatalf("the second operation was given out before the first ended: %+v", early)
	}
	o.expect("pending", 0, "waiting", "running")

	o.tell(first, "failed", "failed", "") // it is tried again before the second
	o.wait(time.Minute)
	again := o.one()
	o.tell(again, "again", "done", "")
	o.tell(first, "failed", "failed", problem.StaleAttempt)

	second := o.one()
	o.tell(second, "second", "done", "")
	o.expect("suspended", 3, "succeeded", "succeeded")
	o.tell(again, "another", "failed", problem.StaleAttempt)
	o.tell(first, "another", "done", problem.StaleAttempt)
	o.expect("suspended", 3, "succeeded", "succeeded")
}

func TestReportsThatComeTwiceOrInAnotherOrderEndTheSame(t *testing.T) {
	o := ordered(t)
	o.tell(o.one(), "made", "done", "")
	began := o.Clock.Now()
	running := driver.Job{
		ID: id.New(id.Job, began), Revision: 1, Account: o.account, Device: o.device, Kind: driver.Backup, State: driver.Running,
		StartedAt: began, SeenAt: began,
	}
	ended := running
	ended.Revision, ended.State, ended.EndedAt, ended.UploadedBytes = 2, driver.Success, &began, 4096
	for _, j := range []driver.Job{ended, running, ended, running} {
		reply, err := o.agent.Post(t.Context(), "/agent/v1/jobs", map[string]any{
			"batch_id": id.New("bat", began), "jobs": []any{map[string]any{"server": o.agent.Server, "job": j}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := reply.Must(nil); err != nil {
			t.Fatal(err)
		}
	}
	var list struct{ Items []json.RawMessage }
	o.must(http.MethodGet, o.base+"/jobs?account="+o.account, nil, &list)
	if len(list.Items) != 1 {
		t.Fatalf("%d jobs, want one", len(list.Items))
	}
	var job struct {
		State    string
		Uploaded int64 `json:"uploaded_bytes"`
	}
	if err := json.Unmarshal(list.Items[0], &job); err != nil {
		t.Fatal(err)
	}
	if job.State != "success" || job.Uploaded != 4096 {
		t.Errorf("the older report won: %+v", job)
	}
	var health struct{ Health string }
	o.must(http.MethodGet, o.base+"/health/"+o.account, nil, &health)
	if health.Health != "ok" {
		t.Errorf("health is %s", health.Health)
	}
}

func TestABadEntryRefusesItsBatchWholeAndIsNamed(t *testing.T) {
	o := ordered(t)
	o.tell(o.one(), "made", "done", "")
	at := o.Clock.Now()
	good := driver.Job{
		ID: id.New(id.Job, at), Revision: 1, Account: o.account, Device: o.device, Kind: driver.Backup, State: driver.Success,
		StartedAt: at, EndedAt: &at, SeenAt: at,
	}
	bad := good
	bad.ID, bad.State = id.New(id.Job, at), "splendid"
	o.agent.Up = true
	o.agent.Tell(driver.Reports{Jobs: []driver.Job{good, bad}})
	o.settle()
	// The agent put the bad one aside and sent the rest; its next hello tells the portal how many it keeps.
	o.wait(leaseEnds)
	var list struct{ Items []struct{ ID string } }
	o.must(http.MethodGet, o.base+"/jobs?account="+o.account, nil, &list)
	if len(list.Items) != 1 || list.Items[0].ID != good.ID {
		t.Errorf("the platform has %+v, want the good job alone", list.Items)
	}
	var server struct{ Agent struct{ Quarantined int } }
	o.must(http.MethodGet, "/v1/tenants/"+string(o.Root.ID)+"/servers/"+o.agent.Server, nil, &server)
	if server.Agent.Quarantined != 1 {
		t.Errorf("the portal counts %d entries that were put aside, want 1", server.Agent.Quarantined)
	}
	reply, err := o.agent.Post(t.Context(), "/agent/v1/jobs", map[string]any{
		"batch_id": "both", "jobs": []any{map[string]any{"server": o.agent.Server, "job": good}, map[string]any{"server": o.agent.Server, "job": bad}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var refusal struct{ Fields []struct{ Name string } }
	if err := reply.Into(&refusal); err != nil {
		t.Fatal(err)
	}
	if reply.Problem() != problem.BatchRefused || len(refusal.Fields) != 1 || refusal.Fields[0].Name != "/jobs/1/job/state" {
		t.Errorf("answered %d %s", reply.Status, reply.Body)
	}
}
