// Package mail is the port that sends mail. AWS: SES; embedded: an SMTP server, or an outbox folder that the portal shows
// in development. Who gets what is decided by notifications.
package mail

import (
	"context"
	"errors"
	"time"
)

// Sender sends mail.
type Sender interface {
	// Send hands one message over to delivery and returns the name under which the carrier knows it. A message that no
	// attempt can deliver (an address that is none, one beyond the limits) fails with ErrRefused; any other error may go
	// well another time. A message may arrive twice when the reply to an earlier attempt was lost; both then carry the
	// message's ID.
	Send(ctx context.Context, m Message) (id string, err error)
}

// Message is one mail to one person.
type Message struct {
	// ID names the message for good, at most 128 letters, digits, dashes and underscores: another attempt has the same one,
	// so that doubles can be recognised. It stands in the headers Message-ID, which SES replaces, and X-Entity-Ref-ID.
	ID      string
	Date    time.Time // when it was written, to the second
	From    Address
	To      Address
	ReplyTo string // an address without a name, may be empty
	Subject string // one line, at most 255 characters
	Text    string // plain text, always
	HTML    string // may be empty
}

// Address is a mail address with the name that people see.
type Address struct {
	Name  string // one line, at most 120 characters, may be empty
	Email string // at most 254 characters of ASCII: a domain of other letters is written in its ASCII form
}

// ErrRefused says that the message can never be delivered as it is.
var ErrRefused = errors.New("the message cannot be delivered")

// Kept is a message that stayed here instead of being sent, under the name that Send returned.
type Kept struct {
	Name string
	Message
}

// ErrNotKept says that no message is kept under a name.
var ErrNotKept = errors.New("no such message is kept")
