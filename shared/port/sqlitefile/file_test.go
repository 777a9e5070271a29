package sqlitefile_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
)

func open(t *testing.T, path string) *sqlitefile.File {
	t.Helper()
	f, err := sqlitefile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.Schema(`CREATE TABLE IF NOT EXISTS counts (n INTEGER NOT NULL) STRICT`); err != nil {
		t.Fatal(err)
	}
	return f
}

func insert(ctx context.Context, f *sqlitefile.File, then error) error {
	return f.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO counts VALUES (1)`); err != nil {
			return err
		}
		return then
	})
}

func wantCount(t *testing.T, f *sqlitefile.File, want int) {
	t.Helper()
	var got int
	if err := f.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM counts`).Scan(&got); err != nil || got != want {
		t.Errorf("%d rows, %v; want %d", got, err, want)
	}
}

func TestWriteKeepsAllOrNothing(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "data.sqlite"))
	if err := insert(t.Context(), f, nil); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := insert(t.Context(), f, refused); !errors.Is(err, refused) {
		t.Errorf("got %v, want the error of the work", err)
	}
	wantCount(t, f, 1)
}

func TestAPanicWithinAWriteLeavesTheFileWritable(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "data.sqlite"))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = f.Write(t.Context(), func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO counts VALUES (1)`); err != nil {
				return err
			}
			panic("broken")
		})
	}()
	if err := insert(t.Context(), f, nil); err != nil {
		t.Fatal(err)
	}
	wantCount(t, f, 1)
}

func TestAnEndedContextWritesNothing(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "data.sqlite"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := insert(ctx, f, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantCount(t, f, 0)
}

func TestWritersTakeTurns(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "data.sqlite"))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if err := insert(t.Context(), f, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantCount(t, f, 16)
}

func TestACommitIsOnDiskBeforeItIsAcknowledged(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "data.sqlite"))
	const full = 2 // no kill of a process shows the difference, only a power cut
	err := f.Write(t.Context(), func(tx *sql.Tx) error {
		var synchronous int
		var journal string
		if err := tx.QueryRowContext(t.Context(), `PRAGMA synchronous`).Scan(&synchronous); err != nil {
			return err
		}
		if err := tx.QueryRowContext(t.Context(), `PRAGMA journal_mode`).Scan(&journal); err != nil {
			return err
		}
		if synchronous != full || journal != "wal" {
			t.Errorf("synchronous is %d and the journal %q, want %d and wal", synchronous, journal, full)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "data.sqlite"))
	if _, err := f.Reader().ExecContext(t.Context(), `INSERT INTO counts VALUES (1)`); err == nil {
		t.Error("a connection for reading wrote")
	}
}

func TestOnlyItsOwnerReadsTheFile(t *testing.T) {
	folder := t.TempDir()
	f := open(t, filepath.Join(folder, "data.sqlite"))
	if err := insert(t.Context(), f, nil); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(names) < 2 {
		t.Fatalf("%v, %v: want the file and its companions", names, err)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want 0600", name, info.Mode(), err)
		}
	}
}

func TestAFileIsFoundAgainWhateverItsPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#d%41é.sqlite")
	f, err := sqlitefile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Schema(`CREATE TABLE counts (n INTEGER NOT NULL) STRICT`), insert(t.Context(), f, nil), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file stands elsewhere: %v", err)
	}
	wantCount(t, open(t, path), 1)
}

func TestAFileThatCannotBeOpenedIsAnError(t *testing.T) {
	if _, err := sqlitefile.Open(filepath.Join(t.TempDir(), "missing", "data.sqlite")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	garbage := filepath.Join(t.TempDir(), "data.sqlite")
	if err := os.WriteFile(garbage, []byte("this is no database, however long one looks at it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitefile.Open(garbage); err == nil {
		t.Error("a file that is no database was opened")
	}
}

func TestABellWakesWhoTookItBefore(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "data.sqlite"))
	next, other := f.Bell("news").Next(), f.Bell("other").Next()
	f.Bell("news").Ring()
	<-next
	select {
	case <-f.Bell("news").Next():
		t.Error("the next ring came before it")
	case <-other:
		t.Error("another bell rang")
	default:
	}
}
