// Package pattern compiles regular expressions at their first use. A function on AWS starts for one request, which waits for
// everything that a package does before main; most patterns are of requests that never come to it.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression in the syntax of the package regexp.
type Pattern struct{ compiled func() *regexp.Regexp }

// New makes a pattern. A wrong expression panics at its first use, so that whoever uses one tests it.
func New(expression string) Pattern {
	return Pattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })}
}

// MatchString tells whether a text has a match.
func (p Pattern) MatchString(s string) bool { return p.compiled().MatchString(s) }
