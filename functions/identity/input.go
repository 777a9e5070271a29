package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/problem"
)

const (
	maxName   = 120 // characters
	maxClient = 160 // bytes of what a browser says of itself
)

// foldEmail is the form in which addresses are compared: people write theirs with any capitals, and no provider tells two
// mailboxes apart by them. Upper then lower case folds letters that have several lower forms.
func foldEmail(email string) string {
	return strings.ToLower(strings.ToUpper(strings.TrimSpace(email)))
}

func checkName(fields *problem.Fields, at, name string) {
	if name == "" || strings.TrimSpace(name) != name || utf8.RuneCountInString(name) > maxName || !printable(name) {
		fields.Add(at, "name", "1 to 120 printable characters, without spaces at either end")
	}
}

func checkEmail(fields *problem.Fields, at, email string) {
	if !tenancy.IsEmail(email) {
		fields.Add(at, "email", "an e-mail address, such as name@example.com")
	}
}

func checkLocale(fields *problem.Fields, at, locale string) {
	if !slices.Contains(tenancy.Languages, locale) {
		fields.Add(at, "language", "one of "+strings.Join(tenancy.Languages, ", "))
	}
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// plainClient is what a browser says of itself, fit to be kept and shown.
func plainClient(s string) string {
	s = strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), maxClient)]
}
