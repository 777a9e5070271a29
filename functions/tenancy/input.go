package tenancy

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Languages are the ones that portal, mails and documents are written in.
var Languages = []string{"en", "nl", "de", "fr"}

// Profile is what anybody may say about a tenant. Zero values mean: as the parent has it.
type Profile struct {
	Name     string
	Country  string
	TimeZone string
	Language string
	Contact  Contact
}

func (p Profile) validate(fields *problem.Fields, at string, nameless bool) {
	if !nameless || p.Name != "" {
		checkName(fields, at+"/name", p.Name)
	}
	if p.Country != "" && !isCountry(p.Country) {
		fields.Add(at+"/country", "country", "two capital letters of ISO 3166-1")
	}
	if p.TimeZone != "" {
		if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "Local" {
			fields.Add(at+"/time_zone", "time_zone", "a name of the IANA time zone database, such as Europe/Amsterdam")
		}
	}
	if p.Language != "" && !slices.Contains(Languages, p.Language) {
		fields.Add(at+"/language", "language", "one of "+strings.Join(Languages, ", "))
	}
	p.Contact.validate(fields, at)
}

func (c Contact) validate(fields *problem.Fields, at string) {
	if c.Email != "" && !IsEmail(c.Email) {
		fields.Add(at+"/email", "email", "an e-mail address, such as name@example.com")
	}
	for _, f := range []struct{ name, value string }{
		{"/contact_name", c.Person}, {"/phone", c.Phone}, {"/address/street", c.Street}, {"/address/postal_code", c.PostalCode},
		{"/address/city", c.City}, {"/chamber_number", c.ChamberNumber}, {"/vat_number", c.VATNumber},
	} {
		if utf8.RuneCountInString(f.value) > 120 || !printable(f.value) {
			fields.Add(at+f.name, "text", "at most 120 printable characters")
		}
	}
}

// IsEmail tells whether s is one plain address, without a display name.
func IsEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && strings.Contains(s[strings.LastIndex(s, "@")+1:], ".")
}

func checkName(fields *problem.Fields, at, name string) {
	if strings.TrimSpace(name) == "" || strings.TrimSpace(name) != name || utf8.RuneCountInString(name) > 120 || !printable(name) {
		fields.Add(at, "name", "1 to 120 printable characters, without spaces at either end")
	}
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// apply writes the profile over the tenant; empty fields of the place and language are taken from the parent.
func (p Profile) apply(t *Tenant, parent Tenant) {
	t.Name, t.Contact = p.Name, p.Contact
	t.Country = or(p.Country, parent.Country)
	t.TimeZone = or(p.TimeZone, parent.TimeZone)
	t.Language = or(p.Language, parent.Language)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// checkRights checks what a parent wants to give a child.
func checkRights(fields *problem.Fields, level tenant.Level, v tenant.Variant, e tenant.Edition, grants map[tenant.Grant]bool) {
	if variants := level.Variants(); !slices.Contains(variants, v) {
		fields.Add("/variant", string(problem.VariantNotAllowed), "this level has other variants")
	}
	if e != tenant.Basic && e != tenant.Premium {
		fields.Add("/edition", "edition", "basic or premium")
	}
	for g := range grants {
		if !slices.Contains(tenant.Grants(), g) {
			fields.Add("/grants", "grant", "there is no such grant")
		}
	}
}
