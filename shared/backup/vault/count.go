package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// temporary matches what the storage writes before it renames an upload into its place.
var temporary = regexp.MustCompile(`\.rest-server-temp[0-9]*$`)

// count returns the bytes and number of all files below a folder, and removes what an upload that was cut off left.
func count(folder string) (bytes, files int64, err error) {
	var leftovers []string
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if leftover(entry.Name(), info) {
			leftovers = append(leftovers, path)
			return nil
		}
		bytes += info.Size()
		files++
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	for _, path := range leftovers {
		err = errors.Join(err, os.Remove(path))
	}
	return bytes, files, err
}

// leftover tells whether a file is half an upload. An empty configuration is one too: it is never written empty, and would
// keep its repository from being made again.
func leftover(name string, info fs.FileInfo) bool {
	return temporary.MatchString(name) || name == "config" && info.Size() == 0
}
