package accounts

import (
	"context"
	"sync"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func TestChangesCountTheGenerationUpAndAskForAllOfIt(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	quota := int64(80_000_000)
	edited, err := w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{Version: v.Version, QuotaBytes: &quota})
	w.must(err)
	s := w.spec(edited.Operation)
	if edited.Generation != 2 || s.Generation != 2 || s.QuotaBytes != quota || s.State != driver.Active {
		t.Fatalf("%+v %+v", edited.Account, s)
	}
	if len(s.Devices[0].SealedPassword) != 0 {
		t.Fatal("a password travels again")
	}
}

func TestANameIsOurOwnAndTellsNoServer(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	name := "mail server"
	edited, err := w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{Version: v.Version, Name: &name})
	w.must(err)
	if edited.Generation != 1 || edited.Operation != v.Operation || edited.Name != name {
		t.Fatalf("%+v", edited.Account)
	}
}

func TestAQuotaBelowWhatIsKeptNeedsASecondPerson(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.used[v.ID] = 20_000_000
	quota := int64(10_000_000)
	_, err := w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{Version: v.Version, QuotaBytes: &quota})
	w.refused(err, problem.ApprovalRequired)
	if a := w.get(v.ID); a.QuotaBytes != 50_000_000 || a.Generation != 1 {
		t.Fatalf("half done: %+v", a)
	}
}

func TestSuspendingTwiceIsSuspendingOnce(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	for range 2 {
		if _, err := w.Suspend(as(w.seller, authz.Technician), w.seller, v.ID); err != nil {
			t.Fatal(err)
		}
	}
	if a := w.get(v.ID); a.Generation != 2 || a.Wanted != driver.Suspended {
		t.Fatalf("%+v", a)
	}
	_, err := w.Suspend(as(w.seller, authz.Sales), w.seller, v.ID)
	w.refused(err, problem.Forbidden)
}

func TestANewPasswordIsSealedToThePresentAgent(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.enrol()
	_, l, err := w.NewPassword(as(w.customer, authz.CustomerOwner), w.customer, v.ID, v.Devices[0].ID)
	w.must(err)
	s := w.spec(w.get(v.ID).Operation)
	plain, ok := box.OpenAnonymous(nil, s.Devices[0].SealedPassword, w.public, w.private)
	if !ok || string(plain) != l.Password.Reveal() {
		t.Fatal("the present agent cannot open it")
	}
	_, _, err = w.NewPassword(as(w.seller, authz.Owner), w.seller, v.ID, "dev_x")
	w.refused(err, problem.NotFound)
}

func TestAddedDevicesHaveTheirOwnLoginAndSchedule(t *testing.T) {
	w := newWorld(t)
	v, first := w.create()
	more, l, err := w.AddDevice(as(w.seller, authz.Owner), w.seller, v.ID, "laptop", &events.Schedule{Every: "week", At: "12:00", Days: []string{"fri"}})
	w.must(err)
	s := w.spec(more.Operation)
	if len(s.Devices) != 2 || l.Login == first.Login || len(s.Devices[0].SealedPassword) != 0 || len(s.Devices[1].SealedPassword) == 0 {
		t.Fatalf("%+v", s)
	}
	if zone := more.Devices[1].Sets[0].Plan.TimeZone; zone != "Europe/Amsterdam" {
		t.Fatalf("time zone %q", zone)
	}
}

func TestOfRacingEditsNoneIsLost(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	const n = 8
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			quota := int64(60_000_000 + i)
			_, errs[i] = w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{Version: v.Version, QuotaBytes: &quota})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			w.refused(err, problem.VersionConflict)
		}
	}
	if a := w.get(v.ID); won != 1 || a.Generation != 2 {
		t.Fatalf("%d won, generation %d", won, a.Generation)
	}
}

func TestChangesThatDoNotInsistOnAVersionAllCount(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	const n = 4
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { _, _, errs[i] = w.AddDevice(as(w.seller, authz.Owner), w.seller, v.ID, "device", nil) })
	}
	all.Wait()
	for _, err := range errs {
		w.must(err)
	}
	if a := w.get(v.ID); len(a.Devices) != 1+n || a.Generation != 1+n {
		t.Fatalf("%d devices, generation %d", len(a.Devices), a.Generation)
	}
}

func TestSetsAreChangedWithoutTheServer(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	d := v.Devices[0]
	_, err := w.EditSet(as(w.seller, authz.Owner), w.seller, v.ID, d.ID, d.Sets[0].ID, EditSet{Plan: &events.Schedule{Every: "hour", At: "00:15"}})
	w.must(err)
	a := w.get(v.ID)
	if a.Generation != 1 || a.Devices[0].Sets[0].Plan.Every != "hour" {
		t.Fatalf("%+v", a)
	}
	_, err = w.EditSet(as(w.seller, authz.Owner), w.seller, v.ID, d.ID, d.Sets[0].ID, EditSet{Plan: &events.Schedule{Every: "year"}})
	w.refused(err, problem.InvalidInput)
}

func TestTheSameNewsCountsOnce(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	p := events.OperationEnded{Operation: v.Operation, Account: v.ID, Generation: 1, State: "succeeded", UsedBytes: 5}
	for range 2 {
		w.must(w.ended(p))
	}
	a, err := w.Get(as(w.seller, authz.Owner), w.seller, v.ID)
	w.must(err)
	if a.State() != Active || a.Observed != 1 || a.Version != v.Version+1 {
		t.Fatalf("%+v", a.Account)
	}
}

func TestAConsumerCannotReachAnotherFeaturesRight(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	ctx := authz.With(context.Background(), authz.System("reports"))
	err := w.Consume(ctx, events.Event{Tenant: w.seller, Subject: v.ID, Type: "operation.ended", Version: 1})
	w.refused(err, problem.Forbidden)
}
