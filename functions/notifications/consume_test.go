package notifications

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/problem"
)

func wantTold(t *testing.T, w *world, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestAskerAndDecidersAreToldEachInTheirLanguage(t *testing.T) {
	w := newWorld(t)
	w.mustConsume(w.requested(eva))
	wantTold(t, w,
		"dieter: Ihre Zustimmung wird erbeten: ein Backup-Konto löschen",
		"eva: Aangevraagd: een back-upaccount verwijderen",
		"flore: Votre accord est demandé : supprimer un compte de sauvegarde",
		"olive: Your consent is asked for: delete a backup account",
	)
	w.mustConsume(w.event(events.ApprovalReminded{Approval: apr, Deciders: []string{string(supplier)}, ExpiresAt: start.AddDate(0, 0, 7)}, Person{}))
	wantTold(t, w,
		"dieter: Erinnerung, Ihre Zustimmung wird erbeten: ein Backup-Konto löschen",
		"eva: Nog niemand heeft beslist: een back-upaccount verwijderen",
		"flore: Rappel, votre accord est demandé : supprimer un compte de sauvegarde",
		"olive: Reminder, your consent is asked for: delete a backup account",
	)
	w.mustConsume(w.event(events.ApprovalExpired{Approval: apr, Asker: eva.User}, Person{}))
	wantTold(t, w,
		"dieter: Nicht rechtzeitig entschieden: ein Backup-Konto löschen",
		"eva: Niet op tijd beslist: een back-upaccount verwijderen",
		"flore: Pas décidé à temps : supprimer un compte de sauvegarde",
		"olive: Not decided in time: delete a backup account",
	)
}

func TestEveryDecisionIsTold(t *testing.T) {
	for decision, want := range map[string]string{
		"approved": "olive: Agreed: delete a backup account", "refused": "olive: Refused: delete a backup account",
		"withdrawn": "olive: Withdrawn: delete a backup account",
	} {
		w := newWorld(t)
		w.mustConsume(w.requested(eva))
		w.told()
		by := dieter
		if decision == "withdrawn" {
			by = eva
		}
		w.mustConsume(w.event(events.ApprovalDecided{Approval: apr, Decision: decision, Decider: by.User, Asker: eva.User}, by))
		named := strings.Contains(w.carried[0].Text, dieter.Name)
		if got := w.told(); len(got) != 4 || got[3] != want || named != (by == dieter) {
			t.Errorf("%s: told %q; the decider is named: %v", decision, got, named)
		}
	}
}

func TestWhoAsksIsToldAsTheAskerOnly(t *testing.T) {
	w := newWorld(t)
	w.mustConsume(w.requested(dieter)) // he acts below, and his home decides too
	want := []string{
		"dieter: Beantragt: ein Backup-Konto löschen",
		"flore: Votre accord est demandé : supprimer un compte de sauvegarde",
		"olive: Your consent is asked for: delete a backup account",
	}
	for _, m := range w.carried {
		place := map[string]string{
			dieter.Email: "/t/" + string(seller) + "/", flore.Email: "/t/" + string(distributor) + "/", root.Email: "/t/" + string(supplier) + "/",
		}[m.To.Email]
		if !strings.Contains(m.Text, place+"approvals/"+apr) {
			t.Errorf("%s is not led below %s:\n%s", m.To.Email, place, m.Text)
		}
	}
	wantTold(t, w, want...)
}

func TestWhoCannotSignInIsNotWrittenTo(t *testing.T) {
	w := newWorld(t)
	w.staff = []Person{flore}
	w.mustConsume(w.requested(eva))
	wantTold(t, w, "flore: Votre accord est demandé : supprimer un compte de sauvegarde")
}

func TestAnEventThatComesTwiceTellsNobodyTwice(t *testing.T) {
	w := newWorld(t)
	e := w.requested(eva)
	w.mustConsume(e)
	w.told()
	w.mustConsume(e)
	wantTold(t, w)
}

func TestAnAddressThatFailsHoldsUpNobodyAndIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.fails[dieter.Email] = errors.New("the connection was lost")
	e := w.requested(eva)
	if err := w.consume(e); err == nil {
		t.Fatal("the event is taken for done")
	}
	if got := w.told(); len(got) != 3 {
		t.Errorf("told %q", got)
	}
	delete(w.fails, dieter.Email)
	w.mustConsume(e)
	wantTold(t, w, "dieter: Ihre Zustimmung wird erbeten: ein Backup-Konto löschen")
}

func TestAMailThatIsRefusedIsNotedAndNotTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.fails[dieter.Email] = mail.ErrRefused
	w.staff[2].Email = "zoë@rhein.example" // no server takes it
	e := w.requested(eva)
	w.mustConsume(e)
	if got := w.told(); len(got) != 2 {
		t.Errorf("told %q", got)
	}
	for user, want := range map[string]string{dieter.User: `"state":"refused"`, flore.User: `"state":"refused"`, eva.User: `"state":"sent"`} {
		item, err := w.rows.Get(t.Context(), deliveryKey(seller, e.ID, user))
		if err != nil || !strings.Contains(string(item.Value), want) {
			t.Errorf("the delivery to %s is %s, %v", user, item.Value, err)
		}
	}
	delete(w.fails, dieter.Email)
	w.mustConsume(e)
	wantTold(t, w)
}

func TestAnotherAttemptIsTheSameMail(t *testing.T) {
	w := newWorld(t)
	e := w.requested(eva)
	w.mustConsume(e)
	first := w.carried
	other := newWorld(t) // where the rows of the first attempt were not written
	other.mustConsume(e)
	if diff := cmp.Diff(first, other.carried); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func TestAMailTellsNothingThatOthersMayNotKnow(t *testing.T) {
	w := newWorld(t)
	w.mustConsume(w.requested(eva))
	w.mustConsume(w.event(events.ApprovalDecided{Approval: apr, Decision: "refused", Decider: root.User, Asker: eva.User, Reason: "a reason of the decider"}, root))
	for _, m := range w.carried {
		for _, secret := range []string{"acc_secret", "ten_secret", "a reason"} {
			if strings.Contains(m.Subject+m.Text+m.HTML, secret) {
				t.Errorf("the mail to %s tells %q", m.To.Email, secret)
			}
		}
	}
}

func TestALaterEventWithoutTheFirstComesAgain(t *testing.T) {
	w := newWorld(t)
	if err := w.consume(w.event(events.ApprovalExpired{Approval: apr}, Person{})); err == nil {
		t.Error("the event is taken for done, and nobody was told")
	}
}

func TestOnlyItsOwnConsumerTellsPeople(t *testing.T) {
	w := newWorld(t)
	e := w.requested(eva)
	for name, p := range map[string]authz.Principal{
		"another consumer": authz.System("reports"),
		"an owner":         {User: eva.User, HomeTenant: seller, Role: authz.Owner, Via: authz.ViaPortal},
	} {
		if err := w.service.Consume(authz.With(t.Context(), p), e); !problem.Has(err, problem.Forbidden) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	wantTold(t, w)
}

func TestAnEventThatNobodyRoutedHereIsAnError(t *testing.T) {
	w := newWorld(t)
	if err := w.consume(w.event(events.TenantCreated{}, Person{})); err == nil {
		t.Error("it is taken for done")
	}
}
