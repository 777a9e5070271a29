package notifications

import (
	"testing"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/port/mail/outbox"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func TestTheSuppliersPeopleReadTheOutbox(t *testing.T) {
	w := newWorld(t)
	box := outbox.Outbox{Folder: t.TempDir()}
	w.service.Sender, w.service.Outbox = box, box
	w.mustConsume(w.requested(eva))
	owner := authz.With(t.Context(), authz.Principal{User: root.User, HomeTenant: supplier, Role: authz.Owner, Via: authz.ViaPortal})
	all, err := w.service.Kept(owner, supplier)
	if err != nil || len(all) != 4 {
		t.Fatalf("kept are %d, %v", len(all), err)
	}
	for _, k := range all {
		got, err := w.service.KeptMail(owner, supplier, k.Name)
		if err != nil || got.Subject != k.Subject || got.Text == "" {
			t.Errorf("%s reads %+v, %v", k.Name, got, err)
		}
	}
	if _, err := w.service.KeptMail(owner, supplier, "20261124T090000Z-x"); !problem.Has(err, problem.NotFound) {
		t.Errorf("a mail that is not there: %v", err)
	}
}

func TestNobodyElseReadsTheOutbox(t *testing.T) {
	w := newWorld(t)
	w.service.Outbox = outbox.Outbox{Folder: t.TempDir()}
	for name, p := range map[string]authz.Principal{
		"the supplier's technician": {User: root.User, HomeTenant: supplier, Role: authz.Technician, Via: authz.ViaPortal},
		"a distributor's owner":     {User: dieter.User, HomeTenant: distributor, Role: authz.Owner, Via: authz.ViaPortal},
	} {
		for _, at := range []tenant.ID{supplier, distributor} {
			ctx := authz.With(t.Context(), p)
			_, listed := w.service.Kept(ctx, at)
			_, read := w.service.KeptMail(ctx, at, "20261124T090000Z-x")
			if listed == nil || read == nil {
				t.Errorf("%s at %s: %v, %v", name, at, listed, read)
			}
		}
	}
}

func TestWhereMailsLeaveThereIsNoOutbox(t *testing.T) {
	w := newWorld(t)
	owner := authz.With(t.Context(), authz.Principal{User: root.User, HomeTenant: supplier, Role: authz.Owner, Via: authz.ViaPortal})
	if _, err := w.service.Kept(owner, supplier); !problem.Has(err, problem.NotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := w.service.KeptMail(owner, supplier, "20261124T090000Z-x"); !problem.Has(err, problem.NotFound) {
		t.Errorf("got %v", err)
	}
}
