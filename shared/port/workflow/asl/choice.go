package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// test is a condition of a Choice.
type test interface {
	// holds tells whether the condition holds of the data. It fails where a path names nothing.
	holds(data, context any) (bool, error)
	paths() []*path
}

type (
	all  []test
	some []test
	not  struct{ test }
)

func (a all) holds(data, context any) (bool, error) {
	for _, t := range a {
		if ok, err := t.holds(data, context); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (s some) holds(data, context any) (bool, error) {
	for _, t := range s {
		if ok, err := t.holds(data, context); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

func (n not) holds(data, context any) (bool, error) {
	ok, err := n.test.holds(data, context)
	return !ok, err
}

func (a all) paths() []*path  { return pathsOf(a) }
func (s some) paths() []*path { return pathsOf(s) }

func pathsOf(tests []test) (paths []*path) {
	for _, t := range tests {
		paths = append(paths, t.paths()...)
	}
	return paths
}

// comparison compares a variable with a value that stands in the rule or in the data.
type comparison struct {
	variable *path
	operator operator
	value    any
	path     *path // in place of the value
}

type operator struct {
	kind string // String, Numeric, Boolean, Timestamp, Matches, Is…
	want []int  // which results of a comparison hold
}

// operators are all of the language, except the …Path forms, which follow from them.
var operators = func() map[string]operator {
	m := map[string]operator{"StringMatches": {"Matches", nil}, "BooleanEquals": {"Boolean", []int{0}}}
	for _, kind := range []string{"String", "Numeric", "Timestamp"} {
		m[kind+"Equals"] = operator{kind, []int{0}}
		m[kind+"LessThan"] = operator{kind, []int{-1}}
		m[kind+"LessThanEquals"] = operator{kind, []int{-1, 0}}
		m[kind+"GreaterThan"] = operator{kind, []int{1}}
		m[kind+"GreaterThanEquals"] = operator{kind, []int{0, 1}}
	}
	for _, is := range []string{"IsPresent", "IsNull", "IsBoolean", "IsNumeric", "IsString", "IsTimestamp"} {
		m[is] = operator{is, nil}
	}
	return m
}()

func (c comparison) paths() []*path {
	if c.path != nil {
		return []*path{c.variable, c.path}
	}
	return []*path{c.variable}
}

func (c comparison) holds(data, context any) (bool, error) {
	v, err := c.variable.get(data, context)
	if c.operator.kind == "IsPresent" {
		if err != nil && !errors.Is(err, errAbsent) {
			return false, err
		}
		return (err == nil) == (c.value == true), nil
	}
	if err != nil {
		return false, err
	}
	if strings.HasPrefix(c.operator.kind, "Is") {
		return is(c.operator.kind, v) == (c.value == true), nil
	}
	with := c.value
	if c.path != nil {
		if with, err = c.path.get(data, context); err != nil {
			return false, err
		}
	}
	if c.operator.kind == "Matches" {
		text, ok := v.(string)
		return ok && wild(with.(string), text), nil
	}
	result, comparable := compare(c.operator.kind, v, with)
	return comparable && slices.Contains(c.operator.want, result), nil
}

func is(what string, v any) bool {
	switch v := v.(type) {
	case nil:
		return what == "IsNull"
	case bool:
		return what == "IsBoolean"
	case json.Number:
		return what == "IsNumeric"
	case string:
		_, err := parseTime(v)
		return what == "IsString" || what == "IsTimestamp" && err == nil
	}
	return false
}

// compare compares two values of one kind; values of other kinds cannot be compared, which no condition holds of.
func compare(kind string, a, b any) (result int, comparable bool) {
	switch kind {
	case "String":
		x, okX := a.(string)
		y, okY := b.(string)
		return strings.Compare(x, y), okX && okY
	case "Boolean":
		x, okX := a.(bool)
		y, okY := b.(bool)
		if x == y {
			return 0, okX && okY
		}
		return 1, okX && okY
	case "Numeric":
		x, okX := number(a)
		y, okY := number(b)
		if !okX || !okY {
			return 0, false
		}
		return x.Cmp(y), true
	default: // Timestamp
		x, okX := a.(string)
		y, okY := b.(string)
		first, errX := parseTime(x)
		second, errY := parseTime(y)
		return first.Compare(second), okX && okY && errX == nil && errY == nil
	}
}

// number reads a number as the language does, with the precision of a double.
func number(v any) (*big.Float, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	f, err := n.Float64()
	return big.NewFloat(f), err == nil
}

// wild tells whether a text matches a pattern in which * stands for any characters, and \* for a star.
func wild(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	switch {
	case pattern[0] == '*':
		for i := range len(text) + 1 {
			if wild(pattern[1:], text[i:]) {
				return true
			}
		}
		return false
	case pattern[0] == '\\' && len(pattern) > 1:
		return text != "" && text[0] == pattern[1] && wild(pattern[2:], text[1:])
	}
	return text != "" && text[0] == pattern[0] && wild(pattern[1:], text[1:])
}

// parseTime reads a timestamp: RFC 3339 with a capital T, and a capital Z where there is no offset.
func parseTime(text string) (time.Time, error) {
	if strings.ContainsAny(text, "tz") {
		return time.Time{}, fmt.Errorf("%q is no timestamp", text)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no timestamp", text)
	}
	return t, nil
}

// choose returns the state that a Choice goes on with.
func (s *State) choose(data, context any) (next string, failed *Error) {
	for i, r := range s.Choices {
		ok, err := r.test.holds(data, context)
		if err != nil {
			return "", runtimeError("state %q: rule %d: %s", s.Name, i, err)
		}
		if ok {
			return r.Next, nil
		}
	}
	if s.Default == "" {
		return "", &Error{ErrNoChoiceMatched, fmt.Sprintf("no rule of state %q matches", s.Name)}
	}
	return s.Default, nil
}
