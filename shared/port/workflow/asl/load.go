package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const maxNameLength = 80

// Load reads a definition. It fails with everything that breaks the language's rules or goes beyond the part of it that is
// supported, each by name and place.
func Load(definition []byte) (*Machine, error) {
	v, err := readJSON(definition)
	if err != nil {
		return nil, fmt.Errorf("load a definition: %w", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("load a definition: it is no object")
	}
	var errs []error
	l := loader{seen: map[string]bool{}}
	f := fields{"machine", object, &errs}
	if version := f.text("Version"); version != "" && version != "1.0" {
		f.fail("version %q is not supported", version)
	}
	m := l.machine(f, scope{})
	if len(errs) > 0 {
		return nil, fmt.Errorf("load a definition: %w", errors.Join(errs...))
	}
	return m, nil
}

// scope is what the states around a machine offer to the paths within it.
type scope struct{ item, token bool }

type loader struct{ seen map[string]bool } // the names of all states, also of those in branches

// machine reads a definition or a branch: what is left of the fields is refused.
func (l loader) machine(f fields, s scope) *Machine {
	f.text("Comment")
	m := &Machine{StartAt: f.required("StartAt"), States: map[string]*State{}}
	states, ok := typed[map[string]any](f, "States", "object")
	f.done()
	if !ok || len(states) == 0 {
		f.fail("it has no states")
		return m
	}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		at := fields{fmt.Sprintf("state %q", name), nil, f.errs}
		if at.values, ok = states[name].(map[string]any); !ok {
			at.fail("it is no object")
			continue
		}
		if utf8.RuneCountInString(name) > maxNameLength {
			at.fail("its name is longer than %d characters", maxNameLength)
		}
		if l.seen[name] {
			at.fail("its name stands twice in the machine")
		}
		l.seen[name] = true
		m.States[name] = l.state(at, name, s)
	}
	m.targets(f, states)
	return m
}

// targets refuses what leads to states that are not there, or not in the same branch.
func (m *Machine) targets(f fields, states map[string]any) {
	if _, ok := states[m.StartAt]; !ok && m.StartAt != "" {
		f.fail("StartAt names %q, which is none of its states", m.StartAt)
	}
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		for _, target := range m.States[name].targets() {
			if _, ok := states[target.state]; !ok {
				fields{fmt.Sprintf("state %q", name), nil, f.errs}.fail("%s names %q, which is no state beside it", target.field, target.state)
			}
		}
	}
}

// target is where a state can lead, with the field that says so.
type target struct{ field, state string }

func (s *State) targets() (all []target) {
	if s.Next != "" {
		all = append(all, target{"Next", s.Next})
	}
	for i, r := range s.Choices {
		all = append(all, target{fmt.Sprintf("Next of rule %d", i), r.Next})
	}
	if s.Default != "" {
		all = append(all, target{"Default", s.Default})
	}
	for i, c := range s.Catch {
		all = append(all, target{fmt.Sprintf("Next of catcher %d", i), c.Next})
	}
	return all
}

func (l loader) state(f fields, name string, around scope) *State {
	s := &State{Name: name, Type: Type(f.required("Type")), Comment: f.text("Comment"), resultPath: root}
	inside := around
	switch s.Type {
	case Pass:
		s.parameters, s.resultPath = f.template("Parameters"), f.resultPath()
		s.result, s.hasResult = f.take("Result")
	case Task:
		s.task(f)
		inside.token = s.Waits
	case Choice:
		s.choices(f)
	case Wait:
		s.waits(f)
	case Succeed:
	case Fail:
		s.ErrorName, s.Cause = f.text("Error"), f.text("Cause")
	case Parallel:
		s.parameters = f.template("Parameters")
		for i, v := range f.list("Branches") {
			if branch, ok := f.element("branch", i, v); ok {
				s.Branches = append(s.Branches, l.machine(branch, around))
			}
		}
	case Map:
		l.maps(f, s, around)
		inside.item = true
	case "":
		return s
	default:
		f.fail("type %q is not supported", s.Type)
		return s
	}
	s.flow(f)
	f.done()
	s.contexts(f, around, inside)
	return s
}

