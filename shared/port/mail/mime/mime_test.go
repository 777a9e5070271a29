package mime_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/mail/mailtest"
	"github.com/tierkeep/tierkeep/shared/port/mail/mime"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestAMessageReadsBackAsItWasWritten(t *testing.T) {
	for name, m := range mailtest.Messages() {
		t.Run(name, func(t *testing.T) { wantSame(t, m) })
	}
}

func TestAnyMessageReadsBackAsItWasWritten(t *testing.T) {
	line := func(longest int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			return strings.TrimSpace(rapid.StringOfN(rapid.RuneFrom([]rune(`abc XYZ 19 ,;:<>@"'()[]\=?_éß€漢🙂`)), 1, longest, -1).Draw(t, "line"))
		})
	}
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abc .-=\n\tXé€🙂")), 1, 3000, -1)
	rapid.Check(t, func(t *rapid.T) {
		m := mail.Message{
			ID:      rapid.StringMatching(`[A-Za-z0-9_-]{1,128}`).Draw(t, "ID"),
			Date:    time.Unix(rapid.Int64Range(1, 4e9).Draw(t, "date"), 0).UTC(),
			From:    mail.Address{Name: line(mail.MaxName).Draw(t, "from"), Email: "from@example.com"},
			To:      mail.Address{Name: line(mail.MaxName).Draw(t, "to"), Email: "to@example.com"},
			Subject: line(mail.MaxSubject).Draw(t, "subject"), Text: text.Draw(t, "text"),
		}
		if m.Subject == "" {
			m.Subject = "s"
		}
		if rapid.Bool().Draw(t, "has HTML") {
			m.HTML = text.Draw(t, "HTML")
		}
		wantSame(t, m)
	})
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// wantSame also holds the form to what every mail server takes.
func wantSame(t failer, m mail.Message) {
	t.Helper()
	raw, err := mime.Write(m)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	again, _ := mime.Write(m)
	if !bytes.Equal(raw, again) {
		t.Fatalf("the second writing differs:\n%s", cmp.Diff(string(raw), string(again)))
	}
	for line := range bytes.SplitSeq(bytes.TrimSuffix(raw, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") || bytes.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Fatalf("a line that no server takes: %q", line)
		}
	}
	got, err := mime.Read(raw)
	if err != nil {
		t.Fatalf("read: %v\n%s", err, raw)
	}
	if diff := cmp.Diff(mailtest.AsRead(m), got); diff != "" {
		t.Fatalf("read (-want +got):\n%s\n%s", diff, raw)
	}
}

func TestTheFormIsTheOneThatWasAgreed(t *testing.T) {
	for _, name := range []string{"plain", "html and other letters"} {
		raw, err := mime.Write(mailtest.Messages()[name])
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".eml")
		if *update {
			if err := os.WriteFile(golden, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(raw)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", golden, diff)
		}
	}
}

func TestAMailSaysNothingOfTheProgramThatWroteIt(t *testing.T) {
	raw, err := mime.Write(mailtest.Messages()["plain"])
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"User-Agent", "X-Mailer", "go-mail", "ierkeep"} {
		if bytes.Contains(raw, []byte(word)) {
			t.Errorf("it says %s: a reseller's mail shows his brand alone", word)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, m := range mailtest.Messages() {
		raw, err := mime.Write(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(_ *testing.T, raw []byte) { _, _ = mime.Read(raw) })
}
