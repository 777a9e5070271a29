// Package platform puts the whole of Tierkeep together on one machine: the embedded ports, every feature's service and
// handler, the publisher, the consumers and the gateway. It wires and holds no rule.
package platform

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/smtp"
)

// Config is everything that an operator may set of the platform.
type Config struct {
	Addr     string     `env:"TIERKEEP_ADDR" default:"127.0.0.1:8080" doc:"Where the portal and the API listen."`
	Portal   string     `env:"TIERKEEP_PORTAL" doc:"The portal's address as people know it, such as https://portal.example.com. Empty: http:// and the address above."`
	Data     string     `env:"TIERKEEP_DATA" default:".data" doc:"The folder that holds everything: rows, keys, and the local agent's own data."`
	Company  string     `env:"TIERKEEP_COMPANY" default:"Tierkeep" doc:"The supplier's name, used at the first start only."`
	Owner    string     `env:"TIERKEEP_OWNER" default:"owner@tierkeep.example" doc:"E-mail address of the first person, used at the first start only."`
	TimeZone string     `env:"TIERKEEP_TIME_ZONE" default:"Europe/Amsterdam" doc:"The supplier's time zone, used at the first start only."`
	Local    bool       `env:"TIERKEEP_LOCAL_AGENT" default:"true" doc:"Run an agent with a vault of its own beside the platform."`
	LogLevel slog.Level `env:"TIERKEEP_LOG" default:"info" doc:"What the platform logs: debug, info, warn or error, and what is worse."`

	SMTP     string `env:"TIERKEEP_SMTP" doc:"The server that mails are sent by, such as smtp://user:password@mail.example.com (STARTTLS) or smtps:// (TLS). Empty: mails stay in the folder outbox of the data, and the portal shows them to the supplier's people."`
	MailFrom string `env:"TIERKEEP_MAIL_FROM" default:"no-reply@tierkeep.example" doc:"The address that mails come from; must be set where they are sent."`

	SessionIdle    time.Duration `env:"TIERKEEP_SESSION_IDLE" default:"12h" doc:"How long an unused session lives."`
	SessionLongest time.Duration `env:"TIERKEEP_SESSION_LONGEST" default:"168h" doc:"How long any session lives."`

	RemindAfter time.Duration `env:"TIERKEEP_REMIND_AFTER" default:"24h" doc:"After how long those are reminded who are to decide about an approval."`
	ExpireAfter time.Duration `env:"TIERKEEP_EXPIRE_AFTER" default:"168h" doc:"After how long an approval expires that nobody decided."`
	DeciderAge  time.Duration `env:"TIERKEEP_DECIDER_AGE" default:"72h" doc:"How old user, role, password and second factor of a person are at least who decides."`
	TrashKept   time.Duration `env:"TIERKEEP_TRASH_KEPT" default:"720h" doc:"How long a deleted account can be restored from its server's trash; at most a year."`
}

// mail is how mails are sent: by the server that is set, else by what keeps them here.
func (c Config) mail(kept mail.Sender) (mail.Sender, error) {
	if c.SMTP == "" {
		return kept, nil
	}
	if c.MailFrom == "" || c.MailFrom == assemble.ExampleSender {
		return nil, errors.New("TIERKEEP_SMTP is set, so TIERKEEP_MAIL_FROM must be: no server sends as an example")
	}
	server, err := smtp.New(c.SMTP)
	if err != nil {
		return nil, fmt.Errorf("read TIERKEEP_SMTP: %w", err)
	}
	return server, nil
}

// PortalAddress is the portal's address as people know it.
func (c Config) PortalAddress() string {
	if c.Portal != "" {
		return c.Portal
	}
	return "http://" + c.Addr
}
