package lookup_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
)

func TestALookupFindsItsOwner(t *testing.T) {
	rows := open(t)
	item := lookup.Item(lookup.Email, "platform/ann@example.com", "ten_1", "usr_1")
	if err := rows.AtomicWrite(t.Context(), store.Write{Puts: []store.Put{{Item: item, If: store.Absent}}}); err != nil {
		t.Fatal(err)
	}
	got, err := lookup.Get(t.Context(), rows, lookup.Email, "platform/ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lookup.Ref{Tenant: "ten_1", ID: "usr_1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, get := range map[string]func() (lookup.Ref, error){
		"another value": func() (lookup.Ref, error) {
			return lookup.Get(t.Context(), rows, lookup.Email, "platform/bob@example.com")
		},
		"another kind": func() (lookup.Ref, error) {
			return lookup.Get(t.Context(), rows, lookup.Login, "platform/ann@example.com")
		},
	} {
		if ref, err := get(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, %v; want ErrNotFound", name, ref, err)
		}
	}
}

func TestNoRowShowsWhatIsLookedUp(t *testing.T) {
	const secret = "tks_very-secret"
	item := lookup.Item(lookup.Session, secret, "ten_1", "ses_1")
	for _, part := range []string{item.PK, item.SK, string(item.Value)} {
		if strings.Contains(part, secret) {
			t.Errorf("%q shows the secret", part)
		}
	}
}

func TestKeysAreStable(t *testing.T) {
	want := store.Key{PK: "L#hostname#a379a6f6eeafb9a55e378c118034e2751e682fab9f2d30ab13d2125586ce1947", SK: "lookup"}
	if got := lookup.Key(lookup.Hostname, "example.com"); got != want {
		t.Errorf("got %v, want %v: rows that stand would not be found any more", got, want)
	}
}

func TestARecordThatIsNoLookupIsAnError(t *testing.T) {
	rows := open(t)
	item := store.Item{Key: lookup.Key(lookup.Conn, "1"), Value: []byte("{")}
	if err := rows.AtomicWrite(t.Context(), store.Write{Puts: []store.Put{{Item: item}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := lookup.Get(t.Context(), rows, lookup.Conn, "1"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want an error that is not ErrNotFound", err)
	}
}

func open(t *testing.T) store.Store {
	t.Helper()
	rows, err := sqlite.Open(filetest.Open(t), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
