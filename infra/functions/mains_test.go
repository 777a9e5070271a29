package functions_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/infra/functions"
)

const root = "../.."

func TestEveryFunctionHasAMainAndEveryMainIsAFunction(t *testing.T) {
	found, err := filepath.Glob(root + "/functions/*/lambda/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, path := range found {
		got = append(got, strings.TrimPrefix(filepath.Dir(path), root+"/"))
	}
	for _, f := range functions.All {
		want = append(want, f.Main())
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A variable that a main asks for and is not told would stop it at its first start; one that it is told and does not read
// would be a right that it does not need.
func TestAMainReadsTheVariablesThatItsFunctionIsTold(t *testing.T) {
	groups := settings(t)
	for _, f := range functions.All {
		got := []string{functions.Tracing}
		for _, group := range embedded(parse(t, f)) {
			variables, known := groups[group]
			if !known {
				t.Errorf("%s reads onaws.%s, which is no group", f.Name(), group)
			}
			got = append(got, variables...)
		}
		slices.Sort(got)
		if diff := cmp.Diff(f.Variables(), slices.Compact(got)); diff != "" {
			t.Errorf("%s is told, and reads: %s", f.Name(), diff)
		}
	}
}

func TestAMainLinksTheAdaptersOfWhatItsFunctionUses(t *testing.T) {
	for _, f := range functions.All {
		u := f.Uses
		var imported []string
		for _, i := range parse(t, f).Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imported = append(imported, path)
		}
		for port, used := range map[string]bool{
			"store":    u.Table != functions.NoAccess,
			"queue":    len(u.Sends)+len(u.Timers) > 0 || f.Kind == functions.Queue,
			"schedule": len(u.Timers) > 0,
			"workflow": len(u.Starts)+len(u.Answers) > 0,
			"secret":   len(u.Secrets) > 0,
			"mail":     u.Mail,
			"wake":     u.Hints,
		} {
			if f.Kind == functions.Stream && port == "store" {
				continue // it reads what the stream brings, in the words of the adapter, and not the table
			}
			if linked := slices.Contains(imported, "github.com/tierkeep/tierkeep/shared/port/"+port+"/aws"); linked != used {
				t.Errorf("%s links the adapter of %s: %v, and its row says that it uses it: %v", f.Name(), port, linked, used)
			}
		}
	}
}

func parse(t *testing.T, f functions.Function) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, f.Main(), "main.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// embedded returns the groups of onaws that a main's Config has.
func embedded(file *ast.File) []string {
	var groups []string
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range s.Fields.List {
			if e, ok := field.Type.(*ast.SelectorExpr); ok && len(field.Names) == 0 && e.X.(*ast.Ident).Name == "onaws" {
				groups = append(groups, e.Sel.Name)
			}
		}
		return true
	})
	return groups
}

// settings returns the variables that must be set of every group of onaws.
func settings(t *testing.T) map[string][]string {
	t.Helper()
	folder := root + "/cmd/assemble/onaws"
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string][]string{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, e.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				groups[spec.Name.Name] = required(s)
			}
			return true
		})
	}
	return groups
}

func required(s *ast.StructType) []string {
	var variables []string
	for _, field := range s.Fields.List {
		if field.Tag == nil {
			continue
		}
		tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
		if tag.Get("required") == "true" {
			variables = append(variables, tag.Get("env"))
		}
	}
	return variables
}
