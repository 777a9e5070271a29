package rest_test

import (
	"path/filepath"
	"testing"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
)

func newRows(t *testing.T, c clock.Clock) store.Store {
	t.Helper()
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "rows.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	rows, err := sqlite.Open(file, c)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
