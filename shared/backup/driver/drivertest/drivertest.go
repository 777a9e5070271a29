// Package drivertest is the conformance suite of the driver port: every promise of driver.Driver as a test. It is run over
// each adapter with a harness that plays the server's clients. What a server says it cannot do is not asked of it, but that it
// refuses: with driver.ErrUnsupported, and nothing changed.
package drivertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// Harness is a server under test and a client of it.
type Harness struct {
	Driver driver.Driver
	// Login tells whether a client is let in with this login and password.
	Login func(t *testing.T, login, password string) bool
	// Store lets a client store bytes under a login, and returns how many the server keeps for it then.
	Store func(t *testing.T, login, password string, bytes int) (kept int64, taken bool)
}

// Run runs the suite. New returns an empty server.
func Run(t *testing.T, open func(*testing.T) Harness) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Harness){
		"the server says what it is":                                    saysWhatItIs,
		"an account that is ensured can be used":                        canBeUsed,
		"ensuring twice is one account":                                 twiceIsOne,
		"an older generation changes nothing":                           olderChangesNothing,
		"a password stays until another is given":                       passwordStays,
		"a changed login is a rename that keeps the data":               renameKeepsData,
		"a login belongs to one device":                                 loginIsTaken,
		"a rename is kept when it comes again":                          renameTwice,
		"a suspended account lets nobody in":                            suspendedIsShut,
		"a read-only account lets in and takes nothing":                 readOnlyTakesNothing,
		"an account may have several devices":                           severalDevices,
		"a device that is not named any more keeps its data":            unnamedStays,
		"ensuring side by side is one account":                          sideBySide,
		"a quota is a limit":                                            quotaLimits,
		"a trashed account is gone for its clients":                     trashIsGone,
		"trashing what is gone succeeds":                                trashTwice,
		"trashing what never was succeeds":                              trashNothing,
		"an older trash changes nothing":                                olderTrash,
		"what is restored is as it was":                                 restoredAsItWas,
		"restoring twice is restoring once":                             restoreTwice,
		"an older restore changes nothing":                              olderRestore,
		"restoring what the server does not have is told":               restoreNothing,
		"restoring what is in use changes nothing":                      restoreInUse,
		"the logins of a trashed account stay taken until the purge":    trashedLoginsStay,
		"a purge ends what is in the trash, once":                       purgeEnds,
		"a purge never touches what is in use":                          purgeInUse,
		"a purge without an approval is refused":                        purgeUnapproved,
		"an older purge changes nothing":                                olderPurge,
		"purging what never was succeeds":                               purgeNothing,
		"a server without a trash says so":                              withoutTrash,
		"an impossible account is refused by name":                      invalidIsNamed,
		"reports come at least once, and end":                           reportsComeOnce,
		"reports that were not passed on come again, in the same order": reportsComeAgain,
		"what changed is reported again with a higher revision":         revisionsGrow,
		"a foreign cursor is refused":                                   foreignCursor,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

const password = "a long enough password"

// Spec returns a possible account with one device.
func Spec() driver.AccountSpec {
	now := time.Now()
	return driver.AccountSpec{
		Account: id.New(id.Account, now), Generation: 1, Type: driver.Online, State: driver.Active, QuotaBytes: 50_000_000,
		Devices: []driver.DeviceSpec{{Device: id.New(id.Device, now), Login: "shop-" + randomLogin(now), Password: password}},
	}
}

func randomLogin(now time.Time) string {
	s := id.New("x", now)
	return "l" + strings.ToLower(s[len(s)-8:])
}

func ensure(t *testing.T, h Harness, s driver.AccountSpec) driver.Observed {
	t.Helper()
	o, err := h.Driver.Ensure(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func letIn(t *testing.T, h Harness, login, password string, want bool) {
	t.Helper()
	if got := h.Login(t, login, password); got != want {
		t.Fatalf("%s let in: %v, want %v", login, got, want)
	}
}

func saysWhatItIs(t *testing.T, h Harness) {
	i, err := h.Driver.Info(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if i.Product == "" || i.Version == "" || i.Driver == "" || i.TotalBytes < i.FreeBytes || i.FreeBytes <= 0 {
		t.Fatalf("%+v", i)
	}
}

func canBeUsed(t *testing.T, h Harness) {
	s := Spec()
	o := ensure(t, h, s)
	want := driver.Observed{
		Account: s.Account, Generation: 1, State: driver.Active, QuotaBytes: s.QuotaBytes,
		Devices: []driver.ObservedDevice{{Device: s.Devices[0].Device, Login: s.Devices[0].Login}},
	}
	if diff := cmp.Diff(want, o); diff != "" {
		t.Fatal(diff)
	}
	letIn(t, h, s.Devices[0].Login, password, true)
	letIn(t, h, s.Devices[0].Login, "another", false)
}

func twiceIsOne(t *testing.T, h Harness) {
	s := Spec()
	if diff := cmp.Diff(ensure(t, h, s), ensure(t, h, s)); diff != "" {
		t.Fatal(diff)
	}
}

func olderChangesNothing(t *testing.T, h Harness) {
	s := Spec()
	s.Generation = 5
	now := ensure(t, h, s)
	s.Generation, s.QuotaBytes, s.State = 4, 1, driver.Suspended
	if diff := cmp.Diff(now, ensure(t, h, s)); diff != "" {
		t.Fatal(diff)
	}
}

func passwordStays(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	s.Generation, s.Devices[0].Password = 2, ""
	ensure(t, h, s)
	letIn(t, h, s.Devices[0].Login, password, true)
	s.Generation, s.Devices[0].Password = 3, "a newer long password"
	ensure(t, h, s)
	letIn(t, h, s.Devices[0].Login, password, false)
	letIn(t, h, s.Devices[0].Login, "a newer long password", true)
}

// capabilities is what the server says it can do.
func capabilities(t *testing.T, h Harness) driver.Capabilities {
	t.Helper()
	i, err := h.Driver.Info(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return i.Capabilities
}

// can ensures a spec where the server is able to, and else checks that it says that it is not and changes nothing.
func can(t *testing.T, h Harness, able bool, before, s driver.AccountSpec) bool {
	t.Helper()
	if able {
		ensure(t, h, s)
		return true
	}
	was := ensure(t, h, before)
	if _, err := h.Driver.Ensure(context.Background(), s); !errors.Is(err, driver.ErrUnsupported) {
		t.Fatalf("the server says that it cannot, and then: %v", err)
	}
	if diff := cmp.Diff(was, ensure(t, h, before)); diff != "" {
		t.Fatalf("refused, and yet:\n%s", diff)
	}
	return false
}

func next(s driver.AccountSpec, change func(*driver.AccountSpec)) driver.AccountSpec {
	s.Generation++
	s.Devices = slices.Clone(s.Devices)
	change(&s)
	return s
}

func renameKeepsData(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	kept, taken := h.Store(t, s.Devices[0].Login, password, 10_000)
	if !taken {
		t.Fatal("not stored")
	}
	old := s.Devices[0].Login
	renamed := next(s, func(s *driver.AccountSpec) { s.Devices[0].Login, s.Devices[0].Password = old+"-new", "" })
	if !can(t, h, capabilities(t, h).Rename == driver.RenameOnline, s, renamed) {
		return
	}
	if o := ensure(t, h, renamed); o.UsedBytes != kept || o.Devices[0].Login != old+"-new" {
		t.Fatalf("%+v, want %d bytes", o, kept)
	}
	letIn(t, h, old, password, false)
	letIn(t, h, old+"-new", password, true)
	if more, taken := h.Store(t, old+"-new", password, 10_000); !taken || more <= kept {
		t.Fatalf("%d bytes after %d: the data are not where they were", more, kept)
	}
	other := Spec() // the old login is free
	other.Devices[0].Login = old
	ensure(t, h, other)
	letIn(t, h, old, password, true)
}

func renameTwice(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	renamed := next(s, func(s *driver.AccountSpec) { s.Devices[0].Login += "-new" })
	if !can(t, h, capabilities(t, h).Rename == driver.RenameOnline, s, renamed) {
		return
	}
	want := ensure(t, h, renamed)
	for _, late := range []driver.AccountSpec{renamed, s} { // the same again, and the older one
		if diff := cmp.Diff(want, ensure(t, h, late)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func readOnlyTakesNothing(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	kept, _ := h.Store(t, s.Devices[0].Login, password, 10_000)
	readOnly := next(s, func(s *driver.AccountSpec) { s.State = driver.ReadOnly })
	if !can(t, h, capabilities(t, h).Suspend, s, readOnly) {
		return
	}
	letIn(t, h, s.Devices[0].Login, password, true)
	if _, taken := h.Store(t, s.Devices[0].Login, password, 10_000); taken {
		t.Fatal("something was taken")
	}
	if o := ensure(t, h, readOnly); o.State != driver.ReadOnly || o.UsedBytes != kept {
		t.Fatalf("%+v, want %d bytes", o, kept)
	}
}

func severalDevices(t *testing.T, h Harness) {
	s := Spec()
	s.Devices = append(s.Devices, Spec().Devices[0])
	ensure(t, h, s)
	first, _ := h.Store(t, s.Devices[0].Login, password, 10_000)
	second, _ := h.Store(t, s.Devices[1].Login, password, 20_000)
	o := ensure(t, h, s)
	if len(o.Devices) != 2 || o.Devices[0].UsedBytes != first || o.Devices[1].UsedBytes != second || o.UsedBytes != first+second {
		t.Fatalf("%+v, want %d and %d bytes", o, first, second)
	}
}

func unnamedStays(t *testing.T, h Harness) {
	s := Spec()
	s.Devices = append(s.Devices, Spec().Devices[0])
	ensure(t, h, s)
	kept, _ := h.Store(t, s.Devices[1].Login, password, 20_000)
	o := ensure(t, h, next(s, func(s *driver.AccountSpec) { s.Devices = s.Devices[:1] }))
	if o.UsedBytes < kept {
		t.Fatalf("%+v: %d bytes are gone", o, kept)
	}
}

func sideBySide(t *testing.T, h Harness) {
	s := Spec()
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			mine := next(s, func(s *driver.AccountSpec) { s.Generation, s.QuotaBytes = int64(1+n), int64(1_000_000*(1+n)) })
			if _, err := h.Driver.Ensure(context.Background(), mine); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.Generation = 1
	if o := ensure(t, h, s); o.Generation != 6 || o.QuotaBytes != 6_000_000 || len(o.Devices) != 1 {
		t.Fatalf("the newest generation did not win: %+v", o)
	}
}

func loginIsTaken(t *testing.T, h Harness) {
	a, b := Spec(), Spec()
	ensure(t, h, a)
	b.Devices[0].Login = a.Devices[0].Login
	if _, err := h.Driver.Ensure(context.Background(), b); !errors.Is(err, driver.ErrLoginTaken) {
		t.Fatalf("got %v", err)
	}
	letIn(t, h, a.Devices[0].Login, password, true)
}

func suspendedIsShut(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	shut := next(s, func(s *driver.AccountSpec) { s.State = driver.Suspended })
	if !can(t, h, capabilities(t, h).Suspend, s, shut) {
		return
	}
	letIn(t, h, s.Devices[0].Login, password, false)
	ensure(t, h, next(shut, func(s *driver.AccountSpec) { s.State = driver.Active }))
	letIn(t, h, s.Devices[0].Login, password, true)
}

func quotaLimits(t *testing.T, h Harness) {
	s := Spec()
	s.QuotaBytes = 0
	ensure(t, h, s)
	kept, _ := h.Store(t, s.Devices[0].Login, password, 10_000)
	limited := next(s, func(s *driver.AccountSpec) { s.QuotaBytes = kept + 5_000 })
	if !can(t, h, capabilities(t, h).Quota, s, limited) {
		return
	}
	if _, taken := h.Store(t, s.Devices[0].Login, password, 10_000); taken {
		t.Fatal("more than the quota was taken")
	}
	ensure(t, h, next(limited, func(s *driver.AccountSpec) { s.QuotaBytes = kept + 20_000 }))
	if _, taken := h.Store(t, s.Devices[0].Login, password, 10_000); !taken {
		t.Fatal("what fits was refused")
	}
}

func invalidIsNamed(t *testing.T, h Harness) {
	s := Spec()
	s.QuotaBytes = -1
	_, err := h.Driver.Ensure(context.Background(), s)
	var wrong *driver.Wrong
	if !errors.As(err, &wrong) || wrong.Field != "/quota_bytes" {
		t.Fatalf("got %v", err)
	}
}

func reportsComeOnce(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	h.Store(t, s.Devices[0].Login, password, 10_000)
	first := readAll(t, h, "", 1)
	again := readAll(t, h, "", 100)
	if diff := cmp.Diff(first, again, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("the size of a page changes what comes:\n%s", diff)
	}
	if len(first.Jobs)+len(first.Usage) == 0 {
		t.Fatal("nothing was reported")
	}
	rest := readAll(t, h, first.Next, 100)
	if len(rest.Jobs)+len(rest.Events)+len(rest.Usage) != 0 {
		t.Fatalf("the same came behind its own cursor: %+v", rest)
	}
	for _, j := range first.Jobs {
		if err := j.Validate(); err != nil || j.Account != s.Account || j.Device != s.Devices[0].Device {
			t.Errorf("job %+v: %v", j, err)
		}
	}
	for _, u := range first.Usage {
		if err := u.Validate(); err != nil || u.Account != s.Account || u.Device != s.Devices[0].Device {
			t.Errorf("sample %+v: %v", u, err)
		}
	}
	for _, e := range first.Events {
		if err := e.Validate(); err != nil {
			t.Errorf("event %+v: %v", e, err)
		}
	}
}

func reportsComeAgain(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	h.Store(t, s.Devices[0].Login, password, 10_000)
	for cursor, page := "", 0; ; page++ {
		r, err := h.Driver.Reports(context.Background(), cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		again, err := h.Driver.Reports(context.Background(), cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("page %d:\n%s", page, diff)
		}
		if n := len(r.Jobs) + len(r.Events) + len(r.Usage); n > 1 {
			t.Fatalf("%d entries in a page of one", n)
		}
		if !r.More {
			return
		}
		cursor = r.Next
	}
}

func revisionsGrow(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	revisions, cursor := map[string]int64{}, ""
	for range 3 {
		h.Store(t, s.Devices[0].Login, password, 1_000)
		r := readAll(t, h, cursor, 10)
		cursor = r.Next
		for _, j := range r.Jobs {
			if j.Revision <= revisions[j.ID] {
				t.Fatalf("job %s comes again with revision %d after %d", j.ID, j.Revision, revisions[j.ID])
			}
			revisions[j.ID] = j.Revision
		}
		for _, e := range r.Events {
			if e.Revision <= revisions[e.ID] {
				t.Fatalf("event %s comes again with revision %d after %d", e.ID, e.Revision, revisions[e.ID])
			}
			revisions[e.ID] = e.Revision
		}
	}
	if len(revisions) < 3 {
		t.Fatalf("three runs are %d jobs", len(revisions))
	}
}

func readAll(t *testing.T, h Harness, cursor string, limit int) driver.Reports {
	t.Helper()
	all := driver.Reports{Next: cursor}
	for range 1000 {
		r, err := h.Driver.Reports(context.Background(), all.Next, limit)
		if err != nil {
			t.Fatal(err)
		}
		all.Jobs, all.Events, all.Usage = append(all.Jobs, r.Jobs...), append(all.Events, r.Events...), append(all.Usage, r.Usage...)
		all.Next = r.Next
		if !r.More {
			return all
		}
	}
	t.Fatal("reports do not end")
	return all
}

func foreignCursor(t *testing.T, h Harness) {
	if _, err := h.Driver.Reports(context.Background(), "not a cursor of this server", 10); !errors.Is(err, driver.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
}
