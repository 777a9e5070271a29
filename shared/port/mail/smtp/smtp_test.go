package smtp_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/mailtest"
	"github.com/tierkeep/tierkeep/shared/port/mail/smtp"
)

// sender speaks to the server as if it stood at the host of the address.
func sender(t *testing.T, s *server, address string) *smtp.Sender {
	t.Helper()
	to, err := smtp.New(address)
	if err != nil {
		t.Fatal(err)
	}
	return to.At(s.address, s.certificate)
}

func TestConformance(t *testing.T) {
	for how, address := range map[string]string{"plain to this machine": "smtp://127.0.0.1", "encrypted": "smtp://example.com"} {
		t.Run(how, func(t *testing.T) {
			mailtest.Run(t, func(t *testing.T) mailtest.World {
				s := serve(t, &server{startTLS: address == "smtp://example.com"})
				return mailtest.World{Sender: sender(t, s, address), Arrived: s.arrived}
			})
		})
	}
}

func TestOnlyTheSameMachineIsSpokenToWithoutEncryption(t *testing.T) {
	tests := []struct {
		name, address  string
		startTLS, tls  bool
		sent, secretly bool
	}{
		{"another machine that offers STARTTLS", "smtp://example.com", true, false, true, true},
		{"another machine that offers nothing", "smtp://example.com", false, false, false, false},
		{"another machine with another's certificate", "smtp://mail.test", true, false, false, false},
		{"another machine by TLS", "smtps://example.com", false, true, true, true},
		{"another machine by TLS with another's certificate", "smtps://mail.test", false, true, false, false},
		{"this machine that offers STARTTLS", "smtp://127.0.0.1", true, false, true, true},
		{"this machine that offers nothing", "smtp://127.0.0.1", false, false, true, false},
		{"this machine by its IPv6 address", "smtp://[::1]", false, false, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, &server{startTLS: tt.startTLS, implicit: tt.tls})
			_, err := sender(t, s, tt.address).Send(t.Context(), mailtest.Messages()["plain"])
			if (err == nil) != tt.sent || errors.Is(err, mail.ErrRefused) {
				t.Fatalf("got %v", err)
			}
			if secure := s.seen().secure; tt.sent && (len(secure) != 1 || secure[0] != tt.secretly) {
				t.Errorf("encrypted: %v, want %v", secure, tt.secretly)
			}
		})
	}
}

func TestItSignsInOnlyWhereNobodyListens(t *testing.T) {
	secret := base64.StdEncoding.EncodeToString([]byte("\x00mailer@x\x00p@ss/word"))
	for _, address := range []string{"smtp://mailer%40x:p%40ss%2Fword@example.com", "smtps://mailer%40x:p%40ss%2Fword@example.com"} {
		s := serve(t, &server{startTLS: true, auth: true, implicit: strings.HasPrefix(address, "smtps")})
		if _, err := sender(t, s, address).Send(t.Context(), mailtest.Messages()["plain"]); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"PLAIN " + secret}, s.seen().signedIn); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", address, diff)
		}
	}
	s := serve(t, &server{auth: true})
	if _, err := sender(t, s, "smtp://mailer:secret@127.0.0.1").Send(t.Context(), mailtest.Messages()["plain"]); err == nil || len(s.seen().signedIn) != 0 {
		t.Errorf("got %v after signing in as %q in the clear", err, s.seen().signedIn)
	}
}

func TestTheServersWordDecides(t *testing.T) {
	tests := []struct {
		name    string
		replies map[string]string
		want    error // nil: sent
		kept    int
	}{
		{"an unknown person", map[string]string{"RCPT": "550 5.1.1 nobody of that name"}, mail.ErrRefused, 0},
		{"a full mailbox for now", map[string]string{"RCPT": "452 4.2.2 full"}, errAgain, 0},
		{"greylisting", map[string]string{"RCPT": "451 4.7.1 come back"}, errAgain, 0},
		{"relaying denied", map[string]string{"RCPT": "554 5.7.1 relay access denied"}, errAgain, 0},
		{"the sender is not allowed", map[string]string{"MAIL": "550 5.1.0 not you"}, errAgain, 0},
		{"signing in is asked for", map[string]string{"MAIL": "530 5.7.0 sign in"}, errAgain, 0},
		{"the content is refused", map[string]string{"mail": "554 5.6.0 not this"}, mail.ErrRefused, 0},
		{"the content fails for now", map[string]string{"mail": "451 4.3.0 disk"}, errAgain, 0},
		{"the server is closed", map[string]string{"greeting": "554 5.3.2 closed"}, errAgain, 0},
		{"the connection ends after the mail", map[string]string{"mail": ""}, errAgain, 1},
		{"the connection ends at the parting", map[string]string{"RSET": "", "QUIT": ""}, nil, 1},
		{"an unfriendly parting", map[string]string{"QUIT": "500 5.5.1 what"}, nil, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, &server{replies: tt.replies})
			_, err := sender(t, s, "smtp://127.0.0.1").Send(t.Context(), mailtest.Messages()["plain"])
			switch {
			case tt.want == nil && err != nil:
				t.Errorf("got %v", err)
			case tt.want != nil && (err == nil || errors.Is(err, mail.ErrRefused) != (tt.want == mail.ErrRefused)): //nolint:errorlint // which of the two is expected
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if kept := len(s.seen().kept); kept != tt.kept {
				t.Errorf("%d mails are kept, want %d", kept, tt.kept)
			}
		})
	}
}

var errAgain = errors.New("another attempt may go well")

func TestTheEnvelopeNamesTheTwoAddressesAlone(t *testing.T) {
	s := serve(t, &server{})
	if _, err := sender(t, s, "smtp://127.0.0.1").Send(t.Context(), mailtest.Messages()["a name with signs of its own"]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"MAIL FROM:<no-reply@alpine.example>", "RCPT TO:<eva@example.com>"}, s.seen().envelope); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestASilentServerHoldsNobodyUp(t *testing.T) {
	s := serve(t, &server{silent: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := sender(t, s, "smtp://127.0.0.1").Send(ctx, mailtest.Messages()["plain"]); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestAddressesOfServers(t *testing.T) {
	for _, address := range []string{"", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://mail.example.com/path", "smtp://u:secret%zz@h", "smtp://u:secret@h:port", "smtp://h?tls=none"} {
		if _, err := smtp.New(address); !errors.Is(err, smtp.ErrAddress) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}
