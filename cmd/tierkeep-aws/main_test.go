package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/resources"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

const seller = tenant.ID("ten_01J00000000000000000000000")

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// stage makes the table and the queues of an installation.
func stage(t *testing.T) *installation {
	t.Helper()
	if awstest.Real() {
		t.Skip("the command is for installations that stand; what it does in an account of its own proves as much")
	}
	c := awstest.Config(t)
	if err := resources.Table(t.Context(), c, "tierkeep-dev"); err != nil {
		t.Fatal(err)
	}
	var url string
	for _, name := range consumers() {
		var err error
		if url, err = resources.Queue(t.Context(), c, "tierkeep-dev-", name); err != nil {
			t.Fatal(err)
		}
	}
	return &installation{aws: c, table: "tierkeep-dev", queue: queueaws.New(c, url), log: slog.New(slog.DiscardHandler)}
}

// changed commits a change that tells reports of a set, at a time.
func changed(t *testing.T, i *installation, at time.Time, set string) {
	t.Helper()
	now := clock.NewFake(at)
	log := change.Log{Store: storeaws.New(i.aws, i.table, now), Clock: now}
	ctx := authz.With(t.Context(), authz.Principal{User: "usr_x", Name: "Ada", HomeTenant: seller, Role: authz.Owner, Via: authz.ViaPortal})
	row := store.Item{Key: store.Key{PK: "T#x", SK: set}, Value: []byte("{}"), Version: 1}
	err := log.Commit(ctx, store.Write{Puts: []store.Put{{Item: row, If: store.Absent}}}, change.Change{
		Tenant: seller, Action: "set.create", Subject: set, Events: []events.Payload{events.SetScheduled{Set: set}}, Version: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func received(t *testing.T, i *installation, name string) []string {
	t.Helper()
	var all []string
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		got, err := i.queue.Receive(ctx, name, 10, time.Minute)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) == 0 {
			return all
		}
		for _, d := range got {
			all = append(all, d.Group)
			if err := i.queue.Ack(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTheEventsOfATimeAreSentAgainAndNoOthers(t *testing.T) {
	t.Parallel()
	i := stage(t)
	changed(t, i, noon.Add(-time.Second), "set_before")
	changed(t, i, noon, "set_first")
	changed(t, i, noon.Add(time.Hour-time.Millisecond), "set_last")
	changed(t, i, noon.Add(time.Hour), "set_after")

	var out bytes.Buffer
	if err := i.republishArgs(t.Context(), []string{"-from", "2026-11-24T12:00:00Z", "-to", "2026-11-24T13:00:00Z"}, &out); err != nil {
		t.Fatal(err)
	}
	if want := "the events of 2 changes were sent again\n"; out.String() != want {
		t.Errorf("said %q, want %q", out.String(), want)
	}
	if diff := cmp.Diff([]string{"set_first", "set_last"}, received(t, i, "reports")); diff != "" {
		t.Error(diff)
	}
}

func TestATimeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	err := (&installation{}).republishArgs(t.Context(), []string{"-from", "yesterday", "-to", "2026-11-24T13:00:00Z"}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "-from") {
		t.Errorf("got %v", err)
	}
}

func TestDeadLettersAreShownAndSentAgain(t *testing.T) {
	t.Parallel()
	i := stage(t)
	if err := i.queue.Send(t.Context(), "reports-dead", queue.Message{ID: "evt_1", Group: "set_1", Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := i.queues(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "reports        1 dead letters\n    evt_1 of set_1\n") {
		t.Errorf("showed\n%s", out.String())
	}
	out.Reset()
	if err := i.replay(t.Context(), "reports", &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"set_1"}, received(t, i, "reports")); diff != "" {
		t.Error(diff)
	}
	if err := i.replay(t.Context(), "nothing", &out); err == nil {
		t.Error("the dead letters of a queue that is none were sent again")
	}
}
