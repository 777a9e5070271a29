// Package config fills the one Config struct of a main from environment variables and renders the table that documents them.
// It owns how a variable is named, read, refused and described; it knows no variable itself, and nothing else in the project
// reads the environment. It never repeats a value in an error, since a value may be a secret that was put in the wrong place.
//
// A field tells everything about its variable in its tags:
//
//	type Config struct {
//		Addr string        `env:"TIERKEEP_ADDR" default:"127.0.0.1:8080" doc:"Where the portal and the API listen."`
//		Idle time.Duration `env:"TIERKEEP_IDLE" default:"12h" doc:"How long an unused session lives."`
//	}
//
// A variable without which nothing can run has the tag required:"true" instead of a default.
//
// Types are string, int, bool, time.Duration, slog.Level and Bytes; a struct field without an env tag is a group of such fields. A field
// without a default starts at its zero value.
package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Prefix begins the name of every variable of the project.
const Prefix = "TIERKEEP_"

// Load sets every field of the struct that into points to, from its variable or else its default. A variable that is set but
// empty counts as not set. On error, which names every variable that is wrong and never its value, into is left as it was.
func Load(into any, lookup func(name string) (value string, set bool)) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() || target.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("load configuration into %T: want a pointer to a struct", into)
	}
	variables, err := variablesOf(target.Type().Elem())
	if err != nil {
		return err
	}
	filled := reflect.New(target.Type().Elem()).Elem()
	filled.Set(target.Elem())
	var wrong []error
	for _, v := range variables {
		text, set := lookup(v.Name)
		if !set || text == "" {
			if v.Required {
				wrong = append(wrong, fmt.Errorf("%s: must be set (%s)", v.Name, v.Doc))
				continue
			}
			text = v.Default
		}
		value, err := v.parse(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", v.Name, err))
			continue
		}
		filled.FieldByIndex(v.index).Set(value)
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	target.Elem().Set(filled)
	return nil
}

// RefuseUnknown names every variable of environ (in the form of os.Environ) that has the project's prefix and stands in none
// of the Config structs: a misspelt name would otherwise be ignored in silence. Give the structs of all mains that share the
// environment.
func RefuseUnknown(environ []string, structs ...any) error {
	known := map[string]bool{}
	for _, s := range structs {
		variables, err := variablesOf(reflect.TypeOf(s))
		if err != nil {
			return err
		}
		for _, v := range variables {
			known[v.Name] = true
		}
	}
	var unknown []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, Prefix) && !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	var wrong []error
	for _, name := range unknown {
		wrong = append(wrong, fmt.Errorf("%s: no such setting", name))
	}
	return errors.Join(wrong...)
}
