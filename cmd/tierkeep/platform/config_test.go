package platform

import (
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/shared/port/mail/outbox"
	"github.com/tierkeep/tierkeep/shared/port/mail/smtp"
)

func TestMailsLeaveOnlyWithAServerAndASender(t *testing.T) {
	tests := []struct {
		name, server, from string
		leaves             bool
		wantErr            string
	}{
		{name: "nothing is set", from: assemble.ExampleSender},
		{name: "a sender alone", from: "no-reply@mail.test"},
		{name: "both", server: "smtp://mail.test", from: "no-reply@mail.test", leaves: true},
		{name: "a server alone", server: "smtp://mail.test", from: assemble.ExampleSender, wantErr: "TIERKEEP_MAIL_FROM"},
		{name: "a server that is none", server: "smtp://u:secret@mail.test/x", from: "no-reply@mail.test", wantErr: "TIERKEEP_SMTP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Config{SMTP: tt.server, MailFrom: tt.from}.mail(outbox.Outbox{})
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) || strings.Contains(err.Error(), "secret") {
					t.Errorf("got %v", err)
				}
				return
			}
			if _, leaves := s.(*smtp.Sender); err != nil || leaves != tt.leaves {
				t.Errorf("got %T, %v", s, err)
			}
		})
	}
}
