// Package workflows holds the definitions of all long-running processes, in the Amazon States Language: one file per
// machine. Step Functions runs them on AWS, shared/port/workflow/sqlite on one machine.
package workflows

import (
	"embed"
	"strings"
)

//go:embed *.asl.json
var files embed.FS

const suffix = ".asl.json"

// Functions names what the definitions call: each placeholder ${Name} of a function, and the tasks that it must know.
var Functions = map[string][]string{
	"ApprovalsTasks": {"ask", "remind", "ask_again", "expire", "failed"},
}

// All returns every definition by the name of its machine.
func All() map[string][]byte {
	all := map[string][]byte{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("the embedded folder can always be read: " + err.Error())
	}
	for _, e := range entries {
		definition, err := files.ReadFile(e.Name())
		if err != nil {
			panic("an embedded file can always be read: " + err.Error())
		}
		all[strings.TrimSuffix(e.Name(), suffix)] = definition
	}
	return all
}
