// Package filetest opens SQLite files for tests.
package filetest

import (
	"path/filepath"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
)

// Open opens an empty file that is closed and gone when the test ends.
func Open(t testing.TB) *sqlitefile.File {
	t.Helper()
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "data.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}
