package rest_test

import (
	"testing"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
)

func newRows(t *testing.T, c clock.Clock) store.Store {
	t.Helper()
	file := filetest.Open(t)
	rows, err := sqlite.Open(file, c)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
