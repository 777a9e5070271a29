package functions_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/tierkeep/tierkeep/infra/functions"
)

const root = "../.."

// What a main is told, cmd/assemble/onaws holds against its row; here stands what it links. An adapter that no row speaks of
// would be refused by the function's role, and one that is missing would be a right that nobody needs.
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
