package change

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	above = tenant.ID("ten_01J00000000000000000000000")
	below = tenant.ID("ten_01J00000000000000000000001")
)

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func newLog(t *testing.T) Log {
	t.Helper()
	c := clock.NewFake(now)
	rows, err := sqlite.Open(filetest.Open(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return Log{Store: rows, Clock: c}
}

func row(sk string) store.Write {
	return store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#x", SK: sk}, Value: []byte("{}"), Version: 1}, If: store.Absent}}}
}

func entries(t *testing.T, l Log, of tenant.ID) []Entry {
	t.Helper()
	page, err := l.Store.Query(context.Background(), store.Query{PK: Partition(of)})
	if err != nil {
		t.Fatal(err)
	}
	var all []Entry
	for _, i := range page.Items {
		e, err := Read(i)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func person(home tenant.ID) context.Context {
	return authz.With(context.Background(), authz.Principal{User: "usr_x", Name: "Ada", HomeTenant: home, Role: authz.Owner, Via: authz.ViaPortal})
}

func TestACommitWritesRowsAuditEntryAndOutboxTogether(t *testing.T) {
	l := newLog(t)
	ctx := WithRequest(person(above), Request{ID: "req_1", Address: "198.51.100.7"})
	err := l.Commit(ctx, row("a"), Change{
		Tenant: below, Action: "tenant.edit", Subject: "ten_s", Name: "Bakery", Before: map[string]int{"n": 1}, After: map[string]int{"n": 2},
		Version: 7, Events: []events.Payload{events.TenantChanged{Tenant: "ten_s", Changed: []string{"name"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Store.Get(ctx, store.Key{PK: "T#x", SK: "a"}); err != nil {
		t.Fatal(err)
	}
	e := entries(t, l, below)[0]
	want := events.Actor{User: "usr_x", Name: "Ada", Home: above, OnBehalfOf: below, Via: "portal", Address: "198.51.100.7"}
	if diff := cmp.Diff(want, e.Actor); diff != "" {
		t.Fatal(diff)
	}
	if string(e.Before) != `{"n":1}` || string(e.After) != `{"n":2}` || e.RequestID != "req_1" || !e.At.Equal(now) {
		t.Fatalf("%+v", e)
	}
	told := e.Events[0]
	if told.Subject != "ten_s" || told.SubjectVersion != 7 || told.Tenant != below || told.Type != "tenant.changed" {
		t.Fatalf("%+v", told)
	}
}

func TestEventsFollowTheirGroupAndOwner(t *testing.T) {
	l := newLog(t)
	err := l.Commit(person(below), row("a"), Change{
		Tenant: below, Owner: above, Subject: "op_x", Group: "acc_x", Events: []events.Payload{events.OperationReady{Operation: "op_x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := entries(t, l, below)[0]
	if e.Events[0].Subject != "acc_x" || e.Events[0].Tenant != above || e.Actor.OnBehalfOf != "" {
		t.Fatalf("%+v", e)
	}
}

func TestAFailedConditionLeavesNoTrace(t *testing.T) {
	l := newLog(t)
	if err := l.Commit(person(above), row("a"), Change{Tenant: above, Action: "first", Subject: "s"}); err != nil {
		t.Fatal(err)
	}
	err := l.Commit(person(above), row("a"), Change{Tenant: above, Action: "second", Subject: "s"})
	if !store.FailedAt(err, store.Key{PK: "T#x", SK: "a"}) {
		t.Fatalf("got %v", err)
	}
	if all := entries(t, l, above); len(all) != 1 || all[0].Action != "first" {
		t.Fatalf("%+v", all)
	}
}

func TestOfTwoRequestsWithOneKeyTheSecondIsNotDone(t *testing.T) {
	l := newLog(t)
	key := &Idempotency{
		Scope: "usr_x", Key: "k", Hash: "h", Status: 201, Location: func(s string) string { return "/v1/things/" + s },
	}
	ctx := WithRequest(person(above), Request{Idempotency: key})
	if err := l.Commit(ctx, row("a"), Change{Tenant: above, Action: "thing.create", Subject: "one"}); err != nil {
		t.Fatal(err)
	}
	err := l.Commit(ctx, row("b"), Change{Tenant: above, Action: "thing.create", Subject: "two"})
	if !problem.Has(err, problem.InProgress) {
		t.Fatalf("got %v", err)
	}
	if _, err := l.Store.Get(ctx, store.Key{PK: "T#x", SK: "b"}); err == nil {
		t.Fatal("the second was half done")
	}
	kept, err := l.Store.Get(ctx, key.RowKey())
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"hash":"h","status":201,"location":"/v1/things/one"}`; string(kept.Value) != want {
		t.Fatalf("remembers %s", kept.Value)
	}
	other := *key
	other.Scope = "usr_y"
	if other.RowKey() == key.RowKey() {
		t.Fatal("somebody else's key is the same request")
	}
}

func TestAnAuditEntryIsKeptFourHundredDays(t *testing.T) {
	l := newLog(t)
	if err := l.Commit(person(above), row("a"), Change{Tenant: above, Subject: "s"}); err != nil {
		t.Fatal(err)
	}
	l.Clock.(*clock.Fake).Advance(KeepFor - time.Hour)
	if len(entries(t, l, above)) != 1 {
		t.Fatal("gone too early")
	}
	l.Clock.(*clock.Fake).Advance(2 * time.Hour)
	if len(entries(t, l, above)) != 0 {
		t.Fatal("kept too long")
	}
}
