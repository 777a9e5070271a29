package accounts

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// owner is the seller's.
func (w *world) owner() context.Context { return as(w.seller, authz.Owner) }

// decided lets somebody above decide what the account waits for, and tells accounts.
func (w *world) decided(a Account, approval string, to approvals.State) {
	w.Helper()
	w.must(w.decide(approval, to))
	w.must(w.tell(events.ApprovalDecided{Approval: approval, Kind: w.kindOf(approval), Account: a.ID, Decision: string(to)}))
}

func (w *world) kindOf(approval string) string {
	w.Helper()
	a, err := w.desk.Reader.Get(context.Background(), w.seller, approval)
	w.must(err)
	return string(a.Kind)
}

// decide ends an approval as somebody above would.
func (w *world) decide(approval string, to approvals.State) error {
	p := authz.Principal{
		User: "usr_above", HomeTenant: w.root.ID, Role: authz.Owner, Via: authz.ViaPortal, SecondFactor: time.Unix(1, 0), FactorProven: true,
	}
	ctx := authz.With(context.Background(), p)
	s := &approvals.Service{
		Guard: w.Guard, Reader: w.desk.Reader, Changes: change.Log{Store: w.rows, Clock: w.clock}, Clock: w.clock, People: strangers{}, Losses: w.losses(),
	}
	var err error
	switch to {
	case approvals.Approved:
		_, err = s.Approve(ctx, w.root.ID, approval, "")
	case approvals.Refused:
		_, err = s.Refuse(ctx, w.root.ID, approval, "No.")
	case approvals.Withdrawn:
		_, err = s.Withdraw(w.owner(), w.seller, approval)
	case approvals.Waiting, approvals.Expired:
		_, err = s.Task(ctx, json.RawMessage(`{"task":"expire","input":{"tenant":"`+string(w.seller)+`","approval":"`+approval+`"}}`))
	}
	return err
}

// strangers are people in whom nobody had a hand.
type strangers struct{}

func (strangers) DeciderFacts(context.Context, tenant.ID, string) (approvals.Facts, error) {
	return approvals.Facts{}, nil
}

// tell brings an event.
func (w *world) tell(p events.Payload) error {
	w.Helper()
	return w.take(w.event(p))
}

func (w *world) event(p events.Payload) events.Event {
	w.Helper()
	data, err := json.Marshal(p)
	w.must(err)
	return events.Event{ID: id.New(id.Event, w.clock.Now()), Type: p.EventType(), Version: p.EventVersion(), Tenant: w.seller, Data: data}
}

func (w *world) take(e events.Event) error {
	return w.Consume(authz.With(context.Background(), authz.System("accounts")), e)
}

// done tells that the account's latest operation ended.
func (w *world) done(a Account, state operations.State, code string) Account {
	w.Helper()
	o := w.operation(w.get(a.ID).Operation)
	w.must(w.ended(events.OperationEnded{
		Operation: o.ID, Kind: string(o.Kind), Account: a.ID, Server: o.Server, State: string(state), Generation: o.Generation, Code: code,
	}))
	return w.get(a.ID)
}

func (w *world) operation(op string) operations.Operation {
	w.Helper()
	o, err := operations.Reader{Rows: w.rows}.Get(context.Background(), w.seller, op)
	w.must(err)
	return o
}

// content is what an operation of the way out asks for.
func (w *world) content(op string) driver.TrashSpec {
	w.Helper()
	var s driver.TrashSpec
	w.must(json.Unmarshal(w.operation(op).Spec, &s))
	return s
}

// heard are the events of a type that the latest change about the account told.
func (w *world) heard(a Account, t events.Type) (found []events.Event) {
	w.Helper()
	page, err := w.rows.Query(context.Background(), store.Query{PK: change.Partition(w.seller), Descending: true})
	w.must(err)
	for _, row := range page.Items {
		e, err := change.Read(row)
		w.must(err)
		if e.Subject != a.ID {
			continue
		}
		for _, told := range e.Events {
			if told.Type == t {
				found = append(found, told)
			}
		}
		return found
	}
	return nil
}

