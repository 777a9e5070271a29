package drivertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

const kept = 200_000

var approval = id.New(id.Approval, time.Unix(0, 0))

// trashCan skips a test where the server has no trash.
func trashCan(t *testing.T, h Harness) {
	t.Helper()
	if !has(t, h).Trash {
		t.Skip("the server says that it has no trash")
	}
}

func has(t *testing.T, h Harness) driver.Capabilities {
	t.Helper()
	info, err := h.Driver.Info(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return info.Capabilities
}

// trashed returns an account with data that went to the trash at generation 2.
func trashed(t *testing.T, h Harness) driver.AccountSpec {
	t.Helper()
	trashCan(t, h)
	s := Spec()
	ensure(t, h, s)
	if _, taken := h.Store(t, s.Devices[0].Login, password, kept); !taken {
		t.Fatal("nothing was stored")
	}
	trash(t, h, s, 2)
	return s
}

func trash(t *testing.T, h Harness, s driver.AccountSpec, generation int64) {
	t.Helper()
	if err := h.Driver.Trash(context.Background(), s.Account, generation); err != nil {
		t.Fatal(err)
	}
}

func restore(t *testing.T, h Harness, s driver.AccountSpec, generation int64) driver.Observed {
	t.Helper()
	o, err := h.Driver.Restore(context.Background(), s.Account, generation)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func purge(t *testing.T, h Harness, s driver.AccountSpec, generation int64) {
	t.Helper()
	if err := h.Driver.Purge(context.Background(), s.Account, generation, approval); err != nil {
		t.Fatal(err)
	}
}

func unknown(t *testing.T, h Harness, s driver.AccountSpec, generation int64) {
	t.Helper()
	if _, err := h.Driver.Restore(context.Background(), s.Account, generation); !errors.Is(err, driver.ErrUnknownAccount) {
		t.Fatalf("restored: %v", err)
	}
}

func trashIsGone(t *testing.T, h Harness) {
	s := trashed(t, h)
	letIn(t, h, s.Devices[0].Login, password, false)
	for _, generation := range []int64{1, 3} {
		s.Generation = generation
		if _, err := h.Driver.Ensure(context.Background(), s); !errors.Is(err, driver.ErrUnknownAccount) {
			t.Fatalf("generation %d brought it back: %v", generation, err)
		}
	}
	letIn(t, h, s.Devices[0].Login, password, false)
}

func trashTwice(t *testing.T, h Harness) {
	s := trashed(t, h)
	trash(t, h, s, 2)
	if o := restore(t, h, s, 3); o.UsedBytes < kept {
		t.Fatalf("%d bytes are left", o.UsedBytes)
	}
}

func trashNothing(t *testing.T, h Harness) {
	trashCan(t, h)
	trash(t, h, Spec(), 1)
}

func olderTrash(t *testing.T, h Harness) {
	trashCan(t, h)
	s := Spec()
	s.Generation = 5
	ensure(t, h, s)
	trash(t, h, s, 4)
	letIn(t, h, s.Devices[0].Login, password, true)
}

func restoredAsItWas(t *testing.T, h Harness) {
	trashCan(t, h)
	for _, state := range []driver.AccountState{driver.Active, driver.Suspended} {
		if state == driver.Suspended && !has(t, h).Suspend {
			continue
		}
		s := Spec()
		before := ensure(t, h, s)
		if _, taken := h.Store(t, s.Devices[0].Login, password, kept); !taken {
			t.Fatal("nothing was stored")
		}
		s.Generation, s.State = 2, state
		s.Devices[0].Password = ""
		before = ensure(t, h, s)
		trash(t, h, s, 3)
		o := restore(t, h, s, 4)
		if o.Generation != 4 || o.State != state || o.QuotaBytes != before.QuotaBytes || o.UsedBytes != before.UsedBytes || len(o.Devices) != 1 ||
			o.Devices[0] != before.Devices[0] {
			t.Fatalf("before %+v, after %+v", before, o)
		}
		letIn(t, h, s.Devices[0].Login, password, state == driver.Active)
	}
}

func restoreTwice(t *testing.T, h Harness) {
	s := trashed(t, h)
	first := restore(t, h, s, 3)
	again := restore(t, h, s, 3)
	if again.Generation != first.Generation || again.UsedBytes != first.UsedBytes {
		t.Fatalf("first %+v, again %+v", first, again)
	}
	trash(t, h, s, 4)
	restore(t, h, s, 5)
	letIn(t, h, s.Devices[0].Login, password, true)
}

func olderRestore(t *testing.T, h Harness) {
	s := trashed(t, h)
	for _, generation := range []int64{1, 2} {
		restore(t, h, s, generation)
		letIn(t, h, s.Devices[0].Login, password, false)
	}
}

func restoreNothing(t *testing.T, h Harness) {
	trashCan(t, h)
	unknown(t, h, Spec(), 1)
}

func restoreInUse(t *testing.T, h Harness) {
	trashCan(t, h)
	s := Spec()
	ensure(t, h, s)
	if o := restore(t, h, s, 2); o.Generation != 2 {
		t.Fatalf("observed generation %d", o.Generation)
	}
	letIn(t, h, s.Devices[0].Login, password, true)
	s.Generation = 1
	if o := ensure(t, h, s); o.Generation != 2 {
		t.Fatalf("an older one made it generation %d", o.Generation)
	}
}

func trashedLoginsStay(t *testing.T, h Harness) {
	s := trashed(t, h)
	other := Spec()
	other.Devices[0].Login = s.Devices[0].Login
	if _, err := h.Driver.Ensure(context.Background(), other); !errors.Is(err, driver.ErrLoginTaken) {
		t.Fatalf("got %v", err)
	}
	purge(t, h, s, 3)
	ensure(t, h, other)
	letIn(t, h, other.Devices[0].Login, password, true)
}

func purgeEnds(t *testing.T, h Harness) {
	s := trashed(t, h)
	for range 2 {
		purge(t, h, s, 3)
		unknown(t, h, s, 4)
	}
	s.Generation = 5
	if _, err := h.Driver.Ensure(context.Background(), s); !errors.Is(err, driver.ErrUnknownAccount) {
		t.Fatalf("made again: %v", err)
	}
	trash(t, h, s, 6)
	unknown(t, h, s, 7)
}

func purgeInUse(t *testing.T, h Harness) {
	trashCan(t, h)
	s := Spec()
	ensure(t, h, s)
	held, _ := h.Store(t, s.Devices[0].Login, password, kept)
	if err := h.Driver.Purge(context.Background(), s.Account, 2, approval); !errors.Is(err, driver.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	if o := restore(t, h, s, 3); o.UsedBytes != held {
		t.Fatalf("%d bytes are left of %d", o.UsedBytes, held)
	}
	letIn(t, h, s.Devices[0].Login, password, true)
}

func purgeUnapproved(t *testing.T, h Harness) {
	s := trashed(t, h)
	if err := h.Driver.Purge(context.Background(), s.Account, 3, ""); !errors.Is(err, driver.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	if o := restore(t, h, s, 4); o.UsedBytes < kept {
		t.Fatalf("%d bytes are left", o.UsedBytes)
	}
}

func olderPurge(t *testing.T, h Harness) {
	s := trashed(t, h)
	purge(t, h, s, 1)
	if o := restore(t, h, s, 3); o.UsedBytes < kept {
		t.Fatalf("%d bytes are left", o.UsedBytes)
	}
	purge(t, h, s, 2) // of before it was restored
	letIn(t, h, s.Devices[0].Login, password, true)
}

func purgeNothing(t *testing.T, h Harness) {
	trashCan(t, h)
	purge(t, h, Spec(), 1)
}

func withoutTrash(t *testing.T, h Harness) {
	if has(t, h).Trash {
		t.Skip("the server has one")
	}
	s := Spec()
	ensure(t, h, s)
	_, restored := h.Driver.Restore(context.Background(), s.Account, 2)
	for _, err := range []error{
		h.Driver.Trash(context.Background(), s.Account, 2), restored, h.Driver.Purge(context.Background(), s.Account, 2, approval),
	} {
		if !errors.Is(err, driver.ErrUnsupported) {
			t.Fatalf("got %v", err)
		}
	}
	letIn(t, h, s.Devices[0].Login, password, true)
}
