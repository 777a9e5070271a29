// Package smtp is the adapter of shared/port/mail for a server that speaks SMTP.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/mime"
)

// Sender hands messages to one server, each over a connection of its own. It speaks without encryption only to a server of
// the same machine, and gives a password away only where the connection is encrypted or the way of signing in hides it.
type Sender struct {
	host, user, password string
	port                 int
	secure               bool // TLS from the first byte, else STARTTLS
	trust                *tls.Config
	dial                 func(ctx context.Context, network, address string) (net.Conn, error)
}

// ErrAddress says that the server's address is not one.
var ErrAddress = errors.New("the mail server is written smtp://user:password@host:port, or smtps:// for TLS from the first byte")

const (
	submission  = 587 // RFC 6409
	submissions = 465 // RFC 8314
	takes       = 30 * time.Second
)

// New makes a sender for a server such as smtp://user:password@mail.example.com: STARTTLS on port 587 unless another one is
// named. smtps:// is TLS from the first byte, on port 465. The errors never show the password.
func New(server string) (*Sender, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" {
		return nil, ErrAddress
	}
	s := &Sender{
		host: u.Hostname(), port: submission, user: u.User.Username(), secure: u.Scheme == "smtps",
		trust: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}, dial: new(net.Dialer).DialContext,
	}
	s.password, _ = u.User.Password()
	if s.secure {
		s.port = submissions
	}
	if u.Port() != "" {
		if s.port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, ErrAddress
		}
	}
	return s, nil
}

// Send gives the message to the server and returns its Message-ID.
func (s *Sender) Send(ctx context.Context, m mail.Message) (string, error) {
	msg, err := mime.Compose(m)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, takes)
	defer cancel()
	err = s.deliver(ctx, msg)
	if err != nil && !msg.IsDelivered() { // what fails behind the server's word is only the parting
		if isFinal(err) {
			return "", fmt.Errorf("%w: %w", mail.ErrRefused, err)
		}
		return "", fmt.Errorf("send message %s by SMTP: %w", m.ID, err)
	}
	return strings.Trim(msg.GetMessageID(), "<>"), nil
}

func (s *Sender) deliver(ctx context.Context, msg *gomail.Msg) error {
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTLSConfig(s.trust), gomail.WithTLSPolicy(s.policy()), gomail.WithTimeout(takes),
		gomail.WithDialContextFunc(func(_ context.Context, network, address string) (net.Conn, error) {
			return s.connect(ctx, network, address) // the whole delivery's context: the client's own ends once it is connected
		}),
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, msg)
}

func (s *Sender) policy() gomail.TLSPolicy {
	if s.secure || isLoopback(s.host) {
		return gomail.TLSOpportunistic // encrypted already, or in no danger
	}
	return gomail.TLSMandatory
}

// connect makes a connection that ends with the context: the client itself waits for a silent server for ever.
func (s *Sender) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := s.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	if !s.secure {
		return conn, nil
	}
	encrypted := tls.Client(conn, s.trust)
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return encrypted, nil
}

// isFinal tells whether the server will never take this message for this person (RFC 5321, 4.2.1: the codes of 500). What it
// says against the sender, or for reasons of its policy (RFC 3463: X.7), the operator can change.
func isFinal(err error) bool {
	var failed *gomail.SendError
	if !errors.As(err, &failed) || failed.ErrorCode() < 500 || strings.HasPrefix(failed.EnhancedStatusCode(), "5.7.") {
		return false
	}
	return failed.Reason == gomail.ErrSMTPRcptTo || failed.Reason == gomail.ErrSMTPData || failed.Reason == gomail.ErrSMTPDataClose
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
