package config

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"time"

	"github.com/tierkeep/tierkeep/shared/pattern"
)

// variable is one environment variable, as the tags of a field describe it.
type variable struct {
	Name     string
	Default  string
	Doc      string
	Required bool
	index    []int // of the field, as reflect counts
	kind     kind
}

// kind is how the text of a variable becomes a value.
type kind struct {
	Word  string // as the documentation calls it
	zero  string // the text that stands for the zero value
	parse func(text string) (any, error)
}

var kinds = map[reflect.Type]kind{
	reflect.TypeFor[string]():        {"text", "", func(text string) (any, error) { return text, nil }},
	reflect.TypeFor[int]():           {"whole number", "0", func(text string) (any, error) { return parseInt(text) }},
	reflect.TypeFor[bool]():          {"true or false", "false", func(text string) (any, error) { return parseBool(text) }},
	reflect.TypeFor[time.Duration](): {"duration", "0s", func(text string) (any, error) { return parseDuration(text) }},
	reflect.TypeFor[slog.Level]():    {"log level", "info", func(text string) (any, error) { return parseLevel(text) }},
	reflect.TypeFor[Bytes]():         {"size", "0B", func(text string) (any, error) { return ParseBytes(text) }},
}

var validName = pattern.New(`^` + Prefix + `[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)

// variablesOf lists the variables of a Config struct in the order of its fields. An error is a mistake in the program.
func variablesOf(t reflect.Type) ([]variable, error) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("configuration type %v: want a struct", t)
	}
	var found, promoted []variable
	seen := map[string]bool{}
	for _, field := range reflect.VisibleFields(t) {
		name, tagged := field.Tag.Lookup("env")
		if !tagged && field.Type.Kind() == reflect.Struct {
			inner, err := variablesOf(field.Type)
			if err != nil {
				return nil, err
			}
			if field.Anonymous {
				promoted = append(promoted, inner...)
				continue // its fields are visible themselves
			}
			for _, v := range inner {
				v.index = append(append([]int{}, field.Index...), v.index...)
				found = append(found, v)
			}
			continue
		}
		v, err := variableOf(field, name)
		if err != nil {
			return nil, fmt.Errorf("configuration field %s.%s: %w", t, field.Name, err)
		}
		found = append(found, v)
	}
	for _, v := range found {
		if seen[v.Name] {
			return nil, fmt.Errorf("configuration type %s: %s stands there twice", t, v.Name)
		}
		seen[v.Name] = true
	}
	for _, v := range promoted {
		if !seen[v.Name] {
			return nil, fmt.Errorf("configuration type %s: the field of %s is hidden behind another of its name", t, v.Name)
		}
	}
	return found, nil
}

func variableOf(field reflect.StructField, name string) (variable, error) {
	k, ok := kinds[field.Type]
	if !ok {
		return variable{}, fmt.Errorf("type %s is not read from the environment", field.Type)
	}
	v := variable{Name: name, Default: field.Tag.Get("default"), Doc: field.Tag.Get("doc"), index: field.Index, kind: k}
	switch required := field.Tag.Get("required"); {
	case required == "true" && v.Default == "":
		v.Required = true
	case required != "":
		return variable{}, errors.New("required: want \"true\", and then no default")
	}
	if v.Default == "" {
		v.Default = k.zero
	}
	switch _, err := k.parse(v.Default); {
	case !field.IsExported():
		return variable{}, errors.New("not exported")
	case !validName.MatchString(name):
		return variable{}, fmt.Errorf("env tag %q: want upper-case words after %s", name, Prefix)
	case v.Doc == "":
		return variable{}, errors.New("no doc tag")
	case err != nil:
		return variable{}, fmt.Errorf("default: %w", err)
	}
	return v, nil
}

func (v variable) parse(text string) (reflect.Value, error) {
	value, err := v.kind.parse(text)
	if err != nil {
		return reflect.Value{}, err
	}
	return reflect.ValueOf(value), nil
}

var (
	errInt      = errors.New("want a whole number such as 8")
	errBool     = errors.New("want true or false")
	errLevel    = errors.New("want debug, info, warn or error")
	errDuration = errors.New("want a duration of zero or more, such as 90s, 15m or 24h")
)

func parseInt(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, errInt // the cause would repeat the value
	}
	return n, nil
}

func parseBool(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errBool
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errDuration // the cause would repeat the value
	}
	return d, nil
}

func parseLevel(text string) (slog.Level, error) {
	level, known := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[text]
	if !known {
		return 0, errLevel
	}
	return level, nil
}
