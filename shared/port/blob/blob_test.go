package blob_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	gocloud "gocloud.dev/blob"

	"github.com/tierkeep/tierkeep/shared/port/blob"
	"github.com/tierkeep/tierkeep/shared/port/blob/blobtest"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile/killtest"
)

func open(t *testing.T, folder string) *gocloud.Bucket {
	t.Helper()
	b, err := blob.OpenFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestConformance(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) *gocloud.Bucket { return open(t, filepath.Join(t.TempDir(), "blobs")) })
}

// contents is large enough for a kill to fall into its writing.
func contents(key string) string { return strings.Repeat(key+"\n", 20_000) }

func TestAProcessKilledDuringWritesLeavesNoHalfBlobAndLosesNone(t *testing.T) {
	folder := t.TempDir()
	done := killtest.Kill(t, folder, 60, func(folder string, ack func(string)) {
		b := open(t, folder)
		var writers sync.WaitGroup
		for writer := range 4 {
			writers.Go(func() {
				for i := 0; ; i++ {
					key := fmt.Sprintf("ten_%d/document/doc_%05d", writer, i)
					if err := b.WriteAll(context.Background(), key, []byte(contents(key)), nil); err != nil {
						panic(err)
					}
					ack(key)
				}
			})
		}
		writers.Wait()
	})
	b := open(t, folder)
	there := map[string]bool{}
	for all := b.List(nil); ; {
		o, err := all.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.ReadAll(t.Context(), o.Key)
		if err != nil || string(got) != contents(o.Key) {
			t.Errorf("%s has %d bytes of %d, %v", o.Key, len(got), len(contents(o.Key)), err)
		}
		there[o.Key] = true
	}
	for _, key := range done {
		if !there[key] {
			t.Errorf("%s was acknowledged and is not there", key)
		}
	}
}

func TestOpeningClearsAwayWhatACrashCutShortAndNothingElse(t *testing.T) {
	folder := t.TempDir()
	b := open(t, folder)
	for _, key := range []string{"a/whole", "a/whole.tmp", "a/other.0123.tmp"} {
		if err := b.WriteAll(t.Context(), key, []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, left := range []string{"a/half.18b1c9a2f0e3d4c5.tmp", "a/half.attrs"} {
		if err := os.WriteFile(filepath.Join(folder, left), []byte("h"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, folder)
	var got []string
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if !e.IsDir() && !strings.HasSuffix(path, ".attrs") {
			got = append(got, strings.TrimPrefix(path, folder+"/"))
		}
		if strings.Contains(path, "half") {
			t.Errorf("%s is still there", path)
		}
		return err
	})
	if err != nil || len(got) != 3 {
		t.Errorf("there are %v, %v", got, err)
	}
}