func (w *world) trashed() Account {
	w.Helper()
	v, _ := w.create()
	w.done(v.Account, operations.Succeeded, "")
	v, err := w.Delete(w.owner(), w.seller, v.ID, "It has ended.")
	w.must(err)
	w.decided(v.Account, v.Removal.Approval, approvals.Approved)
	return w.done(v.Account, operations.Succeeded, "")
}

func TestAnAccountGoesItsWayOut(t *testing.T) {
	w := newWorld(t)
	w.used, w.good = map[string]int64{}, w.clock.Now().Add(-time.Hour)
	v, _ := w.create()
	w.done(v.Account, operations.Succeeded, "")
	w.used[v.ID] = 7_000_000
	v, err := w.Delete(w.owner(), w.seller, v.ID, "It has ended.")
	w.must(err)
	if v.State() != DeletionRequested || v.Generation != 1 {
		t.Fatalf("asked: %+v", v)
	}
	asked, err := w.desk.Reader.Get(context.Background(), w.seller, v.Removal.Approval)
	w.must(err)
	wantLoss := approvals.Loss{
		Account: "srv-1", Devices: []approvals.LossDevice{{Name: v.Devices[0].Name, Login: v.Devices[0].Login}}, UsedBytes: 7_000_000, Sets: 1,
		LastBackup: w.good, Retention: 30,
	}
	if diff := cmp.Diff(wantLoss, asked.Loss); diff != "" {
		t.Error(diff)
	}
	w.decided(v.Account, asked.ID, approvals.Approved)
	a := w.get(v.ID)
	if o := w.operation(a.Operation); a.State() != Deleting || o.Kind != operations.Trash || w.content(o.ID) != (driver.TrashSpec{Account: a.ID, Generation: 2, Approval: asked.ID}) {
		t.Fatalf("approved: %+v, %+v, %s", a, o, o.Spec)
	}
	a = w.done(a, operations.Succeeded, "")
	if a.State() != InTrash || !a.Removal.Until.Equal(w.clock.Now().Add(30*24*time.Hour)) || a.UsedBytes != v.UsedBytes {
		t.Fatalf("trashed: %+v", a)
	}
	if sets := w.heard(a, "set.scheduled"); len(sets) != 1 {
		t.Errorf("told of schedules: %+v", sets)
	}
	due := w.timers["trash-"+a.ID]
	if !due.At.Equal(a.Removal.Until) || due.Queue != string(events.Accounts) {
		t.Fatalf("timer %+v", due)
	}
	var e events.Event
	w.must(json.Unmarshal(due.Message.Body, &e))
	w.must(w.take(e)) // a timer that fires too early
	if got := w.get(a.ID); got.State() != InTrash || got.Generation != 2 {
		t.Fatalf("purged too early: %+v", got)
	}
	w.clock.Set(a.Removal.Until)
	e.ID = id.New(id.Event, w.clock.Now())
	for range 2 {
		w.must(w.take(e))
	}
	a = w.get(a.ID)
	if o := w.operation(a.Operation); o.Kind != operations.Purge || w.content(o.ID) != (driver.TrashSpec{Account: a.ID, Generation: 3, Approval: asked.ID}) {
		t.Fatalf("due: %+v, %s", o, o.Spec)
	}
	a = w.done(a, operations.Succeeded, "")
	if a.State() != Gone || a.Removal.PurgedBy != asked.ID || !a.Removal.PurgedAt.Equal(w.clock.Now()) {
		t.Fatalf("purged: %+v", a)
	}
	if _, err := w.Reader.OnServer(context.Background(), a.Server, a.ID); !problem.Has(err, problem.NotFound) {
		t.Errorf("an agent still finds it: %v", err)
	}
	for _, state := range []State{"", Gone} {
		page, _, err := w.List(w.owner(), w.seller, Filter{State: state}, 10, "")
		w.must(err)
		if (len(page) == 1) != (state == Gone) {
			t.Errorf("%d accounts in the list of %q", len(page), state)
		}
	}
}

