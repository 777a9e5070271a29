package mime

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"

	"github.com/tierkeep/tierkeep/shared/port/mail"
)

// Read returns the message that was written; line breaks are "\n". It reads nothing but what Write writes.
func Read(raw []byte) (mail.Message, error) {
	m, err := read(raw)
	if err != nil {
		return mail.Message{}, fmt.Errorf("read a mail: %w", err)
	}
	return m, nil
}

func read(raw []byte) (m mail.Message, err error) {
	in, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.ID = in.Header.Get(Ref)
	if m.Date, err = in.Header.Date(); err != nil {
		return m, err
	}
	m.Date = m.Date.UTC()
	if m.From, err = one(in.Header, "From"); err != nil {
		return m, err
	}
	if m.To, err = one(in.Header, "To"); err != nil {
		return m, err
	}
	if in.Header.Get("Reply-To") != "" {
		to, err := one(in.Header, "Reply-To")
		if err != nil {
			return m, err
		}
		m.ReplyTo = to.Email
	}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject")); err != nil {
		return m, err
	}
	return m, bodies(&m, in)
}

func one(h netmail.Header, name string) (mail.Address, error) {
	all, err := h.AddressList(name)
	if err != nil {
		return mail.Address{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(all) != 1 {
		return mail.Address{}, fmt.Errorf("%s has %d addresses", name, len(all))
	}
	return mail.Address{Name: all[0].Name, Email: all[0].Address}, nil
}

var errOtherForm = errors.New("the body has another form")

func bodies(m *mail.Message, in *netmail.Message) error {
	kind, params, err := mime.ParseMediaType(in.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if kind != "multipart/alternative" {
		return body(m, kind, in.Header.Get("Content-Transfer-Encoding"), in.Body)
	}
	parts := multipart.NewReader(in.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		if err := body(m, kind, p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
			return err
		}
	}
}

func body(m *mail.Message, kind, encoding string, r io.Reader) error {
	if encoding != "quoted-printable" {
		return errOtherForm
	}
	b, err := io.ReadAll(quotedprintable.NewReader(r))
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	switch kind {
	case "text/plain":
		m.Text = text
	case "text/html":
		m.HTML = text
	default:
		return errOtherForm
	}
	return nil
}