// flow reads the fields that several types share.
func (s *State) flow(f fields) {
	if s.Type != Fail {
		s.inputPath, s.outputPath = f.path("InputPath", root, true), f.path("OutputPath", root, true)
	}
	if s.Type == Task || s.Type == Parallel || s.Type == Map {
		s.resultSelector, s.resultPath = f.template("ResultSelector"), f.resultPath()
		s.retriers(f)
		s.catchers(f)
	}
	if s.Type == Choice || s.Type == Succeed || s.Type == Fail {
		return
	}
	s.Next = f.text("Next")
	end, given := typed[bool](f, "End", "boolean")
	if ends := given && end; ends == (s.Next != "") {
		f.fail("it has neither Next nor End, or both")
	}
}

var functionName = regexp.MustCompile(`^\$\{([0-9A-Za-z]+)\}$`)

// The resources of tasks: a function that is called, and one that is called and then waited for.
const (
	invoke         = "arn:aws:states:::lambda:invoke"
	invokeAndToken = invoke + ".waitForTaskToken"
)

func (s *State) task(f fields) {
	switch resource := f.required("Resource"); resource {
	case invoke, "":
	case invokeAndToken:
		s.Waits = true
	default:
		f.fail("resource %q is not supported", resource)
	}
	s.timeout, s.heartbeat = f.seconds("TimeoutSeconds", 1), f.seconds("HeartbeatSeconds", 1)
	if s.heartbeat.fixed > 0 && s.timeout.fixed > 0 && s.heartbeat.fixed >= s.timeout.fixed {
		f.fail("HeartbeatSeconds is not smaller than TimeoutSeconds")
	}
	if !s.Waits && s.heartbeat != (seconds{}) {
		f.fail("a heartbeat of a task that does not wait for its token is not supported")
	}
	parameters, ok := f.object("Parameters")
	if !ok {
		f.fail("field %q is missing", "Parameters")
		return
	}
	function := functionName.FindStringSubmatch(parameters.required("FunctionName"))
	if function == nil {
		parameters.fail(`field "FunctionName" is not of the form "${Name}"`)
		return
	}
	s.Function = function[1]
	payload := map[string]any{}
	for _, name := range []string{"Payload", "Payload.$"} {
		if v, ok := parameters.take(name); ok {
			payload[name] = v
		}
	}
	parameters.done()
	if len(payload) != 1 {
		parameters.fail("it has no Payload, or two")
		return
	}
	var err error
	if s.parameters, err = parseTemplate(payload); err != nil {
		parameters.fail("%w", err)
	}
}

func (s *State) choices(f fields) {
	for i, v := range f.list("Choices") {
		r, ok := f.element("rule", i, v)
		if !ok {
			continue
		}
		next := r.required("Next")
		r.text("Comment")
		s.Choices = append(s.Choices, Rule{next, r.test()})
	}
	s.Default = f.text("Default")
}

// test reads a condition: what is left of the fields is refused.
func (f fields) test() test {
	defer f.done()
	switch {
	case f.has("And"):
		return all(f.tests("And"))
	case f.has("Or"):
		return some(f.tests("Or"))
	case f.has("Not"):
		if inner, ok := f.object("Not"); ok {
			return not{inner.test()}
		}
		return all{}
	}
	c := comparison{}
	if !f.has("Variable") {
		f.fail("field %q is missing", "Variable")
	}
	c.variable = f.path("Variable", root, false)
	found := 0
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		plain, byPath := strings.CutSuffix(name, "Path")
		o, ok := operators[plain]
		if !ok || byPath && (strings.HasPrefix(plain, "Is") || plain == "StringMatches") {
			continue // done refuses it
		}
		found++
		c.operator = o
		if byPath {
			c.path = f.path(name, root, false)
			continue
		}
		c.value, _ = f.take(name)
		if !o.takes(c.value) {
			f.fail("field %q has a value of the wrong type", name)
		}
	}
	if found != 1 {
		f.fail("it compares %d times instead of once", found)
	}
	return c
}

func (f fields) tests(name string) (tests []test) {
	for i, v := range f.list(name) {
		if inner, ok := f.element(name, i, v); ok {
			tests = append(tests, inner.test())
		}
	}
	return tests
}

// takes tells whether a value is of the type that the operator compares with.
func (o operator) takes(v any) bool {
	switch o.kind {
	case "String":
		return is("IsString", v)
	case "Matches":
		text, ok := v.(string)
		return ok && !regexp.MustCompile(`\\([^*\\]|$)`).MatchString(text)
	case "Numeric":
		_, ok := v.(json.Number)
		return ok
	case "Timestamp":
		return is("IsTimestamp", v)
	}
	return is("IsBoolean", v)
}

