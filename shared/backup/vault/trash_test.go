package vault_test

import (
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

func (w *world) trash(s driver.AccountSpec, generation int64) {
	w.t.Helper()
	if err := w.vault.Trash(w.t.Context(), s.Account, generation); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) restore(s driver.AccountSpec, generation int64) driver.Observed {
	w.t.Helper()
	o, err := w.vault.Restore(w.t.Context(), s.Account, generation)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

var approval = id.New(id.Approval, start)

func (w *world) purge(s driver.AccountSpec, generation int64) {
	w.t.Helper()
	if err := w.vault.Purge(w.t.Context(), s.Account, generation, approval); err != nil {
		w.t.Fatal(err)
	}
}

// inTrash lists the folders of the trash.
func (w *world) inTrash() (names []string) {
	w.t.Helper()
	in, err := os.ReadDir(filepath.Join(w.folder, "trash"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range in {
		names = append(names, e.Name())
	}
	return names
}

// database changes the vault's file while nobody has it open, as if a kill had left it so.
func (w *world) database(statement string, args ...any) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.folder, "vault.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := db.Exec(statement, args...); err != nil {
		w.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func TestARealClientGetsItsDataBackFromTheTrash(t *testing.T) {
	w := newWorld(t)
	s := newSpec("shop-a1b2c")
	w.ensure(s)
	m := newMachine(t, w.url, "shop-a1b2c")
	m.mustRun("init")
	m.write("letters", 300_000)
	m.write("film", 3_000_000)
	m.backup()

	w.trash(s, 2)
	m.mustFail("snapshots")
	w.reopen()
	m.url = w.url
	m.mustFail("backup", ".")
	before := w.restore(s, 3)
	m.mustRestore()
	m.mustRun("check", "--read-data")
	m.write("more", 200_000)
	m.backup()
	m.mustRestore()
	if w.wantExact(s) <= before.UsedBytes {
		t.Error("the new backup is not counted")
	}

	w.trash(s, 4)
	w.purge(s, 5)
	m.mustFail("snapshots")
	if left := w.inTrash(); len(left) > 0 {
		t.Errorf("left in the trash: %v", left)
	}
}

func TestWhatAKillLeftOfARestoreIsInTheTrashStill(t *testing.T) {
	w, s, c := opened(t)
	w.trash(*s, 2)
	held := w.inTrash()
	w.stop()
	data := filepath.Join(w.folder, "data", s.Account)
	if err := os.Rename(filepath.Join(w.folder, "trash", held[0]), data); err != nil { // moved back, and killed before that was noted
		t.Fatal(err)
	}
	w.open()
	if diff := cmp.Diff(held, w.inTrash()); diff != "" {
		t.Fatal(diff)
	}
	w.restore(*s, 3)
	c.reconnect()
	again := w.client(s.Devices[0].Login)
	again.want(http.StatusOK, http.MethodHead, "/config", nil)
}

func TestWhatAKillLeftOfAPurgeIsDeletedAtTheNextStart(t *testing.T) {
	w, s, _ := opened(t)
	w.trash(*s, 2)
	folder := filepath.Join(w.folder, "trash", w.inTrash()[0])
	w.purge(*s, 3)
	w.stop()
	if err := os.MkdirAll(filepath.Join(folder, "data"), 0o700); err != nil { // condemned, and killed before all of it was deleted
		t.Fatal(err)
	}
	w.database(`UPDATE purges SET burnt = 0`)
	w.open()
	if left := w.inTrash(); len(left) > 0 {
		t.Fatalf("left in the trash: %v", left)
	}
	if _, err := w.vault.Restore(t.Context(), s.Account, 4); !errors.Is(err, driver.ErrUnknownAccount) {
		t.Fatalf("restored: %v", err)
	}
}

func TestTheVaultKeepsUnderWhichApprovalItPurged(t *testing.T) {
	w, s, _ := opened(t)
	w.trash(*s, 2)
	w.purge(*s, 3)
	w.purge(*s, 4)
	w.stop()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.folder, "vault.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var account, under string
	var generation int64
	if err := db.QueryRow(`SELECT account, approval, generation FROM purges`).Scan(&account, &under, &generation); err != nil {
		t.Fatal(err)
	}
	if account != s.Account || under != approval || generation != 3 {
		t.Errorf("%s was purged under %s at generation %d", account, under, generation)
	}
	w.open()
}

func TestJobsOfATrashedAccountEndAndAreNotTakenUp(t *testing.T) {
	w, s, c := opened(t)
	c.save("locks", 150)
	w.trash(*s, 2)
	w.reopen()
	w.restore(*s, 3)
	again := w.client(s.Devices[0].Login)
	lock := again.save("locks", 150)
	again.save("data", 1000)
	again.save("snapshots", 300)
	again.remove("locks", lock)
	w.wantJob(driver.Backup, driver.Success, "")
}

func TestAnotherAccountMayHaveTheLoginOfAPurgedOne(t *testing.T) {
	w, s, _ := opened(t)
	other := newSpec(s.Devices[0].Login)
	w.trash(*s, 2)
	w.reopen() // what is in the trash is known after a start too
	if _, err := w.vault.Ensure(t.Context(), other); !errors.Is(err, driver.ErrLoginTaken) {
		t.Fatalf("got %v", err)
	}
	sameDevice := newSpec("shop-other")
	sameDevice.Devices[0].Device = s.Devices[0].Device
	if _, err := w.vault.Ensure(t.Context(), sameDevice); !errors.Is(err, driver.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	w.purge(*s, 3)
	if o := w.ensure(other); o.UsedBytes != 0 {
		t.Errorf("begins with %d bytes", o.UsedBytes)
	}
}
