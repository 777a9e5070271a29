package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// expression is a value that is computed from the data: a path or a call of an intrinsic function.
type expression interface {
	eval(data, context any) (any, error)
	paths() []*path
}

func (p *path) eval(data, context any) (any, error) { return p.get(data, context) }
func (p *path) paths() []*path                      { return []*path{p} }

// computed is a field of a template whose name ended in ".$".
type computed struct{ expression }

// parseTemplate prepares a payload template: fields whose name ends in ".$" become expressions, all else stays as it is. The
// template is what a definition's JSON was read to.
func parseTemplate(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, value := range v {
			plain, dynamic := strings.CutSuffix(name, ".$")
			if _, twice := v[plain]; dynamic && twice {
				return nil, fmt.Errorf("%q stands there twice, once with .$", plain)
			}
			var err error
			if dynamic {
				object[plain], err = parseComputed(value)
			} else {
				object[name], err = parseTemplate(value)
			}
			if err != nil {
				return nil, fmt.Errorf("%q: %w", name, err)
			}
		}
		return object, nil
	case []any:
		array := make([]any, len(v))
		for i, value := range v {
			var err error
			if array[i], err = parseTemplate(value); err != nil {
				return nil, fmt.Errorf("element %d: %w", i, err)
			}
		}
		return array, nil
	}
	return v, nil
}

func parseComputed(v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return nil, errors.New("the value of a field that ends in .$ is a path or a function in quotes")
	}
	e, err := parseExpression(text)
	if err != nil {
		return nil, err
	}
	return computed{e}, nil
}

func parseExpression(text string) (expression, error) {
	if strings.HasPrefix(text, "$") {
		return parsePath(text)
	}
	return parseCall(text)
}

// fill computes a template.
func fill(template, data, context any) (any, error) {
	switch t := template.(type) {
	case computed:
		return t.eval(data, context)
	case map[string]any:
		object := make(map[string]any, len(t))
		for name, value := range t {
			var err error
			if object[name], err = fill(value, data, context); err != nil {
				return nil, err
			}
		}
		return object, nil
	case []any:
		array := make([]any, len(t))
		for i, value := range t {
			var err error
			if array[i], err = fill(value, data, context); err != nil {
				return nil, err
			}
		}
		return array, nil
	}
	return template, nil
}

// templatePaths lists all paths of a template.
func templatePaths(template any) (all []*path) {
	switch t := template.(type) {
	case computed:
		return t.paths()
	case map[string]any:
		for _, value := range t {
			all = append(all, templatePaths(value)...)
		}
	case []any:
		for _, value := range t {
			all = append(all, templatePaths(value)...)
		}
	}
	return all
}

func encode(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("write data: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
