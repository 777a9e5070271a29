// Command generate writes the files that follow from the code, so that nobody keeps them in step by hand. It owns the table of
// those files and nothing of what stands in them: each comes from the package that knows it.
//
//	go run ./scripts/generate          writes what is stale
//	go run ./scripts/generate -check   writes nothing; names what is stale and ends with 1
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "write nothing, but end with 1 if a file is stale")
	root := flag.String("root", ".", "the project's root folder")
	flag.Parse()
	if err := run(*root, outputs, *check); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(root string, outputs []output, check bool) error {
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return fmt.Errorf("run from the project's root: %w", err)
	}
	stale, err := findStale(root, outputs)
	if err != nil {
		return err
	}
	if check {
		if len(stale) == 0 {
			return nil
		}
		names := make([]string, len(stale))
		for i, f := range stale {
			names[i] = f.name
		}
		return fmt.Errorf("stale: %s (run make generate and commit the result)", strings.Join(names, ", "))
	}
	for _, f := range stale {
		if err := f.write(root); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		fmt.Println("wrote", f.name)
	}
	return nil
}
