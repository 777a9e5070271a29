package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/queue/queuetest"
	"github.com/tierkeep/tierkeep/shared/port/queue/sqlite"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/filetest"
)

func TestConformance(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queuetest.Harness {
		c := clock.NewFake(time.Now())
		q, err := sqlite.Open(filetest.Open(t), c)
		if err != nil {
			t.Fatal(err)
		}
		return queuetest.Harness{Queue: q, Clock: c}
	})
}

func TestKilled(t *testing.T) {
	queuetest.RunKilled(t, func(folder string) (queuetest.Opened, error) {
		file, err := sqlitefile.Open(filepath.Join(folder, "data.sqlite"))
		if err != nil {
			return queuetest.Opened{}, err
		}
		q, err := sqlite.Open(file, clock.System{})
		return queuetest.Opened{Queue: q, Close: file.Close}, err
	})
}
