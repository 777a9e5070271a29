package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	mailaws "github.com/tierkeep/tierkeep/shared/port/mail/aws"
	"github.com/tierkeep/tierkeep/shared/port/mail/mailtest"
	"github.com/tierkeep/tierkeep/shared/port/mail/mime"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

const sends awstest.Capability = "mail by version 2 of SES"

// account is an account whose example senders are verified, or the address that a real account's operator names.
func account(t *testing.T) aws.Config {
	t.Helper()
	needsSES(t)
	c := awstest.Config(t)
	if !awstest.Real() {
		verify(t, c, "alpine.example")
		verify(t, c, "example.com")
	}
	return c
}

func needsSES(t *testing.T) {
	t.Helper()
	if awstest.Kind() == emulator.LocalStack {
		awstest.Lacking(t, sends)
	}
}

func verify(t *testing.T, c aws.Config, identity string) {
	t.Helper()
	if _, err := sesv2.NewFromConfig(c).CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: &identity}); err != nil {
		t.Fatalf("verify %s: %v", identity, err)
	}
}

// wire keeps the messages that were handed to SES and not refused.
type wire struct {
	mu  sync.Mutex
	all [][]byte
}

func (w *wire) over(c aws.Config) aws.Config {
	c.APIOptions = append(c.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("keep",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleInitialize(ctx, in)
				if send, ok := in.Parameters.(*sesv2.SendEmailInput); ok && err == nil {
					w.mu.Lock()
					defer w.mu.Unlock()
					w.all = append(w.all, send.Content.Raw.Data)
				}
				return out, meta, err
			}), middleware.Before)
	})
	return c
}

func (w *wire) arrived(t *testing.T) []mail.Message {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []mail.Message
	for _, raw := range w.all {
		m, err := mime.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func TestConformance(t *testing.T) {
	needsSES(t)
	mailtest.Run(t, func(t *testing.T) mailtest.World {
		w, c := &wire{}, account(t)
		world := mailtest.World{Sender: mailaws.New(w.over(c)), Arrived: w.arrived}
		if awstest.Real() {
			world.Address = realAddress(t)
		}
		return world
	})
}

// realAddress sends from a verified address to the simulator of mailboxes, which takes everything.
func realAddress(t *testing.T) func(string) string {
	from := os.Getenv("TIERKEEP_TEST_MAIL_FROM")
	if from == "" {
		t.Skip("TIERKEEP_TEST_MAIL_FROM names no verified address of this account")
	}
	return func(email string) string {
		if email == mailtest.Messages()["plain"].From.Email {
			return from
		}
		return "success@simulator.amazonses.com"
	}
}

// The emulator reads mails with a parser that is not ours.
func TestAnotherProgramReadsWhatWasWritten(t *testing.T) {
	needsSES(t)
	if awstest.Real() {
		t.Skip("nobody reads the mails of the simulator of mailboxes")
	}
	for name, m := range mailtest.Messages() {
		t.Run(name, func(t *testing.T) {
			c := account(t)
			if _, err := mailaws.New(c).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			want := mailtest.AsRead(m)
			got := received(t, c)
			if diff := cmp.Diff([]mail.Message{{
				From: mail.Address{Email: want.From.Email}, To: mail.Address{Email: want.To.Email},
				Subject: want.Subject, Text: want.Text, HTML: want.HTML,
			}}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func received(t *testing.T, c aws.Config) []mail.Message {
	t.Helper()
	who, err := c.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, awstest.Endpoint()+"/_ministack/ses/messages?account="+who.AccessKeyID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	var sent struct {
		Messages map[string][]struct {
			Source, Subject, BodyText, BodyHtml string
			To                                  []string
		}
	}
	if err := json.NewDecoder(reply.Body).Decode(&sent); err != nil {
		t.Fatal(err)
	}
	var all []mail.Message
	for _, m := range sent.Messages[who.AccessKeyID] {
		all = append(all, mail.Message{
			From: mail.Address{Email: m.Source}, To: mail.Address{Email: m.To[0]}, Subject: m.Subject,
			Text: strings.ReplaceAll(m.BodyText, "\r\n", "\n"), HTML: strings.ReplaceAll(m.BodyHtml, "\r\n", "\n"),
		})
	}
	return all
}

// quick sends each request so often, without long pauses.
func quick(c aws.Config, attempts int) aws.Config {
	c.Retryer = func() aws.Retryer {
		return retry.AddWithMaxBackoffDelay(retry.AddWithMaxAttempts(retry.NewStandard(), attempts), time.Millisecond)
	}
	return c
}

func TestASenderWhoIsNotVerifiedCanBeVerifiedAndTheMailSentAgain(t *testing.T) {
	if awstest.Real() {
		t.Skip("a real account verifies no example")
	}
	c := account(t)
	s, m := mailaws.New(c), mailtest.Messages()["plain"]
	m.From.Email = "no-reply@mail.fresh.example"
	if _, err := s.Send(t.Context(), m); err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("got %v, want an error that may pass", err)
	}
	verify(t, c, "fresh.example")
	if _, err := s.Send(t.Context(), m); err != nil {
		t.Errorf("after the domain was verified: %v", err)
	}
}

func TestWhatMayPassIsNotRefused(t *testing.T) {
	c := quick(account(t), 2)
	for _, f := range []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply, awsfault.CutReply} {
		s := mailaws.New(awsfault.With(c, awsfault.New(1).Chance(f, 1)))
		if _, err := s.Send(t.Context(), mailtest.Messages()["plain"]); err == nil || errors.Is(err, mail.ErrRefused) {
			t.Errorf("%s: got %v", f, err)
		}
	}
}

func TestAMailWhoseReplyWasLostIsSentAgainUnderTheSameID(t *testing.T) {
	if awstest.Real() {
		t.Skip("nobody counts the mails of the simulator of mailboxes")
	}
	c := account(t)
	w := &wire{}
	plan := awsfault.New(1).Next("SendEmail", awsfault.LostReply)
	if _, err := mailaws.New(awsfault.With(w.over(quick(c, 3)), plan)).Send(t.Context(), mailtest.Messages()["plain"]); err != nil {
		t.Fatal(err)
	}
	if n := len(received(t, c)); n != 2 {
		t.Errorf("%d mails arrived, want the two that SES made of it", n)
	}
	if got := w.arrived(t); len(got) != 1 || got[0].ID != mailtest.Messages()["plain"].ID {
		t.Errorf("sent was %+v", got)
	}
}
