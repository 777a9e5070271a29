package onaws

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/infra/functions"
)

const root = "../../.."

// groupsByName are the groups as mains name them.
func groupsByName() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for _, g := range Groups {
		all[reflect.TypeOf(g).Name()] = reflect.TypeOf(g)
	}
	return all
}

// asked reads which variables a main asks for: those that must be set, and all.
func asked(t *testing.T, f functions.Function) (must, all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, f.Main(), "main.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	groups := groupsByName()
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range s.Fields.List {
			selector, ok := field.Type.(*ast.SelectorExpr)
			if !ok || groups[selector.Sel.Name] == nil {
				t.Errorf("%s: the Config has a field that is no group", f.Name())
				continue
			}
			group := groups[selector.Sel.Name]
			for i := range group.NumField() {
				tag := group.Field(i).Tag
				all = append(all, tag.Get("env"))
				if tag.Get("required") == "true" {
					must = append(must, tag.Get("env"))
				}
			}
		}
		return false
	})
	slices.Sort(must)
	return must, all
}

func TestAFunctionAsksForWhatItsInfrastructureTellsIt(t *testing.T) {
	for _, f := range functions.All {
		t.Run(f.Name(), func(t *testing.T) {
			must, all := asked(t, f)
			for _, name := range f.Variables() {
				if !slices.Contains(all, name) {
					t.Errorf("is told %s and does not ask for it", name)
				}
			}
			told := slices.DeleteFunc(f.Variables(), func(name string) bool { return !slices.Contains(must, name) })
			if diff := cmp.Diff(must, told); diff != "" {
				t.Errorf("asks for (-) and is told (+): %s", diff)
			}
		})
	}
}

func TestEveryMainStandsInTheListOfFunctions(t *testing.T) {
	mains, err := filepath.Glob(filepath.Join(root, "functions", "*", "lambda", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		t.Fatal(mains, err)
	}
	for _, main := range mains {
		folder, err := filepath.Rel(root, filepath.Dir(main))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(functions.All, func(f functions.Function) bool { return f.Main() == filepath.ToSlash(folder) }) {
			t.Errorf("%s is deployed by nobody", folder)
		}
	}
	for _, f := range functions.All {
		if _, err := os.Stat(filepath.Join(root, f.Main(), "main.go")); err != nil {
			t.Errorf("%s has no main: %v", f.Name(), err)
		}
	}
}
