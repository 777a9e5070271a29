package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Table renders the variables of the given Config structs as one Markdown table, in their order. A variable that several mains
// read stands there once; if their defaults or descriptions differ, that is an error.
func Table(structs ...any) (string, error) {
	var table strings.Builder
	table.WriteString("| variable | value | default | meaning |\n|---|---|---|---|\n")
	first := map[string]variable{}
	for _, s := range structs {
		variables, err := variablesOf(reflect.TypeOf(s))
		if err != nil {
			return "", err
		}
		for _, v := range variables {
			if other, ok := first[v.Name]; ok {
				if other.Default != v.Default || other.Required != v.Required || other.Doc != v.Doc || other.kind.Word != v.kind.Word {
					return "", fmt.Errorf("%s is described in two ways", v.Name)
				}
				continue
			}
			first[v.Name] = v
			fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", v.Name, v.kind.Word, v.standard(), cell(v.Doc))
		}
	}
	return table.String(), nil
}

// standard is what the table says where a variable is not set.
func (v variable) standard() string {
	if v.Required {
		return "must be set"
	}
	return code(v.Default)
}

func code(text string) string {
	if text == "" {
		return "(empty)"
	}
	return "`" + cell(text) + "`"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
