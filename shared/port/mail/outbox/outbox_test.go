package outbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/mailtest"
	"github.com/tierkeep/tierkeep/shared/port/mail/outbox"
)

func TestConformance(t *testing.T) {
	mailtest.Run(t, func(t *testing.T) mailtest.World {
		o := outbox.Outbox{Folder: filepath.Join(t.TempDir(), "outbox")}
		return mailtest.World{Sender: o, Arrived: func(t *testing.T) []mail.Message {
			kept, err := o.List(t.Context(), 100)
			if err != nil {
				t.Fatal(err)
			}
			var all []mail.Message
			for _, k := range kept {
				all = append(all, k.Message)
			}
			return all
		}}
	})
}

func send(t *testing.T, o outbox.Outbox, id string, date time.Time) string {
	t.Helper()
	m := mailtest.Messages()["plain"]
	m.ID, m.Date = id, date
	name, err := o.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTheNewestMailsComeFirst(t *testing.T) {
	o := outbox.Outbox{Folder: t.TempDir()}
	day := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for i, id := range []string{"b", "c", "a"} {
		send(t, o, id, day.Add(time.Duration(i)*time.Hour))
	}
	if err := os.WriteFile(filepath.Join(o.Folder, "notes.eml"), []byte("no mail"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := o.List(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range kept {
		got = append(got, k.Name)
	}
	if diff := cmp.Diff([]string{"20261124T110000Z-a", "20261124T100000Z-c"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMailThatIsSentAgainIsKeptOnce(t *testing.T) {
	o := outbox.Outbox{Folder: t.TempDir()}
	now := time.Now()
	if a, b := send(t, o, "x", now), send(t, o, "x", now); a != b {
		t.Errorf("kept as %s and %s", a, b)
	}
	if entries, err := os.ReadDir(o.Folder); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestNoNameLeadsOutOfTheFolder(t *testing.T) {
	parent := t.TempDir()
	o := outbox.Outbox{Folder: filepath.Join(parent, "outbox")}
	name := send(t, o, "x", time.Now())
	if err := os.Rename(filepath.Join(o.Folder, name+".eml"), filepath.Join(parent, name+".eml")); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"", ".", "../" + name, name, name + "/../" + name, name + "\n"} {
		if _, err := o.Get(t.Context(), n); !errors.Is(err, mail.ErrNotKept) {
			t.Errorf("%q: got %v", n, err)
		}
	}
}

func TestOnlyItsOwnerReadsTheOutbox(t *testing.T) {
	o := outbox.Outbox{Folder: filepath.Join(t.TempDir(), "outbox")}
	name := send(t, o, "x", time.Now())
	for path, want := range map[string]os.FileMode{o.Folder: 0o700, filepath.Join(o.Folder, name+".eml"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestAnEmptyOutboxIsNoError(t *testing.T) {
	if kept, err := (outbox.Outbox{Folder: filepath.Join(t.TempDir(), "none")}).List(t.Context(), 10); err != nil || len(kept) != 0 {
		t.Errorf("got %v, %v", kept, err)
	}
}
