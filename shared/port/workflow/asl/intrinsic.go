package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// call is a call of an intrinsic function.
type call struct {
	name      string
	arguments []expression
}

// literal is a fixed argument.
type literal struct{ value any }

func (l literal) eval(any, any) (any, error) { return l.value, nil }
func (literal) paths() []*path               { return nil }

func (c call) paths() (all []*path) {
	for _, a := range c.arguments {
		all = append(all, a.paths()...)
	}
	return all
}

// functions are the intrinsic functions that the project uses, with how many arguments they take at least and at most.
var functions = map[string]struct{ least, most int }{
	"States.Format":       {1, 64},
	"States.StringToJson": {1, 1},
	"States.JsonToString": {1, 1},
	"States.Array":        {0, 64},
}

// errIntrinsicFailed is what the language's States.IntrinsicFailure is made of.
var errIntrinsicFailed = errors.New("an intrinsic function failed")

func (c call) eval(data, context any) (any, error) {
	arguments := make([]any, len(c.arguments))
	for i, a := range c.arguments {
		var err error
		if arguments[i], err = a.eval(data, context); err != nil {
			return nil, err
		}
	}
	v, err := c.apply(arguments)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errIntrinsicFailed, c.name, err)
	}
	return v, nil
}

func (c call) apply(arguments []any) (any, error) {
	switch c.name {
	case "States.Format":
		return format(arguments)
	case "States.StringToJson":
		text, ok := arguments[0].(string)
		if !ok || !json.Valid([]byte(text)) {
			return nil, errors.New("the argument is no JSON in a string")
		}
		return decode(json.RawMessage(text))
	case "States.JsonToString":
		return encode(arguments[0])
	default: // States.Array
		return arguments, nil
	}
}

// format puts the arguments behind the first in the places of its "{}".
func format(arguments []any) (any, error) {
	template, ok := arguments[0].(string)
	if !ok {
		return nil, errors.New("the template is no string")
	}
	rest := arguments[1:]
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		switch {
		case template[i] == '\\' && i+1 < len(template):
			i++
			b.WriteByte(template[i])
		case strings.HasPrefix(template[i:], "{}"):
			if len(rest) == 0 {
				return nil, errors.New("more places than values")
			}
			text, err := shown(rest[0])
			if err != nil {
				return nil, err
			}
			b.WriteString(text)
			rest = rest[1:]
			i++
		default:
			b.WriteByte(template[i])
		}
	}
	if len(rest) > 0 {
		return nil, errors.New("more values than places")
	}
	return b.String(), nil
}

func shown(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case map[string]any, []any:
		return "", errors.New("only a string, number, boolean or null can be shown")
	default:
		return encode(v)
	}
}

// parseCall reads a call such as States.Format('{} of {}', $.part, $.whole).
func parseCall(text string) (expression, error) {
	p := &callParser{rest: text}
	e, err := p.call()
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("%q stands behind the call", p.rest)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return e, nil
}

type callParser struct{ rest string }

func (p *callParser) skip() { p.rest = strings.TrimLeft(p.rest, " ") }

func (p *callParser) take(prefix string) (found bool) {
	p.skip()
	p.rest, found = strings.CutPrefix(p.rest, prefix)
	return found
}

func (p *callParser) call() (expression, error) {
	name, _, ok := strings.Cut(p.rest, "(")
	if !ok {
		return nil, errors.New("neither a path nor a call of a function")
	}
	bounds, known := functions[name]
	if !known {
		return nil, fmt.Errorf("function %q is not supported", name)
	}
	p.rest = p.rest[len(name)+1:]
	c := call{name: name}
	for !p.take(")") {
		if len(c.arguments) > 0 && !p.take(",") {
			return nil, errors.New("arguments are not separated by commas")
		}
		p.skip()
		argument, err := p.argument()
		if err != nil {
			return nil, err
		}
		c.arguments = append(c.arguments, argument)
	}
	if n := len(c.arguments); n < bounds.least || n > bounds.most {
		return nil, fmt.Errorf("%s does not take %d arguments", name, n)
	}
	return c, nil
}

func (p *callParser) argument() (expression, error) {
	switch {
	case strings.HasPrefix(p.rest, "'"):
		return p.quoted()
	case strings.HasPrefix(p.rest, "States."):
		return p.call()
	}
	end := p.end()
	text := strings.TrimSpace(p.rest[:end])
	p.rest = p.rest[end:]
	if strings.HasPrefix(text, "$") {
		return parsePath(text)
	}
	if !slices.Contains([]string{"true", "false", "null"}, text) && strings.Trim(text, "-+.eE0123456789") != "" || !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("argument %q is no path, string, number, boolean or null", text)
	}
	v, err := decode(json.RawMessage(text))
	return literal{v}, err
}

// end is where an argument without quotes ends; a comma within a path's brackets does not end it.
func (p *callParser) end() int {
	inside := false
	for i := range len(p.rest) {
		switch p.rest[i] {
		case '\'':
			inside = !inside
		case ',', ')':
			if !inside {
				return i
			}
		}
	}
	return len(p.rest)
}

// quoted reads a string in single quotes. A backslash stands before a quote, a brace or a backslash that is meant; braces
// keep theirs for States.Format.
func (p *callParser) quoted() (expression, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\'':
			p.rest = p.rest[i+1:]
			return literal{b.String()}, nil
		case c == '\\' && i+1 < len(p.rest) && p.rest[i+1] == '\'':
			i++
			b.WriteByte('\'')
		case c == '\\' && i+1 < len(p.rest) && strings.IndexByte(`{}\`, p.rest[i+1]) >= 0:
			i++
			b.WriteByte('\\')
			b.WriteByte(p.rest[i])
		case c == '\\':
			return nil, errors.New(`a backslash stands only before ' { } and \`)
		default:
			b.WriteByte(c)
		}
	}
	return nil, errors.New("a string is not closed")
}