func (s *State) waits(f fields) {
	given := 0
	for _, name := range []string{"Seconds", "SecondsPath", "Timestamp", "TimestampPath"} {
		if f.has(name) {
			given++
		}
	}
	if given != 1 {
		f.fail("it has %d of Seconds, SecondsPath, Timestamp and TimestampPath instead of one", given)
	}
	s.wait = f.seconds("Seconds", 0)
	if text, ok := typed[string](f, "Timestamp", "string"); ok {
		t, err := parseTime(text)
		if err != nil {
			f.fail("%w", err)
		}
		s.until = &t
	}
	s.untils = f.path("TimestampPath", nil, false)
}

// maxConcurrency is how many iterations of an inline Map Step Functions runs at once.
const maxConcurrency = 40

func (l loader) maps(f fields, s *State, around scope) {
	s.parameters = f.template("ItemSelector")
	s.items = f.path("ItemsPath", root, false)
	s.MaxConcurrency = int(f.whole("MaxConcurrency", 0, maxConcurrency, 0))
	processor, ok := f.object("ItemProcessor")
	if !ok {
		f.fail("field %q is missing", "ItemProcessor")
		return
	}
	if config, ok := processor.object("ProcessorConfig"); ok {
		if mode := config.required("Mode"); mode != "INLINE" {
			config.fail("mode %q is not supported", mode)
		}
		config.done()
	}
	s.Branches = []*Machine{l.machine(processor, scope{item: true})}
}

func (s *State) retriers(f fields) {
	const longestDelay = 31_622_400
	list, _ := typed[[]any](f, "Retry", "array")
	for i, v := range list {
		r, ok := f.element("retrier", i, v)
		if !ok {
			continue
		}
		r.text("Comment")
		retrier := Retrier{
			Errors:      r.names(i == len(list)-1),
			Interval:    asSeconds(r.whole("IntervalSeconds", 1, maxSeconds, 1)),
			MaxAttempts: int(r.whole("MaxAttempts", 0, maxSeconds, 3)),
			MaxDelay:    asSeconds(r.whole("MaxDelaySeconds", 1, longestDelay, 0)),
			BackoffRate: 2,
		}
		if rate, ok := typed[json.Number](r, "BackoffRate", "number"); ok {
			var err error
			if retrier.BackoffRate, err = rate.Float64(); err != nil || retrier.BackoffRate < 1 {
				r.fail("BackoffRate %s is smaller than 1", rate)
			}
		}
		if retrier.MaxDelay > 0 && retrier.MaxDelay <= retrier.Interval {
			r.fail("MaxDelaySeconds is not greater than IntervalSeconds")
		}
		switch jitter := r.text("JitterStrategy"); jitter {
		case "", "NONE":
		case "FULL":
			retrier.Jitter = true
		default:
			r.fail("JitterStrategy %q is not supported", jitter)
		}
		r.done()
		s.Retry = append(s.Retry, retrier)
	}
}

func (s *State) catchers(f fields) {
	list, _ := typed[[]any](f, "Catch", "array")
	for i, v := range list {
		c, ok := f.element("catcher", i, v)
		if !ok {
			continue
		}
		c.text("Comment")
		s.Catch = append(s.Catch, Catcher{c.names(i == len(list)-1), c.required("Next"), c.resultPath()})
		c.done()
	}
}

// contexts refuses paths to what the context object does not hold where they stand.
func (s *State) contexts(f fields, around, inside scope) {
	check := func(paths []*path, s scope) {
		for _, p := range paths {
			if p == nil || !p.context {
				continue
			}
			if strings.HasPrefix(p.text, "$$.Task.Token") && !s.token {
				f.fail("path %q stands outside a task that waits for its token", p.text)
			}
			if strings.HasPrefix(p.text, "$$.Map.") && !s.item {
				f.fail("path %q stands outside a Map", p.text)
			}
		}
	}
	check(templatePaths(s.parameters), inside)
	check(templatePaths(s.resultSelector), around)
	check([]*path{s.inputPath, s.outputPath, s.timeout.path, s.heartbeat.path, s.wait.path, s.untils, s.items}, around)
	for _, r := range s.Choices {
		if r.test != nil {
			check(r.test.paths(), around)
		}
	}
}
