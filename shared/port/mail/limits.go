package mail

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/pattern"
)

// The limits above every adapter.
const (
	MaxSubject  = 255     // characters
	MaxName     = 120     // characters
	MaxBody     = 1 << 20 // bytes of text and HTML together
	maxEmail    = 254     // RFC 5321, 4.5.3.1.3, less the angle brackets
	maxMailbox  = 64      // RFC 5321, 4.5.3.1.1
	maxIDLength = 128
)

var ids = pattern.New(`^[A-Za-z0-9_-]+$`)

// Validate tells whether a message is within the limits; what is not fails with ErrRefused. Every adapter calls it first. It
// lets no line break into a header: nothing that a person typed becomes a header of its own.
func (m Message) Validate() error {
	switch {
	case !ids.MatchString(m.ID) || len(m.ID) > maxIDLength:
		return refused("an ID is 1 to %d letters, digits, dashes and underscores", maxIDLength)
	case m.Date.IsZero():
		return refused("it has no date")
	case strings.TrimSpace(m.Subject) == "" || !isLine(m.Subject, MaxSubject):
		return refused("a subject is one line of 1 to %d characters", MaxSubject)
	case m.Text == "" || !isText(m.Text) || !isText(m.HTML):
		return refused("the text is missing or no text")
	case len(m.Text)+len(m.HTML) > MaxBody:
		return refused("a body of more than %d bytes", MaxBody)
	case m.ReplyTo != "" && !IsAddress(m.ReplyTo):
		return refused("the address for replies is none")
	}
	for _, a := range []Address{m.From, m.To} {
		if !IsAddress(a.Email) {
			return refused("an address is none")
		}
		if !isLine(a.Name, MaxName) {
			return refused("a name is one line of at most %d characters", MaxName)
		}
	}
	return nil
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
}

func isLine(s string, longest int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= longest && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' })
}

// isText allows line breaks and tabs and no other control character.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// IsAddress tells whether s is one address that every mail server takes, without a name.
func IsAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > maxEmail {
		return false
	}
	at := strings.LastIndexByte(s, '@')
	return at <= maxMailbox && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' })
}
