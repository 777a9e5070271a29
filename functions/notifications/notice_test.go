package notifications

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/approvals"
)

var update = flag.Bool("update", false, "write the golden mails")

func TestEveryRoutedEventHasALineAndEveryLineARoute(t *testing.T) {
	lines := map[events.Type]bool{}
	for _, r := range Rules {
		lines[r.Event] = true
		if !slices.Contains(events.Routes[r.Event], events.Notifications) {
			t.Errorf("%s stands in the table of notices and does not come here", r.Event)
		}
	}
	for happened, consumers := range events.Routes {
		if slices.Contains(consumers, events.Notifications) && !lines[happened] {
			t.Errorf("%s comes here and stands in no line of the table of notices", happened)
		}
	}
}

var places = regexp.MustCompile(`\{[a-z]+\}`)

func TestEveryLanguageSaysTheSameThings(t *testing.T) {
	shape := func(language string) map[string]string {
		of := map[string]string{}
		for key, text := range catalogues()[language] {
			found := places.FindAllString(text, -1)
			slices.Sort(found)
			of[key] = strings.Join(found, " ")
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s: %s is %q", language, key, text)
			}
		}
		return of
	}
	want := shape(Languages[0])
	for _, language := range Languages[1:] {
		if diff := cmp.Diff(want, shape(language)); diff != "" {
			t.Errorf("%s says other things than %s (-%s +%s):\n%s", language, Languages[0], Languages[0], language, diff)
		}
	}
}

func TestEveryNoticeHasItsTextsAndEveryTextItsUse(t *testing.T) {
	used := map[string]bool{"date": true, "greeting": true, "action": true, "mandatory": true, "support": true}
	for _, r := range Rules {
		used[string(r.Notice)+".subject"], used[string(r.Notice)+".lead"], used["why."+string(r.To)] = true, true, true
	}
	for _, f := range []string{"what", "asker", "seller", "decider", "until"} {
		used["fact."+f] = true
	}
	for k := range approvals.Kinds {
		used["kind."+string(k)] = true
	}
	for key := range catalogues()[Languages[0]] {
		if !used[key] {
			t.Errorf("nobody says %s", key)
		}
		delete(used, key)
	}
	for key := range used {
		t.Errorf("no text for %s", key)
	}
}

// The golden mails are for people to read: one file for each language.
func TestMailsReadAsTheyWereAgreed(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range Languages {
		var all strings.Builder
		for _, r := range Rules {
			n := news{Event: "evt_1", At: start, Approval: apr, Kind: "account.purge", Seller: "Alpine IT", Asker: "Eva Jansen"}
			switch {
			case r.Decision != "" && r.Decision != "withdrawn":
				n.Decider = "Dieter Groß"
			case r.Event == events.ApprovalRequested{}.EventType() || r.Event == events.ApprovalReminded{}.EventType():
				n.Until = start.AddDate(0, 0, 7)
			}
			to := dieter
			to.Language = language
			b, _ := new(world).Of(t.Context(), seller)
			m, err := compose(n, r, to, b, "no-reply@mail.example", distributor, berlin)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Validate(); err != nil {
				t.Errorf("%s to the %s in %s: %v", r.Notice, r.To, language, err)
			}
			fmt.Fprintf(&all, "-- %s, to the %s --\nFrom: %s <%s>\nReply-To: %s\nTo: %s <%s>\nSubject: %s\n\n%s\n", r.Notice, r.To, m.From.Name,
				m.From.Email, m.ReplyTo, m.To.Name, m.To.Email, m.Subject, m.Text)
			if r.Notice == ApprovalWaiting {
				fmt.Fprintf(&all, "%s\n", m.HTML)
			}
		}
		golden(t, filepath.Join("testdata", language+".txt"), all.String())
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestWhatPeopleAreCalledIsNeverMarkup(t *testing.T) {
	b, _ := new(world).Of(t.Context(), supplier)
	b.Product = "<script>alert(1)</script>"
	to := eva
	to.Name = `"><img src=x onerror=alert(1)>`
	m, err := compose(news{Event: "evt_1", At: start, Approval: apr, Kind: "account.delete", Seller: "<b>x</b>", Asker: "{name}"}, Rules[0], to, b, "a@b.example", seller, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"<script", "<img", "<b>"} {
		if strings.Contains(m.HTML, tag) {
			t.Errorf("the mail has the tag %s", tag)
		}
	}
	if !strings.Contains(m.Text, "{name}") {
		t.Error("a name was taken for a place to fill in")
	}
}
