package mailtest

import (
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/mail"
)

// written is when the examples were written.
var written = time.Date(2026, 11, 24, 12, 30, 15, 0, time.UTC)

func example(change func(*mail.Message)) mail.Message {
	m := mail.Message{
		ID: "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV-usr_01ARZ3NDEKTSV4RRFFQ69G5FAW", Date: written,
		From: mail.Address{Name: "Alpine Backup", Email: "no-reply@alpine.example"}, To: mail.Address{Name: "Eva Jansen", Email: "eva@example.com"},
		Subject: "An approval waits for you", Text: "Good day\n\nSomething waits for you.\n",
	}
	change(&m)
	return m
}

// Messages are messages by what is hard about them; all of them can be sent.
func Messages() map[string]mail.Message {
	return map[string]mail.Message{
		"plain":             example(func(*mail.Message) {}),
		"without names":     example(func(m *mail.Message) { m.From.Name, m.To.Name = "", "" }),
		"reply elsewhere":   example(func(m *mail.Message) { m.ReplyTo = "help@alpine.example" }),
		"the shortest ones": example(func(m *mail.Message) { m.ID, m.Subject, m.Text = "x", "s", "t" }),
		"html and other letters": example(func(m *mail.Message) {
			m.From.Name, m.To.Name = "Zoë & Söhne, GmbH", "François Ænima"
			m.Subject = "Löschung von „Büro“ – bitte prüfen"
			m.Text = "Grüße aus München, 漢字 und 🙂\n"
			m.HTML = "<!doctype html><html lang=\"de\"><body><p>Grüße aus München, 漢字 und 🙂</p></body></html>\n"
		}),
		"a name with a backslash":      example(func(m *mail.Message) { m.To.Name = `\é` }),
		"a name with signs of its own": example(func(m *mail.Message) { m.To.Name = `Smith, "Joe" <joe@x.example> \ (x)` }),
		"a long name and subject": example(func(m *mail.Message) {
			m.From.Name = strings.Repeat("é", mail.MaxName)
			m.To.Name = strings.TrimSpace(strings.Repeat("Long Name ", 12))
			m.Subject = strings.Repeat("ü", mail.MaxSubject)
		}),
		"a long word":                        example(func(m *mail.Message) { m.Subject = strings.Repeat("x", mail.MaxSubject) }),
		"a subject that looks encoded":       example(func(m *mail.Message) { m.Subject = "=?utf-8?q?=0D=0ABcc:_all@example.com?=" }),
		"a subject with two spaces in a row": example(func(m *mail.Message) { m.Subject = strings.Repeat("a  b", 40) }),
		"long lines":                         example(func(m *mail.Message) { m.Text = strings.Repeat("long line ", 500) + "\n" }),
		"lines that mail reads otherwise":    example(func(m *mail.Message) { m.Text = ".\n..\nFrom here\n--\n \n=20\n\n.\n" }),
		"text that looks like headers":       example(func(m *mail.Message) { m.Text = "Bcc: all@example.com\n\nSubject: another\n" }),
		"text without a last line break":     example(func(m *mail.Message) { m.Text = "the end" }),
		"line breaks of other systems":       example(func(m *mail.Message) { m.Text = "one\r\ntwo\rthree\n" }),
		"a large body":                       example(func(m *mail.Message) { m.Text = strings.Repeat("0123456789abcde\n", mail.MaxBody/16) }),
	}
}

// Refused are messages by what is wrong about them; none of them can be sent.
func Refused() map[string]mail.Message {
	return map[string]mail.Message{
		"no ID":                         example(func(m *mail.Message) { m.ID = "" }),
		"a long ID":                     example(func(m *mail.Message) { m.ID = strings.Repeat("x", 129) }),
		"a header in the ID":            example(func(m *mail.Message) { m.ID = "x\r\nBcc: all@example.com" }),
		"no date":                       example(func(m *mail.Message) { m.Date = time.Time{} }),
		"no sender":                     example(func(m *mail.Message) { m.From.Email = "" }),
		"no recipient":                  example(func(m *mail.Message) { m.To.Email = "" }),
		"no address":                    example(func(m *mail.Message) { m.To.Email = "eva" }),
		"two addresses":                 example(func(m *mail.Message) { m.To.Email = "eva@example.com, bob@example.com" }),
		"a name in the address":         example(func(m *mail.Message) { m.To.Email = "Eva <eva@example.com>" }),
		"a header in the address":       example(func(m *mail.Message) { m.To.Email = "eva@example.com\r\nBcc: all@example.com" }),
		"a quoted mailbox":              example(func(m *mail.Message) { m.To.Email = "\"a b\"@example.com" }),
		"an address of other letters":   example(func(m *mail.Message) { m.To.Email = "zoë@example.com" }),
		"a long address":                example(func(m *mail.Message) { m.To.Email = "eva@" + strings.Repeat("a.", 130) + "example" }),
		"a long mailbox":                example(func(m *mail.Message) { m.To.Email = strings.Repeat("e", 65) + "@example.com" }),
		"an address for replies":        example(func(m *mail.Message) { m.ReplyTo = "help\n@example.com" }),
		"a header in the name":          example(func(m *mail.Message) { m.To.Name = "Eva\r\nBcc: all@example.com" }),
		"a header in the sender's name": example(func(m *mail.Message) { m.From.Name = "Alpine\nBcc: all@example.com" }),
		"a header in the subject":       example(func(m *mail.Message) { m.Subject = "Hello\r\nBcc: all@example.com" }),
		"a folded subject":              example(func(m *mail.Message) { m.Subject = "Hello\r\n world" }),
		"a subject on two lines":        example(func(m *mail.Message) { m.Subject = "Hello\u2028world" }),
		"no subject":                    example(func(m *mail.Message) { m.Subject = "  " }),
		"a long subject":                example(func(m *mail.Message) { m.Subject = strings.Repeat("ü", mail.MaxSubject+1) }),
		"a long name":                   example(func(m *mail.Message) { m.To.Name = strings.Repeat("ü", mail.MaxName+1) }),
		"no text":                       example(func(m *mail.Message) { m.Text, m.HTML = "", "<p>x</p>" }),
		"text that is none":             example(func(m *mail.Message) { m.Text = "a\x00b" }),
		"bytes that are no letters":     example(func(m *mail.Message) { m.Subject = "a\xffb" }),
		"a body beyond the limit":       example(func(m *mail.Message) { m.Text = strings.Repeat("x", mail.MaxBody+1) }),
	}
}

// AsRead is how a message reads where it arrives: every line ends with "\n", and a name has neither two spaces in a row nor a
// backslash.
func AsRead(m mail.Message) mail.Message {
	breaks := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	for _, body := range []*string{&m.Text, &m.HTML} {
		if *body != "" {
			*body = strings.TrimSuffix(breaks.Replace(*body), "\n") + "\n"
		}
	}
	for _, name := range []*string{&m.From.Name, &m.To.Name} {
		*name = strings.ReplaceAll(strings.Join(strings.Fields(*name), " "), `\`, "/")
	}
	return m
}
