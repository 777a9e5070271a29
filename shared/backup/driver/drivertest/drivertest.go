// Package drivertest is the conformance suite of the driver port: every promise of driver.Driver as a test. It is run over
// each adapter with a harness that plays the server's clients.
package drivertest

import (
	"context"
	"errors"
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
		"the server says what it is":                                  saysWhatItIs,
		"an account that is ensured can be used":                      canBeUsed,
		"ensuring twice is one account":                               twiceIsOne,
		"an older generation changes nothing":                         olderChangesNothing,
		"a password stays until another is given":                     passwordStays,
		"a changed login is a rename that keeps the data":             renameKeepsData,
		"a login belongs to one device":                               loginIsTaken,
		"a suspended account lets nobody in":                          suspendedIsShut,
		"a quota is a limit":                                          quotaLimits,
		"a trashed account is gone for its clients, and can be again": trashIsGone,
		"trashing what is gone succeeds":                              trashTwice,
		"an impossible account is refused by name":                    invalidIsNamed,
		"reports come at least once, and end":                         reportsComeOnce,
		"a foreign cursor is refused":                                 foreignCursor,
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
	return "l" + lower(s[len(s)-8:])
}

func lower(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
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

func renameKeepsData(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	kept, taken := h.Store(t, s.Devices[0].Login, password, 10_000)
	if !taken {
		t.Fatal("not stored")
	}
	old := s.Devices[0].Login
	s.Generation, s.Devices[0].Login, s.Devices[0].Password = 2, old+"-new", ""
	o := ensure(t, h, s)
	if o.UsedBytes != kept {
		t.Fatalf("used %d, want %d", o.UsedBytes, kept)
	}
	letIn(t, h, old, password, false)
	letIn(t, h, old+"-new", password, true)
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
	s.Generation, s.State = 2, driver.Suspended
	ensure(t, h, s)
	letIn(t, h, s.Devices[0].Login, password, false)
	s.Generation, s.State = 3, driver.Active
	ensure(t, h, s)
	letIn(t, h, s.Devices[0].Login, password, true)
}

func quotaLimits(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	kept, _ := h.Store(t, s.Devices[0].Login, password, 10_000)
	s.Generation, s.QuotaBytes = 2, kept+5_000
	ensure(t, h, s)
	if _, taken := h.Store(t, s.Devices[0].Login, password, 10_000); taken {
		t.Fatal("more than the quota was taken")
	}
	s.Generation, s.QuotaBytes = 3, kept+20_000
	ensure(t, h, s)
	if _, taken := h.Store(t, s.Devices[0].Login, password, 10_000); !taken {
		t.Fatal("what fits was refused")
	}
}

func trashIsGone(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	if err := h.Driver.Trash(context.Background(), s.Account, 2); err != nil {
		t.Fatal(err)
	}
	letIn(t, h, s.Devices[0].Login, password, false)
	if _, err := h.Driver.Ensure(context.Background(), s); !errors.Is(err, driver.ErrUnknownAccount) {
		t.Fatalf("an older generation brought it back: %v", err)
	}
	s.Generation = 3
	if o := ensure(t, h, s); o.UsedBytes != 0 {
		t.Fatalf("the new account begins with %d bytes", o.UsedBytes)
	}
}

func trashTwice(t *testing.T, h Harness) {
	s := Spec()
	ensure(t, h, s)
	for range 2 {
		if err := h.Driver.Trash(context.Background(), s.Account, 2); err != nil {
			t.Fatal(err)
		}
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
		if err := j.Validate(); err != nil {
			t.Errorf("job %s: %v", j.ID, err)
		}
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