func TestWhatIsOnItsWayOutIsNotChanged(t *testing.T) {
	w := newWorld(t)
	a := w.trashed()
	quota := int64(90_000_000)
	for name, err := range map[string]error{
		"edit":     second(w.Edit(w.owner(), w.seller, a.ID, Edit{QuotaBytes: &quota})),
		"suspend":  second(w.Suspend(w.owner(), w.seller, a.ID)),
		"delete":   second(w.Delete(w.owner(), w.seller, a.ID, "Again.")),
		"set":      second(w.EditSet(w.owner(), w.seller, a.ID, a.Devices[0].ID, a.Devices[0].Sets[0].ID, EditSet{})),
		"password": third(w.NewPassword(w.owner(), w.seller, a.ID, a.Devices[0].ID)),
		"device":   third(w.AddDevice(w.owner(), w.seller, a.ID, "laptop", nil)),
	} {
		if !problem.Has(err, problem.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, err := w.Get(w.owner(), w.seller, a.ID)
	w.must(err)
	if diff := cmp.Diff([]string{"note", "restore", "purge"}, v.Actions); diff != "" {
		t.Error(diff)
	}
}

func second[T any](_ T, err error) error { return err }

func third[A, B any](_ A, _ B, err error) error { return err }

func TestWhatNobodyAllowsChangesNothing(t *testing.T) {
	for _, to := range []approvals.State{approvals.Refused, approvals.Withdrawn, approvals.Expired} {
		t.Run(string(to), func(t *testing.T) {
			w := newWorld(t)
			v, _ := w.create()
			before := w.done(v.Account, operations.Succeeded, "")
			v, err := w.Delete(w.owner(), w.seller, v.ID, "Maybe.")
			w.must(err)
			if !slices.Contains(v.Actions, "withdraw") || slices.Contains(v.Actions, "delete") {
				t.Errorf("actions %v", v.Actions)
			}
			w.must(w.decide(v.Removal.Approval, to))
			if to == approvals.Expired {
				w.must(w.tell(events.ApprovalExpired{Approval: v.Removal.Approval, Kind: "account.delete", Account: v.ID}))
			} else {
				w.must(w.tell(events.ApprovalDecided{Approval: v.Removal.Approval, Kind: "account.delete", Account: v.ID, Decision: string(to)}))
			}
			after := w.get(v.ID)
			if after.Removal != (Removal{}) || after.Generation != before.Generation || after.State() != Active {
				t.Errorf("%+v", after)
			}
		})
	}
}

func TestTheEventAloneAllowsNothing(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.done(v.Account, operations.Succeeded, "")
	v, err := w.Delete(w.owner(), w.seller, v.ID, "Maybe.")
	w.must(err)
	forged := events.ApprovalDecided{Approval: v.Removal.Approval, Kind: "account.delete", Account: v.ID, Decision: "approved"}
	w.refused(w.tell(forged), problem.Conflict)
	if a := w.get(v.ID); a.State() != DeletionRequested || a.Generation != 1 {
		t.Errorf("%+v", a)
	}
	w.decided(v.Account, v.Removal.Approval, approvals.Refused)
	forged.Approval = "apr_01KAT1ERKEEP00000000000009"
	w.must(w.tell(forged)) // of another wish
	if a := w.get(v.ID); a.State() != Active || a.Generation != 1 {
		t.Errorf("%+v", a)
	}
}

func TestAWishWhoseTimeIsOverCanBeRepeatedThoughNothingToldSo(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.done(v.Account, operations.Succeeded, "")
	first, err := w.Delete(w.owner(), w.seller, v.ID, "Maybe.")
	w.must(err)
	w.clock.Advance(7 * 24 * time.Hour)
	again, err := w.Delete(w.owner(), w.seller, v.ID, "Again.")
	w.must(err)
	if again.Removal.Approval == first.Removal.Approval {
		t.Fatal("the same approval")
	}
	w.must(w.tell(events.ApprovalExpired{Approval: first.Removal.Approval, Kind: "account.delete", Account: v.ID}))
	if a := w.get(v.ID); a.State() != DeletionRequested {
		t.Errorf("%+v", a)
	}
}

func TestRestoringBringsBackWhatWasWanted(t *testing.T) {
	w := newWorld(t)
	a := w.trashed()
	v, err := w.Restore(w.owner(), w.seller, a.ID)
	w.must(err)
	if o := w.operation(v.Operation); v.State() != BeingRestored || o.Kind != operations.Restore || w.content(o.ID) != (driver.TrashSpec{Account: a.ID, Generation: 3}) {
		t.Fatalf("%+v, %+v", v, o)
	}
	a = w.done(a, operations.Succeeded, "")
	if a.Removal != (Removal{}) || w.operation(a.Operation).Kind != operations.Ensure || a.Generation != 4 {
		t.Fatalf("%+v", a)
	}
	if sets := w.heard(a, "set.scheduled"); len(sets) != 1 {
		t.Errorf("told of schedules: %+v", sets)
	}
	a = w.done(a, operations.Succeeded, "")
	if a.State() != Active {
		t.Errorf("%+v", a)
	}
	w.clock.Advance(40 * 24 * time.Hour)
	var e events.Event
	w.must(json.Unmarshal(w.timers["trash-"+a.ID].Message.Body, &e))
	w.must(w.take(e)) // the timer of before
	if got := w.get(a.ID); got.State() != Active || got.Generation != a.Generation {
		t.Errorf("%+v", got)
	}
}

func TestWhatAPersonStoppedOnTheWayOutIsUndone(t *testing.T) {
	t.Run("the trash", func(t *testing.T) {
		w := newWorld(t)
		v, _ := w.create()
		w.done(v.Account, operations.Succeeded, "")
		v, err := w.Delete(w.owner(), w.seller, v.ID, "It has ended.")
		w.must(err)
		w.decided(v.Account, v.Removal.Approval, approvals.Approved)
		a := w.done(v.Account, operations.Cancelled, "")
		if w.operation(a.Operation).Kind != operations.Restore || a.State() != BeingRestored {
			t.Fatalf("%+v", a) // the server may have begun
		}
		a = w.done(a, operations.Succeeded, "")
		if a = w.done(a, operations.Succeeded, ""); a.State() != Active || a.Observed != a.Generation {
			t.Errorf("%+v", a)
		}
	})
	t.Run("the trash of what never was there", func(t *testing.T) {
		w := newWorld(t)
		v, _ := w.create()
		v, err := w.Delete(w.owner(), w.seller, v.ID, "A mistake.")
		w.must(err)
		w.decided(v.Account, v.Removal.Approval, approvals.Approved)
		a := w.done(v.Account, operations.Cancelled, "")
		if w.operation(a.Operation).Kind != operations.Ensure || a.State() != Pending {
			t.Errorf("%+v", a)
		}
	})
	t.Run("the restore", func(t *testing.T) {
		w := newWorld(t)
		a := w.trashed()
		until := a.Removal.Until
		_, err := w.Restore(w.owner(), w.seller, a.ID)
		w.must(err)
		if a = w.done(a, operations.Cancelled, ""); a.State() != InTrash || !a.Removal.Until.Equal(until) {
			t.Errorf("%+v", a)
		}
	})
	t.Run("the purge", func(t *testing.T) {
		w := newWorld(t)
		a := w.trashed()
		w.clock.Set(a.Removal.Until)
		w.must(w.tell(events.TrashDue{Account: a.ID, Until: a.Removal.Until}))
		a = w.done(a, operations.Cancelled, "")
		later := w.clock.Now().Add(retryPurge)
		if a.State() != InTrash || !a.Removal.Until.Equal(later) || !w.timers["trash-"+a.ID].At.Equal(later) {
			t.Errorf("%+v, timer %+v", a, w.timers["trash-"+a.ID])
		}
	})
}

// Shortening the retention takes an approval of its own: nobody comes to an earlier purge by stopping operations.
func TestStoppingWhatIsUnderWayShortensNoRetention(t *testing.T) {
	for name, undo := range map[string]func(*world, Account) Account{
		"the trash and its undoing": func(w *world, a Account) Account { return w.done(a, operations.Cancelled, "") },
		"a restore before the server had it in its trash": func(w *world, a Account) Account {
			w.must(second(w.Restore(w.owner(), w.seller, a.ID)))
			return w.get(a.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v, _ := w.create()
			w.done(v.Account, operations.Succeeded, "")
			v, err := w.Delete(w.owner(), w.seller, v.ID, "It has ended.")
			w.must(err)
			w.decided(v.Account, v.Removal.Approval, approvals.Approved)
			a := undo(w, w.get(v.ID))
			if a.State() != BeingRestored {
				t.Fatalf("%+v", a)
			}
			a = w.done(a, operations.Cancelled, "")
			if whole := w.clock.Now().Add(usualRetention); a.State() != InTrash || !a.Removal.Until.Equal(whole) {
				t.Errorf("%s until %s, want %s", a.State(), a.Removal.Until, whole)
			}
		})
	}
}

// Whoever stops a restore to begin it anew does not lose the data in between.
func TestARestoreThatWasStoppedAfterTheTimeInTheTrashCanBeRepeated(t *testing.T) {
	w := newWorld(t)
	a := w.trashed()
	w.clock.Set(a.Removal.Until.Add(-time.Minute))
	w.must(second(w.Restore(w.owner(), w.seller, a.ID)))
	w.clock.Advance(time.Hour)
	a = w.done(a, operations.Cancelled, "")
	if later := w.clock.Now().Add(retryPurge); a.State() != InTrash || !a.Removal.Until.Equal(later) || !w.timers["trash-"+a.ID].At.Equal(later) {
		t.Errorf("%+v, timer %+v", a, w.timers["trash-"+a.ID])
	}
}

func TestTroubleOnTheWayOutIsSeen(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.done(v.Account, operations.Succeeded, "")
	v, err := w.Delete(w.owner(), w.seller, v.ID, "It has ended.")
	w.must(err)
	w.decided(v.Account, v.Removal.Approval, approvals.Approved)
	a := w.done(v.Account, operations.NeedsAttention, "attempts_used_up")
	if a.State() != Attention || a.Attention().Code != "attempts_used_up" {
		t.Fatalf("%+v", a)
	}
	if a = w.done(a, operations.Succeeded, ""); a.State() != InTrash { // somebody tried it again
		t.Errorf("%+v", a)
	}
}

func TestAnEarlyPurgeStandsOnAnApprovalOfItsOwn(t *testing.T) {
	w := newWorld(t)
	a := w.trashed()
	deletion := a.Removal.Approval
	v, err := w.Purge(w.owner(), w.seller, a.ID, "Space.")
	w.must(err)
	early := v.Removal.Early
	if early == "" || early == deletion || slices.Contains(v.Actions, "purge") {
		t.Fatalf("%+v", v)
	}
	w.refused(second(w.Purge(w.owner(), w.seller, a.ID, "Space.")), problem.Conflict)
	w.decided(a, early, approvals.Refused)
	if a = w.get(a.ID); a.State() != InTrash || a.Removal.Early != "" {
		t.Fatalf("%+v", a)
	}
	v, err = w.Purge(w.owner(), w.seller, a.ID, "Space.")
	w.must(err)
	w.decided(a, v.Removal.Early, approvals.Approved)
	a = w.get(a.ID)
	if got := w.content(a.Operation); got.Approval != v.Removal.Early || w.operation(a.Operation).Kind != operations.Purge {
		t.Errorf("%+v", got)
	}
}

func TestAPurgeThatWaitsIsWithdrawnWhereItBecomesPointless(t *testing.T) {
	for name, end := range map[string]func(*world, Account){
		"restored": func(w *world, a Account) { w.must(second(w.Restore(w.owner(), w.seller, a.ID))) },
		"purged in time": func(w *world, a Account) {
			w.clock.Set(a.Removal.Until)
			w.must(w.tell(events.TrashDue{Account: a.ID, Until: a.Removal.Until}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.trashed()
			w.clock.Advance(29 * 24 * time.Hour)
			v, err := w.Purge(w.owner(), w.seller, a.ID, "Space.")
			w.must(err)
			end(w, a)
			early, err := w.desk.Reader.Get(context.Background(), w.seller, v.Removal.Early)
			w.must(err)
			if early.State != approvals.Withdrawn || w.get(a.ID).Removal.Early != "" {
				t.Errorf("%+v", early)
			}
		})
	}
}

func TestDeletingTakesAServerWithATrash(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.Servers = told{w.Servers, driver.Info{Driver: "old/1", Capabilities: driver.Capabilities{Suspend: true}}}
	w.refused(second(w.Delete(w.owner(), w.seller, v.ID, "It has ended.")), problem.CapabilityMissing)
	seen, err := w.Get(w.owner(), w.seller, v.ID)
	w.must(err)
	if slices.Contains(seen.Actions, "delete") {
		t.Errorf("offered: %v", seen.Actions)
	}
}
