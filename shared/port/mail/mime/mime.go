// Package mime writes messages as mail is sent, and reads what it wrote. All adapters of the mail port send these bytes.
package mime

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/tierkeep/tierkeep/shared/port/mail"
)

// Ref is the header that carries a message's ID where the carrier replaces Message-ID, as SES does.
const Ref = "X-Entity-Ref-ID"

// Compose puts a valid message into the form that is sent, for a client of SMTP. The same message has the same bytes each
// time. Line breaks of every kind become those of mail, and the last line ends with one, which SMTP wants.
func Compose(m mail.Message) (*gomail.Msg, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	// The boundary depends on what it separates, so that nobody writes one into a text that he hands in.
	seed := sha256.Sum256([]byte(m.ID + "\x00" + m.Text + "\x00" + m.HTML))
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(hex.EncodeToString(seed[:20])))
	msg.SetMessageIDWithValue(m.ID + m.From.Email[strings.LastIndexByte(m.From.Email, '@'):])
	msg.SetDateWithValue(m.Date.UTC())
	msg.FromMailAddress(address(m.From))
	msg.ToMailAddress(address(m.To))
	if m.ReplyTo != "" {
		msg.ReplyToMailAddress(&netmail.Address{Address: m.ReplyTo})
	}
	msg.Subject(words(m.Subject))
	msg.SetGenHeader(Ref, m.ID)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no machine answers it
	msg.SetBodyString(gomail.TypeTextPlain, lines(m.Text))
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, lines(m.HTML))
	}
	return msg, nil
}

// Write returns a message as it is sent.
func Write(m mail.Message) ([]byte, error) {
	msg, err := Compose(m)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write message %s: %w", m.ID, err)
	}
	return b.Bytes(), nil
}

func lines(text string) string { return strings.TrimSuffix(breaks.Replace(text), "\n") + "\n" }

var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// address joins runs of spaces in a name, which the folding of headers would do now and then, and turns its backslashes
// round: net/mail leaves them bare within an encoded word, where its own reader stumbles over them.
func address(a mail.Address) *netmail.Address {
	return &netmail.Address{Name: strings.ReplaceAll(strings.Join(strings.Fields(a.Name), " "), `\`, "/"), Address: a.Email}
}

const (
	chunk   = 36 // bytes in one encoded word, which so stands beside "Subject:" in a line of 76 characters
	longest = 60 // characters of a word that does as well
)

// words encodes a line, unless it is ASCII which reads the same after folding and decoding.
func words(line string) string {
	if reads(line) {
		return line
	}
	var all []string
	for line != "" {
		end := min(chunk, len(line))
		for end < len(line) && !utf8.RuneStart(line[end]) {
			end--
		}
		all = append(all, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(line[:end]))+"?=")
		line = line[end:]
	}
	return strings.Join(all, " ")
}

func reads(line string) bool {
	return !strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) &&
		!strings.Contains(line, "=?") && !strings.Contains(line, "  ") &&
		!slices.ContainsFunc(strings.Fields(line), func(word string) bool { return len(word) > longest })
}
