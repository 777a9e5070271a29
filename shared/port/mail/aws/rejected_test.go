package aws_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	mailaws "github.com/tierkeep/tierkeep/shared/port/mail/aws"
	"github.com/tierkeep/tierkeep/shared/port/mail/mailtest"
)

// The emulator rejects no content, so SES is a server here that does.
func TestARejectedMailIsFinalOnlyWhereNobodyCanMendIt(t *testing.T) {
	const (
		yes, no    = `200 {"VerifiedForSendingStatus":true}`, `200 {"VerifiedForSendingStatus":false}`
		production = `200 {"ProductionAccessEnabled":true}`
		sandbox    = `200 {"ProductionAccessEnabled":false}`
	)
	tests := []struct {
		name, send          string
		from, to, domain    string // what is known of the identities; empty: nothing
		account             string
		final               bool
		withoutPermissionTo string
	}{
		{name: "content that is refused", send: "400 MessageRejected", domain: yes, account: production, final: true},
		{name: "content that is refused, from a verified address", send: "400 MessageRejected", from: yes, account: production, final: true},
		{name: "a sender nobody knows", send: "400 MessageRejected", account: production},
		{name: "a sender who is not verified yet", send: "400 MessageRejected", from: no, domain: no, account: production},
		{name: "an unverified recipient in the sandbox", send: "400 MessageRejected", domain: yes, account: sandbox},
		{name: "a verified recipient in the sandbox", send: "400 MessageRejected", domain: yes, to: yes, account: sandbox, final: true},
		{name: "nobody may look why", send: "400 MessageRejected", domain: yes, account: production, withoutPermissionTo: "/identities/"},
		{name: "nobody may look at the account", send: "400 MessageRejected", domain: yes, account: production, withoutPermissionTo: "/account"},
		{name: "a malformed request", send: "400 BadRequestException", final: true},
		{name: "sending is paused", send: "400 SendingPausedException"},
		{name: "the account is suspended", send: "400 AccountSuspendedException"},
		{name: "the return path is not verified", send: "400 MailFromDomainNotVerifiedException"},
		{name: "the day's quota is used up", send: "400 LimitExceededException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := mailtest.Messages()["plain"]
			known := map[string]string{
				"outbound-emails": tt.send, "account": tt.account,
				m.From.Email: tt.from, m.To.Email: tt.to, "alpine.example": tt.domain,
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := known[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
				if answer == "" {
					answer = "404 NotFoundException"
				}
				if tt.withoutPermissionTo != "" && strings.Contains(r.URL.Path, tt.withoutPermissionTo) {
					answer = "403 AccessDeniedException"
				}
				status, body, _ := strings.Cut(answer, " ")
				if status != "200" {
					w.Header().Set("X-Amzn-Errortype", body)
					w.WriteHeader(map[string]int{"400": 400, "403": 403, "404": 404}[status])
					body = "{}"
				}
				_, _ = io.WriteString(w, body)
			}))
			defer server.Close()
			_, err := mailaws.New(quick(aws.Config{
				Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
			}, 1)).Send(t.Context(), m)
			if err == nil || errors.Is(err, mail.ErrRefused) != tt.final {
				t.Errorf("got %v, want it to be final: %v", err, tt.final)
			}
		})
	}
}
