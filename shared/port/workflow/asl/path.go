package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// path is a reference path: it names one place in the data ("$…") or in the context object ("$$…").
type path struct {
	text    string
	context bool
	steps   []any // string: a field, int: an element
}

var root = &path{text: "$"}

// contextFields are the places of the context object that a definition may read.
var contextFields = []string{
	"$$.Execution.Id", "$$.Execution.Name", "$$.Execution.Input", "$$.Execution.StartTime",
	"$$.State.Name", "$$.State.EnteredTime", "$$.Task.Token", "$$.Map.Item.Index", "$$.Map.Item.Value",
}

// parsePath reads a reference path. What could name several places, and what the context object does not hold, is refused.
func parsePath(text string) (*path, error) {
	p := &path{text: text}
	rest, ok := strings.CutPrefix(text, "$")
	if !ok {
		return nil, fmt.Errorf("%q is no path: a path begins with $", text)
	}
	if rest, p.context = strings.CutPrefix(rest, "$"); p.context && !knownContext(text) {
		return nil, fmt.Errorf("%q is not supported of the context object", text)
	}
	for rest != "" {
		var step any
		var err error
		if step, rest, err = parseStep(rest); err != nil {
			return nil, fmt.Errorf("path %q: %w", text, err)
		}
		p.steps = append(p.steps, step)
	}
	return p, nil
}

func knownContext(text string) bool {
	return slices.ContainsFunc(contextFields, func(field string) bool {
		return text == field || strings.HasPrefix(text, field+".") || strings.HasPrefix(text, field+"[")
	})
}

func parseStep(rest string) (step any, after string, err error) {
	switch {
	case strings.HasPrefix(rest, "['"):
		end := strings.Index(rest[2:], "']")
		if end < 0 || strings.ContainsAny(rest[2:2+end], `\'`) {
			return nil, "", fmt.Errorf("%q names no field", rest)
		}
		return rest[2 : 2+end], rest[2+end+2:], nil
	case strings.HasPrefix(rest, "["):
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return nil, "", fmt.Errorf("%q is not closed", rest)
		}
		n, err := strconv.ParseUint(rest[1:end], 10, 31)
		if err != nil {
			return nil, "", fmt.Errorf("%q names no single element, which is not supported", rest[:end+1])
		}
		return int(n), rest[end+1:], nil
	case strings.HasPrefix(rest, "."):
		end := strings.IndexAny(rest[1:], ".[")
		if end < 0 {
			end = len(rest) - 1
		}
		name := rest[1 : 1+end]
		if name == "" || strings.IndexFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) >= 0 {
			return nil, "", fmt.Errorf("%q names no single field, which is not supported", rest)
		}
		return name, rest[1+end:], nil
	}
	return nil, "", fmt.Errorf("%q cannot be read", rest)
}

// errAbsent says that the data has nothing at a path.
var errAbsent = errors.New("nothing stands there")

// get reads the place from the data or the context.
func (p *path) get(data, context any) (any, error) {
	v := data
	if p.context {
		v = context
	}
	for _, step := range p.steps {
		found := false
		switch step := step.(type) {
		case string:
			var object map[string]any
			if object, found = v.(map[string]any); found {
				v, found = object[step]
			}
		case int:
			var array []any
			if array, found = v.([]any); found {
				if found = step < len(array); found {
					v = array[step]
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("path %s: %w", p.text, errAbsent)
		}
	}
	return v, nil
}

// put returns the data with a value at the place. Objects on the way are made; whatever else stands in the way fails. The
// data itself is not changed.
func (p *path) put(data, value any) (any, error) { return put(data, p.steps, value, p.text) }

func put(data any, steps []any, value any, text string) (any, error) {
	if len(steps) == 0 {
		return value, nil
	}
	switch step := steps[0].(type) {
	case string:
		object, ok := data.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("path %s: no object holds %q", text, step)
		}
		copied := make(map[string]any, len(object)+1)
		for k, v := range object {
			copied[k] = v
		}
		inner, present := copied[step]
		if !present {
			inner = map[string]any{}
		}
		v, err := put(inner, steps[1:], value, text)
		if err != nil {
			return nil, err
		}
		copied[step] = v
		return copied, nil
	case int:
		array, ok := data.([]any)
		if !ok || step >= len(array) {
			return nil, fmt.Errorf("path %s: no array holds element %d", text, step)
		}
		v, err := put(array[step], steps[1:], value, text)
		if err != nil {
			return nil, err
		}
		copied := slices.Clone(array)
		copied[step] = v
		return copied, nil
	}
	return nil, fmt.Errorf("path %s cannot be written", text)
}

// decode reads data as states see it; numbers keep their spelling.
func decode(data json.RawMessage) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("read data: %w", err)
	}
	return v, nil
}
