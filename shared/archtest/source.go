package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// project is the source of a module, without its tests.
type project struct {
	module   string
	files    fs.FS
	packages map[string]*pkg // by folder, relative to the root
}

type pkg struct {
	folder  string
	imports map[string]bool // packages of the project relative to its root, others by their whole path
	syntax  []*ast.File
}

func read(module string, files fs.FS) (*project, error) {
	p := &project{module: module, files: files, packages: map[string]*pkg{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && ignored(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		return p.add(name)
	})
	return p, err
}

// ignored are the folders that the go command ignores too, and those of other languages.
func ignored(folder string) bool {
	return strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_") || folder == "testdata" || folder == "node_modules"
}

func (p *project) add(name string) error {
	text, err := fs.ReadFile(p.files, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	folder := path.Dir(name)
	k := p.packages[folder]
	if k == nil {
		k = &pkg{folder: folder, imports: map[string]bool{}}
		p.packages[folder] = k
	}
	k.syntax = append(k.syntax, file)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s imports %s: %w", name, spec.Path.Value, err)
		}
		k.imports[p.relative(imported)] = true
	}
	return nil
}

func (p *project) relative(imported string) string {
	if imported == p.module {
		return "."
	}
	return strings.TrimPrefix(imported, p.module+"/")
}

// matches tells whether an import path fits a pattern; see rule.
func matches(pattern, imported string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(imported, "/")
	for i, element := range want {
		if element == "..." {
			return true
		}
		if i >= len(have) || (element != "*" && element != have[i]) {
			return false
		}
	}
	return len(want) == len(have)
}

func matchesAny(patterns []string, imported string) bool {
	for _, pattern := range patterns {
		if matches(pattern, imported) {
			return true
		}
	}
	return false
}
