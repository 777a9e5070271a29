// Package asl reads definitions in the Amazon States Language (https://states-language.net/spec.html) and says what each of
// their states does with its data and errors. It keeps no state and calls nothing; shared/port/workflow/sqlite does.
//
// It knows the part of the language that the project uses, in JSONPath: Pass, Task, Choice, Wait, Map, Parallel, Succeed and
// Fail, Retry and Catch, task tokens and heartbeats, the context object and four intrinsic functions. Load refuses all else
// by name and place, so that no definition means one thing here and another on AWS.
package asl

import (
	"maps"
	"slices"
	"time"
)

// Machine is a definition, or a branch of one.
type Machine struct {
	StartAt string
	States  map[string]*State
}

// Type is a state's type.
type Type string

// The types of states.
const (
	Pass     Type = "Pass"     // gives its input or a fixed result on
	Task     Type = "Task"     // calls a function
	Choice   Type = "Choice"   // goes on where the first rule matches
	Wait     Type = "Wait"     // waits for a while or until a time
	Map      Type = "Map"      // runs one branch for every item
	Parallel Type = "Parallel" // runs several branches
	Succeed  Type = "Succeed"  // ends well
	Fail     Type = "Fail"     // ends with an error
)

// State is one state, with only the fields that its type has.
type State struct {
	Name    string
	Type    Type
	Comment string
	Next    string // empty: the branch ends here

	inputPath, outputPath *path // nil: nothing is given on, as {}
	resultPath            *path // nil: the result is thrown away
	parameters            any   // of Map: ItemSelector; nil where there is none
	resultSelector        any
	result                any // of Pass
	hasResult             bool

	Function           string // of Task: the name within "${…}"
	Waits              bool   // of Task: it ends when its token is answered
	timeout, heartbeat seconds

	Choices []Rule
	Default string

	wait   seconds
	until  *time.Time
	untils *path

	ErrorName, Cause string // of Fail

	Branches       []*Machine // of Parallel; of Map the one for every item
	items          *path
	MaxConcurrency int // of Map; 0: all at once

	Retry []Retrier
	Catch []Catcher
}

// seconds is a number of seconds that stands in the definition or in the data. The zero value is none.
type seconds struct {
	fixed time.Duration
	path  *path
}

// Rule is one rule of a Choice.
type Rule struct {
	Next string
	test test
}

// Catcher says where a state goes on after an error.
type Catcher struct {
	Errors     []string
	Next       string
	resultPath *path // nil: the error is thrown away
}

// Branch returns the machine that a branch of the state runs.
func (s *State) Branch(n int) *Machine {
	if s.Type == Map {
		n = 0
	}
	return s.Branches[n]
}

// Functions lists the functions that the machine's tasks call, those of its branches too.
func (m *Machine) Functions() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		s := m.States[name]
		if s.Type == Task {
			names = append(names, s.Function)
		}
		for _, branch := range s.Branches {
			names = append(names, branch.Functions()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Find returns the state of that name, be it in a branch; nil where there is none.
func (m *Machine) Find(name string) *State {
	if s := m.States[name]; s != nil {
		return s
	}
	for _, s := range m.States {
		for _, branch := range s.Branches {
			if found := branch.Find(name); found != nil {
				return found
			}
		}
	}
	return nil
}
