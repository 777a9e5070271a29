// Package blob opens what keeps large things, such as documents. The port is gocloud.dev/blob.Bucket itself. AWS: S3;
// embedded: a folder.
//
// A key is letters, digits, dashes, underscores and dots, with slashes between, the tenant first; no key continues another
// one behind a slash. What is written under a key is not written again with other contents: a new version has a new key.
// Writes that ended well are there whole; those that did not are not there at all.
package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"

	"github.com/tierkeep/tierkeep/shared/pattern"
)

// OpenFolder opens a folder that this process alone writes to, and makes it where there is none. It clears away what writes
// left behind that a crash cut short.
func OpenFolder(folder string) (*blob.Bucket, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("open the folder of blobs: %w", err)
	}
	if err := clearAway(folder); err != nil {
		return nil, fmt.Errorf("clear the folder of blobs: %w", err)
	}
	// Temporary files stand beside their places: a rename from another file system would not be one.
	b, err := fileblob.OpenBucket(folder, &fileblob.Options{NoTempDir: true, DirFileMode: 0o700})
	if err != nil {
		return nil, fmt.Errorf("open the folder of blobs: %w", err)
	}
	return b, nil
}

const attributes = ".attrs" // what fileblob keeps beside each blob, written before the blob appears

// unfinished is how fileblob names what it still writes: key, time in hexadecimal, .tmp.
var unfinished = pattern.New(`\.[0-9a-f]{16}\.tmp$`)

func clearAway(folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	err = fs.WalkDir(root.FS(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if unfinished.MatchString(path) {
			return root.Remove(path)
		}
		of, ok := strings.CutSuffix(path, attributes)
		if !ok {
			return nil
		}
		if _, err := root.Stat(of); errors.Is(err, fs.ErrNotExist) {
			return root.Remove(path)
		}
		return nil
	})
	return errors.Join(err, root.Close())
}
