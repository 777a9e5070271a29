package asl

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// seenBy begins the comment of a state whose outcome a person sees, and says who.
const seenBy = "Seen by "

// Prove walks a definition that Load takes and fails with everything that would let an execution hang, or fail where nobody
// looks:
//
//   - every target exists and every state is reachable from StartAt,
//   - every state can come to an end,
//   - every Choice has a Default,
//   - every function is known, and every task that its payload names in a field "task",
//   - every task that waits for its token has a timeout,
//   - what a called function replied is reduced by a ResultSelector or thrown away: Step Functions puts more beside the
//     payload than the embedded engine does,
//   - every Task, or a Parallel or Map around it, catches States.ALL, and whichever way goes on from there passes a state
//     that a person sees, which its comment says: "Seen by <whom>: …". Catchers of certain errors are ordinary ways,
//   - every Fail is seen by a person.
//
// Functions names the functions and the tasks that each knows.
func Prove(definition []byte, functions map[string][]string) error {
	m, err := Load(definition)
	if err != nil {
		return err
	}
	w := walk{functions: functions}
	w.machine(m, false)
	if len(w.errs) > 0 {
		return fmt.Errorf("prove a definition: %w", errors.Join(w.errs...))
	}
	return nil
}

type walk struct {
	functions map[string][]string
	errs      []error
}

func (w *walk) fail(s *State, format string, args ...any) {
	w.errs = append(w.errs, fmt.Errorf("state %q: "+format, append([]any{s.Name}, args...)...))
}

// machine walks a machine; caught says that a state around it catches everything.
func (w *walk) machine(m *Machine, caught bool) {
	reached := m.reachable(m.StartAt)
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		s := m.States[name]
		if !reached[name] {
			w.fail(s, "it cannot be reached")
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(m.reachable(name))), func(n string) bool { return m.States[n].ends() }) {
			w.fail(s, "it cannot come to an end")
		}
		w.state(m, s, caught)
	}
}

// reachable returns the states that can follow a state, itself included.
func (m *Machine) reachable(from string) map[string]bool {
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		for _, t := range m.States[name].targets() {
			visit(t.state)
		}
	}
	visit(from)
	return reached
}

// ends tells whether the machine ends when the state does.
func (s *State) ends() bool { return s.Next == "" && s.Type != Choice }

func (s *State) seen() bool { return strings.HasPrefix(s.Comment, seenBy) }

func (w *walk) state(m *Machine, s *State, caught bool) {
	own := w.catches(m, s)
	switch s.Type {
	case Task:
		w.task(s)
		if !own && !caught {
			w.fail(s, "neither it nor a state around it catches %s", ErrAll)
		}
	case Parallel, Map:
		for _, branch := range s.Branches {
			w.machine(branch, own || caught)
		}
	case Choice:
		if s.Default == "" {
			w.fail(s, "it has no Default")
		}
	case Fail:
		if !s.seen() {
			w.fail(s, "nobody sees that it failed: its comment does not say %q", seenBy)
		}
	case Pass, Wait, Succeed:
	}
}

// catches tells whether a state catches everything, and proves that somebody sees it.
func (w *walk) catches(m *Machine, s *State) bool {
	for _, c := range s.Catch {
		if !slices.Contains(c.Errors, ErrAll) {
			continue
		}
		if end := m.unseen(c.Next, map[string]bool{}); end != "" {
			w.fail(s, "after an error it can end in %q without a person having seen it", end)
		}
		return true
	}
	return false
}

// unseen returns where a way can end on which no state is seen by a person; empty where there is none.
func (m *Machine) unseen(from string, visited map[string]bool) string {
	s := m.States[from]
	if s.seen() || visited[from] {
		return ""
	}
	visited[from] = true
	if s.ends() {
		return from
	}
	for _, t := range s.targets() {
		if end := m.unseen(t.state, visited); end != "" {
			return end
		}
	}
	return ""
}

func (w *walk) task(s *State) {
	tasks, known := w.functions[s.Function]
	if !known {
		w.fail(s, "function %q is not known", s.Function)
	}
	payload, _ := s.parameters.(map[string]any)["Payload"].(map[string]any)
	if name, named := payload["task"].(string); known && named && !slices.Contains(tasks, name) {
		w.fail(s, "function %q does not know task %q", s.Function, name)
	}
	if s.Waits && s.timeout == (seconds{}) {
		w.fail(s, "it waits for its token without a timeout")
	}
	if !s.Waits && s.resultSelector == nil && s.resultPath != nil {
		w.fail(s, "it keeps all of a reply that is not the same everywhere: it has neither a ResultSelector nor a ResultPath of null")
	}
}
