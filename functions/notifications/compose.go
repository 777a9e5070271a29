package notifications

import (
	_ "embed"
	"fmt"
	"html"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// news is what happened, as mails tell it. Empty parts are left out.
type news struct {
	Event    string // evt_…
	At       time.Time
	Approval string
	Kind     string // what is to be allowed
	Seller   string // its name
	Asker    string
	Decision string // approved, refused or withdrawn
	Decider  string
	Until    time.Time // when it must have been decided; zero: it is over
}

// letter is what one mail says, for both of its forms.
type letter struct {
	Language                string
	Greeting, Lead          string
	Facts                   []fact
	Action, Link            string
	Why, Mandatory, Support string
	Brand                   Brand
}

type fact struct{ Label, Value string }

// compose writes the mail that tells a person the news. Place is the tenant below which the portal shows it to this person,
// and zone the time zone in which the person reads times.
func compose(n news, r Rule, to Person, b Brand, from string, place tenant.ID, zone *time.Location) (mail.Message, error) {
	language, t := textsIn(to.Language)
	what := t.say("kind." + n.Kind)
	if what == "" {
		return mail.Message{}, fmt.Errorf("no text says what %s is", n.Kind)
	}
	l := letter{
		Language: language, Greeting: t.say("greeting", "name", to.Name), Lead: t.say(string(r.Notice) + ".lead"),
		Action: t.say("action"), Link: b.Portal + "/t/" + string(place) + "/approvals/" + n.Approval,
		Why: t.say("why." + string(r.To)), Brand: b,
	}
	until := ""
	if !n.Until.IsZero() {
		until = n.Until.In(zone).Format(t.say("date"))
	}
	for _, f := range []fact{
		{"what", capital(what)}, {"asker", n.Asker}, {"seller", n.Seller}, {"decider", n.Decider}, {"until", until},
	} {
		if f.Value != "" {
			l.Facts = append(l.Facts, fact{t.say("fact." + f.Label), f.Value})
		}
	}
	if r.Mandatory {
		l.Mandatory = t.say("mandatory")
	}
	if b.Support != "" {
		l.Support = t.say("support", "support", b.Support)
	}
	return mail.Message{
		ID: n.Event + "-" + to.User, Date: n.At, From: mail.Address{Name: b.Product, Email: from}, ReplyTo: b.Support,
		To: mail.Address{Name: to.Name, Email: to.Email}, Subject: t.say(string(r.Notice)+".subject", "what", what),
		Text: l.text(), HTML: l.html(),
	}, nil
}

func (l letter) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n\n", l.Greeting, l.Lead)
	for _, f := range l.Facts {
		fmt.Fprintf(&b, "%s: %s\n", f.Label, f.Value)
	}
	fmt.Fprintf(&b, "\n%s:\n%s\n\n-- \n%s\n%s\n", l.Action, l.Link, l.Brand.Product, l.Why)
	for _, line := range []string{l.Mandatory, l.Support} {
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

//go:embed texts/letter.html
var layout string

// html fills in the layout. Everything is escaped; a template engine would double the function that sends mails, because the
// linker then keeps every method of everything.
func (l letter) html() string {
	var facts strings.Builder
	for _, f := range l.Facts {
		facts.WriteString(strings.NewReplacer("{label}", html.EscapeString(f.Label), "{value}", html.EscapeString(f.Value)).Replace(factRow))
	}
	places := []string{"{facts}", facts.String()}
	for name, text := range map[string]string{
		"language": l.Language, "product": l.Brand.Product, "greeting": l.Greeting, "lead": l.Lead, "link": l.Link, "action": l.Action,
		"accent": l.Brand.Accent, "on_accent": l.Brand.OnAccent, "why": strings.TrimSpace(l.Why + " " + l.Mandatory), "support": l.Support,
	} {
		places = append(places, "{"+name+"}", html.EscapeString(text))
	}
	return strings.NewReplacer(places...).Replace(layout)
}

const factRow = `<tr><td style="padding:2px 16px 2px 0;vertical-align:top;color:#4a5566">{label}</td>` +
	`<td style="padding:2px 0;vertical-align:top">{value}</td></tr>` + "\n"

// capital begins a text with a capital letter, as a value of its own does.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
