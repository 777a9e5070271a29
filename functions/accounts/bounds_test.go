package accounts

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// longest is the name that takes most room: each of its characters takes six bytes in JSON.
var longest = strings.Repeat("<", 120)

// crowd gives an account devices with the longest names, as though they had been added one by one.
func (w *world) crowd(account string, devices int) Account {
	w.Helper()
	a := w.get(account)
	for i := len(a.Devices); i < devices; i++ {
		now := w.clock.Now()
		plan := nightly()
		plan.TimeZone, plan.GraceMinutes = "America/Argentina/ComodRivadavia", 10_080
		plan.Every, plan.Days = "week", daysOfWeek
		a.Devices = append(a.Devices, Device{
			ID: id.New(id.Device, now), Name: longest, Login: fmt.Sprintf("%s-%05d", strings.Repeat("s", 40), i), Password: 1,
			Lost: Trouble{id.New(id.Operation, now), strings.Repeat("c", 64)},
			Sets: []Set{{ID: id.New(id.Set, now), Name: longest, Plan: plan}},
		})
	}
	put, err := a.replacement()
	w.must(err)
	w.must(w.Reader.Rows.AtomicWrite(context.Background(), store.Write{Puts: []store.Put{put}}))
	return w.get(account)
}

func TestTheLargestAccountFitsIntoItsRowAndNoDeviceMoreDoes(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	w.crowd(v.ID, maxDevices-1)
	last, _, err := w.AddDevice(as(w.seller, authz.Owner), w.seller, v.ID, longest, nil)
	w.must(err)
	if len(last.Devices) != maxDevices {
		t.Fatalf("%d devices", len(last.Devices))
	}
	row, err := w.get(v.ID).item()
	w.must(err)
	if most := store.MaxItemBytes * 6 / 10; len(row.Value) > most {
		t.Errorf("the row takes %d bytes, want at most %d, so that there is room for more fields", len(row.Value), most)
	}
	_, _, err = w.AddDevice(as(w.seller, authz.Owner), w.seller, v.ID, "one more", nil)
	w.refused(err, problem.Conflict)
}

func TestQuotasHaveTheBoundsThatAreWrittenDown(t *testing.T) {
	w := newWorld(t)
	v, _ := w.create()
	for quota, ok := range map[int64]bool{
		-1: false, 0: false, 999_999: false, 1_000_000: true, 1_000_000_000_000_000: true, 1_000_000_000_000_001: false,
	} {
		d := w.draft()
		d.QuotaBytes = quota
		_, _, err := w.Create(as(w.seller, authz.Owner), w.seller, d)
		if (err == nil) != ok {
			t.Errorf("create with %d: %v", quota, err)
		}
		_, err = w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{QuotaBytes: &quota})
		if ok {
			w.must(err)
		} else {
			w.names(err, "/quota_bytes")
		}
	}
	w.used[v.ID] = 2_000_000
	small, beyond := int64(1_500_000), int64(1)
	_, err := w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{QuotaBytes: &small})
	w.refused(err, problem.ApprovalRequired)
	_, err = w.Edit(as(w.seller, authz.Owner), w.seller, v.ID, Edit{QuotaBytes: &beyond})
	w.names(err, "/quota_bytes") // nobody could approve it
}

func TestPasswordsAreLongAndNoLetterIsReadAsAnother(t *testing.T) {
	w := newWorld(t)
	_, l := w.create()
	password := l.Password.Reveal()
	if len(password) < 20 || strings.ContainsAny(password, "0O1lI") {
		t.Errorf("%d letters, of which some are read as others: %v", len(password), strings.ContainsAny(password, "0O1lI"))
	}
	if printed := fmt.Sprintf("%v %+v %#v", l, l, l); strings.Contains(printed, password) {
		t.Error("a login that is printed shows its password")
	}
}
