package accounts

import (
	"context"
	"testing"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// full returns an account that keeps 40 MB of 50.
func (w *world) full() Account {
	w.Helper()
	v, _ := w.create()
	a := w.done(v.Account, operations.Succeeded, "")
	w.used[a.ID] = 40_000_000
	return a
}

func (w *world) asksFor(a Account, quota int64) Account {
	w.Helper()
	v, err := w.Edit(w.owner(), w.seller, a.ID, Edit{QuotaBytes: &quota, Reason: "They pay for less."})
	w.must(err)
	return v.Account
}

func TestAQuotaBelowWhatIsKeptWaitsForASecondPerson(t *testing.T) {
	for to, want := range map[approvals.State]int64{approvals.Approved: 30_000_000, approvals.Refused: 50_000_000, approvals.Withdrawn: 50_000_000} {
		t.Run(string(to), func(t *testing.T) {
			w := newWorld(t)
			a := w.asksFor(w.full(), 30_000_000)
			if a.QuotaBytes != 50_000_000 || a.Generation != 1 || a.Cut.QuotaBytes != 30_000_000 {
				t.Fatalf("%+v", a)
			}
			asked, err := w.desk.Reader.Get(context.Background(), w.seller, a.Cut.Approval)
			w.must(err)
			if asked.Kind != approvals.CutQuota || asked.Loss.QuotaBytes != 30_000_000 || asked.Loss.UsedBytes != 40_000_000 {
				t.Errorf("asked for %+v", asked)
			}
			w.decided(a, a.Cut.Approval, to)
			w.must(w.tell(events.ApprovalDecided{Approval: asked.ID, Kind: string(asked.Kind), Account: a.ID, Decision: string(to)}))
			a = w.get(a.ID)
			told := a.Generation == 2 && w.spec(a.Operation).QuotaBytes == want
			if a.QuotaBytes != want || a.Cut != (Cut{}) || told != (to == approvals.Approved) {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestAnotherQuotaTakesBackTheOneThatWaits(t *testing.T) {
	for name, quota := range map[string]int64{"smaller still": 20_000_000, "more": 60_000_000, "the one of before": 50_000_000} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.asksFor(w.full(), 30_000_000)
			first := a.Cut.Approval
			a = w.asksFor(a, quota)
			was, err := w.desk.Reader.Get(context.Background(), w.seller, first)
			w.must(err)
			if was.State != approvals.Withdrawn || (a.Cut != (Cut{})) != (quota < 40_000_000) {
				t.Errorf("%+v, the first is %s", a, was.State)
			}
			w.must(w.tell(events.ApprovalDecided{Approval: first, Kind: "account.cut_quota", Account: a.ID, Decision: "withdrawn"}))
			if again := w.get(a.ID); again.Version != a.Version {
				t.Errorf("%+v", again)
			}
		})
	}
}

func TestACutOfWhatIsOnItsWayOutComesToNothing(t *testing.T) {
	w := newWorld(t)
	a := w.asksFor(w.full(), 30_000_000)
	v, err := w.Delete(w.owner(), w.seller, a.ID, "It has ended.")
	w.must(err)
	w.decided(a, v.Removal.Approval, approvals.Approved)
	w.decided(a, a.Cut.Approval, approvals.Approved)
	if got := w.get(a.ID); got.QuotaBytes != 50_000_000 || got.Cut != (Cut{}) || got.State() != Deleting || got.Generation != 2 {
		t.Errorf("%+v", got)
	}
}

func TestACutNeedsAReason(t *testing.T) {
	w := newWorld(t)
	a := w.full()
	quota, tooSmall := int64(30_000_000), int64(1)
	w.refused(second(w.Edit(w.owner(), w.seller, a.ID, Edit{QuotaBytes: &quota})), problem.ApprovalRequired)
	w.refused(second(w.Edit(w.owner(), w.seller, a.ID, Edit{QuotaBytes: &tooSmall, Reason: "Because."})), problem.InvalidInput)
	if got := w.get(a.ID); got.Cut != (Cut{}) {
		t.Errorf("%+v", got)
	}
}

func TestMoreQuotaTakesNoSecondPersonThoughMoreIsKept(t *testing.T) {
	w := newWorld(t)
	a := w.full()
	w.used[a.ID] = 70_000_000
	quota := int64(60_000_000)
	v, err := w.Edit(w.owner(), w.seller, a.ID, Edit{QuotaBytes: &quota})
	w.must(err)
	if v.QuotaBytes != quota || v.Cut != (Cut{}) {
		t.Errorf("%+v", v)
	}
}
