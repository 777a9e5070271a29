package archtest

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
)

// serviceViolations are the use cases (exported methods with a context of a feature's Service) that do not ask for their right
// in one of their first two statements. A method that is nothing but a call of another method of the Service asks through that.
func serviceViolations(p *project) []string {
	var found []string
	used := map[string]bool{}
	for _, folder := range slices.Sorted(maps.Keys(p.packages)) {
		feature, inside := featureOf(folder)
		if feature == "" || inside != "" {
			continue
		}
		methods := methodsOfService(p.packages[folder])
		for _, name := range slices.Sorted(maps.Keys(methods)) {
			if !ast.IsExported(name) || !takesContext(methods[name]) {
				continue
			}
			useCase := feature + ".Service." + name
			if unasked[useCase] != "" {
				used[useCase] = true
				continue
			}
			if !asks(methods, name, map[string]bool{}) {
				found = append(found, fmt.Sprintf("%s: none of its first two statements calls Require, RequireServer or RequireAgent", useCase))
			}
		}
	}
	for _, useCase := range slices.Sorted(maps.Keys(unasked)) {
		feature, _, _ := strings.Cut(useCase, ".")
		if !used[useCase] && p.packages["functions/"+feature] != nil {
			found = append(found, fmt.Sprintf("%s: stands among those that ask for no right, but does not exist", useCase))
		}
	}
	return found
}

func methodsOfService(k *pkg) map[string]*ast.FuncDecl {
	methods := map[string]*ast.FuncDecl{}
	for _, file := range k.syntax {
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Body == nil {
				continue
			}
			of := f.Recv.List[0].Type
			if pointer, ok := of.(*ast.StarExpr); ok {
				of = pointer.X
			}
			if name, ok := of.(*ast.Ident); ok && name.Name == "Service" {
				methods[f.Name.Name] = f
			}
		}
	}
	return methods
}

func takesContext(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(parameter *ast.Field) bool {
		t, ok := parameter.Type.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		from, ok := t.X.(*ast.Ident)
		return ok && from.Name == "context" && t.Sel.Name == "Context"
	})
}

func asks(methods map[string]*ast.FuncDecl, name string, visited map[string]bool) bool {
	method := methods[name]
	if method == nil || visited[name] {
		return false
	}
	visited[name] = true
	statements := method.Body.List
	for _, statement := range statements[:min(2, len(statements))] {
		if callsRequire(statement) {
			return true
		}
	}
	return len(statements) == 1 && asks(methods, delegate(method), visited)
}

// asking are the questions that authz answers: for persons and consumers, for agents about a server, and for agents about
// what is their own.
var asking = []string{"Require", "RequireServer", "RequireAgent"}

// callsRequire looks at what the statement itself always runs, not at what it runs only on a condition or later.
func callsRequire(statement ast.Stmt) bool {
	var always []ast.Node
	switch s := statement.(type) {
	case *ast.AssignStmt, *ast.ExprStmt, *ast.ReturnStmt, *ast.DeclStmt:
		always = append(always, s)
	case *ast.IfStmt:
		if s.Init != nil {
			always = append(always, s.Init)
		}
		always = append(always, s.Cond)
	}
	found := false
	for _, node := range always {
		ast.Inspect(node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CallExpr:
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && (slices.Contains(asking, s.Sel.Name)) {
					found = true
				}
			}
			return !found
		})
	}
	return found
}

// delegate is the name of the method of the same Service whose call the method returns as its only act, or "".
func delegate(method *ast.FuncDecl) string {
	back, ok := method.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(back.Results) != 1 || len(method.Recv.List[0].Names) != 1 {
		return ""
	}
	call, ok := back.Results[0].(*ast.CallExpr)
	if !ok {
		return ""
	}
	to, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	receiver, ok := to.X.(*ast.Ident)
	if !ok || receiver.Name != method.Recv.List[0].Names[0].Name {
		return ""
	}
	return to.Sel.Name
}
