package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// maxSeconds is the longest that Step Functions takes for a wait or timeout.
const maxSeconds = 99_999_999

// fields reads one object of a definition. Each getter takes its field away; what is left at the end is refused. Errors are
// collected, so that one load tells all of them.
type fields struct {
	at     string // the place, in words: state "Ask"
	values map[string]any
	errs   *[]error
}

func (f fields) fail(format string, args ...any) {
	*f.errs = append(*f.errs, fmt.Errorf(f.at+": "+format, args...))
}

func (f fields) take(name string) (any, bool) {
	v, ok := f.values[name]
	delete(f.values, name)
	return v, ok
}

func (f fields) has(name string) bool {
	_, ok := f.values[name]
	return ok
}

// done refuses the fields that nobody asked for.
func (f fields) done() {
	for _, name := range slices.Sorted(maps.Keys(f.values)) {
		f.fail("field %q is not supported", name)
	}
}

// typed takes a field of a JSON type.
func typed[T any](f fields, name, kind string) (v T, ok bool) {
	raw, present := f.take(name)
	if !present {
		return v, false
	}
	if v, ok = raw.(T); !ok {
		f.fail("field %q is no %s", name, kind)
	}
	return v, ok
}

func (f fields) text(name string) string {
	v, _ := typed[string](f, name, "string")
	return v
}

// required takes a string that must be there.
func (f fields) required(name string) string {
	if !f.has(name) {
		f.fail("field %q is missing", name)
	}
	return f.text(name)
}

// list takes an array that must be there and not be empty.
func (f fields) list(name string) []any {
	if !f.has(name) {
		f.fail("field %q is missing", name)
		return nil
	}
	v, ok := typed[[]any](f, name, "array")
	if ok && len(v) == 0 {
		f.fail("field %q is empty", name)
	}
	return v
}

// object opens an object within the field's object.
func (f fields) object(name string) (inner fields, ok bool) {
	v, ok := typed[map[string]any](f, name, "object")
	return fields{fmt.Sprintf("%s: field %q", f.at, name), v, f.errs}, ok
}

// element opens an object of an array.
func (f fields) element(name string, n int, v any) (inner fields, ok bool) {
	inner = fields{fmt.Sprintf("%s: %s %d", f.at, name, n), nil, f.errs}
	if inner.values, ok = v.(map[string]any); !ok {
		inner.fail("it is no object")
	}
	return inner, ok
}

// whole takes a whole number within bounds.
func (f fields) whole(name string, least, most, otherwise int64) int64 {
	v, ok := typed[json.Number](f, name, "number")
	if !ok {
		return otherwise
	}
	n, err := v.Int64()
	if err != nil || n < least || n > most {
		f.fail("field %q is %s, which is no whole number from %d to %d", name, v, least, most)
		return otherwise
	}
	return n
}

// path takes a path. Null, where it is allowed, is no path.
func (f fields) path(name string, otherwise *path, nullable bool) *path {
	raw, present := f.take(name)
	if !present {
		return otherwise
	}
	if raw == nil && nullable {
		return nil
	}
	text, ok := raw.(string)
	if !ok {
		f.fail("field %q is no path", name)
		return otherwise
	}
	p, err := parsePath(text)
	if err != nil {
		f.fail("field %q: %w", name, err)
		return otherwise
	}
	return p
}

// resultPath takes a path that is written to, which the context object is not.
func (f fields) resultPath() *path {
	p := f.path("ResultPath", root, true)
	if p != nil && p.context {
		f.fail("field %q: nothing is written to the context object", "ResultPath")
	}
	return p
}

// template takes a payload template.
func (f fields) template(name string) any {
	v, ok := typed[map[string]any](f, name, "object")
	if !ok {
		return nil
	}
	t, err := parseTemplate(v)
	if err != nil {
		f.fail("field %q: %w", name, err)
	}
	return t
}

// seconds takes a number of seconds, given by itself or by a path.
func (f fields) seconds(name string, least int64) (s seconds) {
	if f.has(name) {
		s.fixed = time.Duration(f.whole(name, least, maxSeconds, least)) * time.Second
	}
	if !f.has(name + "Path") {
		return s
	}
	if s.fixed > 0 {
		f.fail("field %q stands beside %q", name+"Path", name)
	}
	s.path = f.path(name+"Path", nil, false)
	return s
}

// names takes the errors of a retrier or catcher.
func (f fields) names(last bool) (names []string) {
	for _, v := range f.list("ErrorEquals") {
		name, ok := v.(string)
		if !ok {
			f.fail("field %q holds what is no string", "ErrorEquals")
			continue
		}
		if err := nameable(name); err != nil {
			f.fail("error %q %w", name, err)
		}
		names = append(names, name)
	}
	if slices.Contains(names, ErrAll) && (len(names) > 1 || !last) {
		f.fail("%s does not stand alone in the last place", ErrAll)
	}
	return names
}

func nameable(name string) error {
	switch {
	case (&Error{Name: name}).Final():
		return errors.New("is caught by nothing")
	case len(name) > 7 && name[:7] == "States." && !slices.Contains(reserved, name):
		return errors.New("is none of the language")
	}
	return nil
}
