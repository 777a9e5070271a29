package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/problem"
)

// A password's length in characters. Long ones are welcome, but not so long that hashing them is an attack.
const (
	ShortestPassword = 12
	LongestPassword  = 128
)

// The most used passwords of at least the shortest length, folded, one a line: shorter ones are refused anyhow.
//
//go:embed usual_passwords.txt
var usualText string

var usual = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, line := range strings.Fields(usualText) {
		all[line] = true
	}
	return all
})

// checkPassword refuses a new password that others would guess. After NIST SP 800-63B it asks for length and refuses the
// usual ones, and asks for no mixture of characters.
func checkPassword(at, password, email string) error {
	var fields problem.Fields
	folded := foldEmail(password)
	address := foldEmail(email)
	name, _, _ := strings.Cut(address, "@")
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		fields.Add(at, "text", "must be text")
	case n < ShortestPassword:
		fields.Add(at, "too_short", "at least 12 characters")
	case n > LongestPassword:
		fields.Add(at, "too_long", "at most 128 characters")
	case folded == address || folded == name:
		fields.Add(at, "is_email", "not your e-mail address")
	case usual()[folded] || repeats(folded):
		fields.Add(at, "too_usual", "one of the passwords that are guessed first")
	}
	return fields.Err()
}

// repeats tells whether s is one scrap of at most four characters, over and over.
func repeats(s string) bool {
	runes := []rune(s)
scraps:
	for length := 1; length <= 4; length++ {
		for i := length; i < len(runes); i++ {
			if runes[i] != runes[i-length] {
				continue scraps
			}
		}
		return true
	}
	return false
}
