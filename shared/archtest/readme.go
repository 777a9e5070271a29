package archtest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// readmeViolations are the features without the page that says what they own and what fails.
func readmeViolations(p *project) ([]string, error) {
	entries, err := fs.ReadDir(p.files, "functions")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		folder := path.Join("functions", entry.Name())
		switch info, err := fs.Stat(p.files, path.Join(folder, "README.md")); {
		case errors.Is(err, fs.ErrNotExist), err == nil && info.Size() == 0:
			found = append(found, fmt.Sprintf("%s: has no README.md that says what the feature owns", folder))
		case err != nil:
			return nil, err
		}
	}
	return found, nil
}
