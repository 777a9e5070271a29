package assemble

import (
	"context"
	"errors"

	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/functions/notifications"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Notifications makes the service that tells people what happened. Where the port keeps mails instead of sending them, the
// service shows them.
func (a *Assembly) Notifications() *notifications.Service {
	s := &notifications.Service{
		Guard: a.guard, Rows: a.Ports.Store, Clock: a.Ports.Clock, People: addressees{identity.Reader{Rows: a.Ports.Store}, a.directory},
		Brands: brands{a.knownHosts()}, Sender: a.Ports.Mail, From: a.Settings.MailFrom, Log: a.Log,
	}
	s.Outbox, _ = a.Ports.Mail.(notifications.Outbox)
	return s
}

// NotificationsConsumer tells people what happened.
func (a *Assembly) NotificationsConsumer() publish.Handler { return a.Notifications().Consume }

// addressees finds people with their addresses.
type addressees struct {
	identity identity.Reader
	tree     authz.Directory
}

func (a addressees) signsIn(ctx context.Context, u identity.User) (bool, error) {
	status, err := u.StatusIn(ctx, a.tree)
	return status == identity.Active, err
}

// Person implements notifications.People.
func (a addressees) Person(ctx context.Context, home tenant.ID, user string) (notifications.Person, bool, error) {
	u, err := a.identity.User(ctx, home, user)
	if problem.Has(err, problem.NotFound) {
		return notifications.Person{}, false, nil
	}
	if err != nil {
		return notifications.Person{}, false, err
	}
	in, err := a.signsIn(ctx, u)
	return addressee(u), in, err
}

// Deciders implements notifications.People.
func (a addressees) Deciders(ctx context.Context, home tenant.ID) ([]notifications.Person, error) {
	all, err := a.identity.Users(ctx, home)
	if err != nil {
		return nil, err
	}
	var deciders []notifications.Person
	for _, u := range all {
		if !authz.RoleHas(u.Role, authz.ApprovalsDecide) {
			continue
		}
		in, err := a.signsIn(ctx, u)
		if err != nil {
			return nil, err
		}
		if in {
			deciders = append(deciders, addressee(u))
		}
	}
	return deciders, nil
}

func addressee(u identity.User) notifications.Person {
	return notifications.Person{User: u.ID, Home: u.Home, Name: u.Name, Email: u.Email, Language: u.Locale}
}

// brands finds what mails show, and where people sign in.
type brands struct{ hosts *branding.Hosts }

// Of implements notifications.Brands.
func (b brands) Of(ctx context.Context, home tenant.ID) (notifications.Brand, error) {
	brand, err := b.hosts.Effective(ctx, home)
	if err != nil {
		return notifications.Brand{}, err
	}
	realms, err := b.hosts.Above(ctx, home)
	if err != nil {
		return notifications.Brand{}, err
	}
	if len(realms) == 0 {
		return notifications.Brand{}, errors.New("nobody signs in anywhere above " + string(home))
	}
	address, err := b.hosts.Address(ctx, realms[0])
	return notifications.Brand{
		Product: brand.Product, Company: brand.Company, Support: brand.Support.Email, Portal: address,
		Accent: brand.Tokens.Accent.String(), OnAccent: brand.Tokens.OnAccent.String(),
	}, err
}
