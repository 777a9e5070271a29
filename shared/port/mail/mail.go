// Package mail is the port that sends mail. AWS: SES; embedded: an SMTP server, or an outbox folder that the portal shows
// in development. Who gets what is decided by notifications.
package mail

import (
	"context"
	"errors"
)

// Sender sends mail.
type Sender interface {
	// Send hands one message over to delivery and returns the name under which the carrier knows it. A message that no
	// attempt can deliver (an address that is none, one beyond the limits) fails with ErrRefused; any other error may go
	// well another time. A message may arrive twice when the reply to an earlier attempt was lost.
	Send(ctx context.Context, m Message) (id string, err error)
}

// Message is one mail to one person.
type Message struct {
	From    Address
	ReplyTo string // may be empty
	To      Address
	Subject string
	Text    string // plain text, always
	HTML    string // may be empty
}

// Address is a mail address with the name that people see.
type Address struct{ Name, Email string }

// ErrRefused says that the message can never be delivered as it is.
var ErrRefused = errors.New("the message cannot be delivered")
