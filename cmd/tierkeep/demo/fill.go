package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Result is what the demonstration made, for whoever scripts against it.
type Result struct {
	Address string   `json:"address"`
	Tenants []Tenant `json:"tenants"`
	Vault   Vault    `json:"vault"`
}

// Tenant is one tenant of the tree.
type Tenant struct {
	ID      tenant.ID      `json:"id"`
	Name    string         `json:"name"`
	Level   tenant.Level   `json:"level"`
	Variant tenant.Variant `json:"variant,omitempty"`
	Edition tenant.Edition `json:"edition,omitempty"`
	Parent  tenant.ID      `json:"parent,omitempty"`
	SignIn  *SignIn        `json:"sign_in"` // null: an anonymous customer, a site
	APIKey  *string        `json:"api_key"` // null: this tenant may have none
}

// SignIn is how somebody of a tenant comes in.
type SignIn struct {
	Address  string `json:"address"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Vault is one account of the local vault, for a backup client.
type Vault struct {
	Tenant     tenant.ID `json:"tenant"`
	Account    string    `json:"account"`
	Login      string    `json:"login"`
	Password   string    `json:"password"`
	Repository string    `json:"repository"`
}

// weeks is how far the history goes back.
const weeks = 6

// filler fills one platform once.
type filler struct {
	p      *platform.Platform
	old    *platform.Platform // over the same rows, six weeks ago: where the accounts are created
	random *rand.Rand
	seed   uint64
	root   tenancy.Tenant
	owner  authz.Principal // of the supplier: acts below, as suppliers do
	result Result
	made   []made
}

// made is an account with its story.
type made struct {
	machine
	seller  tenant.ID
	account accounts.Account
}

// Fill fills a platform that has its root and a server with an agent. Filling the same platform twice is refused.
func Fill(ctx context.Context, p *platform.Platform, seed uint64) (Result, error) {
	f := &filler{p: p, random: rand.New(rand.NewPCG(seed, seed^0x7e1)), seed: seed} //nolint:gosec // the same seed, the same tree
	f.result.Address = p.Config.PortalAddress()
	if err := f.begin(ctx); err != nil {
		return Result{}, err
	}
	var err error
	if f.old, _, err = f.past(f.first()); err != nil {
		return Result{}, err
	}
	asOwner := authz.With(ctx, f.owner)
	directSales, err := f.directSales(asOwner, f.root.ID, "direct")
	if err != nil {
		return Result{}, err
	}
	server, err := f.server(ctx, directSales)
	if err != nil {
		return Result{}, err
	}
	if err := f.buyers(asOwner, directSales, server, "direct", direct); err != nil {
		return Result{}, err
	}
	for _, s := range sellers {
		if err := f.seller(asOwner, f.root.ID, server, s); err != nil {
			return Result{}, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if err := f.silentServer(asOwner); err != nil {
		return Result{}, fmt.Errorf("a silent server: %w", err)
	}
	if err := f.settled(ctx); err != nil {
		return Result{}, err
	}
	return f.result, f.history(ctx, server)
}

// begin signs the supplier's owner in, under the password that the demonstration prints.
func (f *filler) begin(ctx context.Context) error {
	root, err := f.p.Tenancy.Reader.Root(ctx)
	if err != nil {
		return err
	}
	f.root = root
	below, more, err := f.p.Tenancy.Reader.Sellers(ctx, root.ID)
	if err != nil {
		return err
	}
	if len(below) > 1 || more {
		return errors.New("the platform has sellers already: the demonstration fills an empty one")
	}
	link, err := f.p.Identity.SignInLink(ctx, root.ID, "")
	if err != nil {
		return err
	}
	started, err := f.follow(ctx, link)
	if err != nil {
		return err
	}
	if f.owner, err = f.principal(ctx, started, f.p.Config.PortalAddress()); err != nil {
		return err
	}
	return f.add(ctx, root, f.p.Config.PortalAddress(), started)
}

// password is the same for everybody of one demonstration, so that people can type it.
func (f *filler) password() string { return fmt.Sprintf("tierkeep demo number %d", f.seed) }

func (f *filler) follow(ctx context.Context, link string) (identity.Started, error) {
	address, token, ok := strings.Cut(link, "/link#")
	if !ok {
		return identity.Started{}, errors.New("a link without a token")
	}
	return f.p.Identity.FollowLink(ctx, token, f.password(), visitor(address))
}

func visitor(address string) identity.Visitor {
	_, host, _ := strings.Cut(address, "://")
	return identity.Visitor{Host: host, Address: "127.0.0.1", Client: "tierkeep demo"}
}

func (f *filler) principal(ctx context.Context, s identity.Started, address string) (authz.Principal, error) {
	return f.p.Identity.AuthenticateSession(ctx, s.Token, visitor(address).Host)
}

// add prints a tenant with its first person's sign-in and, where it may have one, an API key of that person's.
func (f *filler) add(ctx context.Context, t tenancy.Tenant, address string, s identity.Started) error {
	row := Tenant{ID: t.ID, Name: t.Name, Level: t.Level, Variant: t.Variant, Edition: t.Edition, Parent: t.Parent}
	row.SignIn = &SignIn{address, s.User.Email, f.password()}
	p, err := f.principal(ctx, s, address)
	if err != nil {
		return err
	}
	own := authz.With(ctx, p)
	scopes, err := f.p.Identity.Scopes(own, t.ID)
	if err == nil && len(scopes) > 0 {
		_, secret, err := f.p.Identity.CreateKey(own, t.ID, identity.NewKey{Name: "Demonstration", Scopes: scopes})
		if err == nil {
			row.APIKey = &secret
		}
	}
	f.result.Tenants = append(f.result.Tenants, row)
	return nil
}

// directSales gives the built-in reseller below a supplier or distributor a person and the right to keys.
func (f *filler) directSales(ctx context.Context, of tenant.ID, slug string) (tenant.ID, error) {
	below, _, err := f.p.Tenancy.Reader.Sellers(ctx, of)
	if err != nil {
		return "", err
	}
	for _, t := range below {
		if !t.DirectSales {
			continue
		}
		yes := true
		if _, err := f.p.Tenancy.ChangeRights(ctx, of, t.ID, tenancy.Rights{
			Version: t.Version, Grants: map[tenant.Grant]*bool{tenant.GrantAPIKeys: &yes},
		}); err != nil {
			return "", err
		}
		return t.ID, f.invite(ctx, t, "Sales of "+t.Name, "sales@"+slug+".example", authz.Owner)
	}
	return "", errors.New("a seller without direct sales")
}

// invite lets a person of a tenant come in for the first time.
func (f *filler) invite(ctx context.Context, t tenancy.Tenant, name, email string, role authz.Role) error {
	_, link, err := f.p.Identity.Invite(ctx, t.ID, identity.NewUser{Name: name, Email: email, Role: role, Locale: "en"})
	if err != nil {
		return err
	}
	address, _, _ := strings.Cut(link, "/link#")
	started, err := f.follow(ctx, link)
	if err != nil {
		return err
	}
	return f.add(ctx, t, address, started)
}

// server waits for the local agent, which enrols by itself when the platform starts.
func (f *filler) server(ctx context.Context, seller tenant.ID) (servers.Server, error) {
	for range 200 {
		placements, err := f.p.Servers.Placements(authz.With(ctx, f.owner), seller)
		if err != nil {
			return servers.Server{}, err
		}
		for _, p := range placements {
			if p.Agent.ID != "" && p.Agent.Info.Driver != "" {
				return p.Server, nil
			}
		}
		if !pause(ctx, 100*time.Millisecond) {
			return servers.Server{}, ctx.Err()
		}
	}
	return servers.Server{}, errors.New("no server with an agent: run the platform with its local agent")
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// seller creates a seller with its owner, brand, customers and sellers below.
func (f *filler) seller(ctx context.Context, parent tenant.ID, server servers.Server, s seller) error {
	created, link, err := f.p.Tenancy.CreateSeller(ctx, parent, tenancy.NewSeller{
		Profile: tenancy.Profile{Name: s.name, Language: "en"}, Level: s.level, Variant: s.variant, Edition: s.edition, Grants: s.grants,
		Owner: &tenancy.NewOwner{Name: "Owner of " + s.name, Email: "owner@" + s.slug + ".example"},
	})
	if err != nil {
		return err
	}
	address, _, _ := strings.Cut(link, "/link#")
	started, err := f.follow(ctx, link)
	if err != nil {
		return err
	}
	if s.brand != nil {
		if err := f.brand(ctx, created, s); err != nil {
			return err
		}
		if address, err = f.p.Branding.Hosts.Address(ctx, created.ID); err != nil {
			return err
		}
		if started, err = f.p.Identity.SignIn(ctx, "owner@"+s.slug+".example", f.password(), visitor(address)); err != nil {
			return err
		}
	}
	if err := f.add(ctx, created, address, started); err != nil {
		return err
	}
	if created.Level != tenant.Reseller {
		if _, err := f.directSales(ctx, created.ID, s.slug+"-direct"); err != nil {
			return fmt.Errorf("direct sales: %w", err)
		}
	}
	if err := f.buyers(ctx, created.ID, server, s.slug, s.buyers); err != nil {
		return err
	}
	for _, below := range s.sellers {
		if err := f.seller(ctx, created.ID, server, below); err != nil {
			return fmt.Errorf("%s: %w", below.name, err)
		}
	}
	return nil
}

func (f *filler) brand(ctx context.Context, t tenancy.Tenant, s seller) error {
	b := s.brand
	_, err := f.p.Branding.Put(ctx, t.ID, branding.Edit{
		Product: b.product, Company: s.name, Slug: b.slug, Support: branding.Support{Email: "help@" + s.slug + ".example", Phone: "+31 20 555 0137"},
		Accent: b.accent, AccentDark: b.accentDark, OnAccent: b.onAccent, Nav: b.nav, NavInk: b.navInk, NavDark: b.navDark, NavInkDark: b.navInkDark,
		Radius: 10,
	})
	return err
}

func (f *filler) buyers(ctx context.Context, seller tenant.ID, server servers.Server, slug string, all []buyer) error {
	for i, b := range all {
		n := tenancy.NewCustomer{Kind: b.kind, Profile: tenancy.Profile{Name: b.name}}
		if b.kind != tenant.Anonymous {
			n.Contact = tenancy.Contact{Person: "Office", Email: fmt.Sprintf("customer%d@%s.example", i+1, slug), City: "Rotterdam"}
		}
		c, err := f.p.Tenancy.CreateCustomer(ctx, seller, n)
		if err != nil {
			return fmt.Errorf("customer %s: %w", b.name, err)
		}
		if err := f.customerPeople(ctx, c.Tenant, n.Contact.Email); err != nil {
			return fmt.Errorf("people of customer %s: %w", b.name, err)
		}
		if b.site != "" {
			site, err := f.p.Tenancy.CreateSite(ctx, c.ID, tenancy.Profile{Name: b.site})
			if err != nil {
				return fmt.Errorf("site %s: %w", b.site, err)
			}
			f.result.Tenants = append(f.result.Tenants, Tenant{ID: site.ID, Name: site.Name, Level: site.Level, Parent: c.ID})
		}
		for _, m := range b.accounts {
			if err := f.account(ctx, seller, c.ID, server, m); err != nil {
				return fmt.Errorf("account on %s: %w", m.device, err)
			}
		}
	}
	return nil
}

func (f *filler) customerPeople(ctx context.Context, c tenancy.Tenant, email string) error {
	if email == "" {
		f.result.Tenants = append(f.result.Tenants, Tenant{ID: c.ID, Name: c.Name, Level: c.Level, Variant: c.Variant, Parent: c.Parent})
		return nil
	}
	return f.invite(ctx, c, "Office of "+c.Name, email, authz.CustomerOwner)
}

func (f *filler) account(ctx context.Context, seller, customer tenant.ID, server servers.Server, m machine) error {
	v, login, err := f.old.Accounts.Create(ctx, seller, accounts.Draft{
		Customer: customer, Server: server.ID, Type: m.kind, Name: m.device, QuotaBytes: m.quotaGB * gigabyte, DeviceName: m.device,
		Plan: &events.Schedule{Every: "day", At: m.schedule, TimeZone: f.root.TimeZone},
	})
	if err != nil {
		return err
	}
	f.made = append(f.made, made{m, seller, v.Account})
	if m.story == fresh {
		f.result.Vault = Vault{
			seller, v.ID, login.Login, login.Password.Reveal(), accounts.Address(login.Host, login.Login, login.Password.Reveal()),
		}
	}
	return nil
}

// settled waits until the server has every account.
func (f *filler) settled(ctx context.Context) error {
	for _, m := range f.made {
		for try := 0; ; try++ {
			a, err := f.p.Accounts.Reader.Get(ctx, m.seller, m.account.ID)
			if err != nil {
				return err
			}
			if a.Observed >= a.Generation {
				break
			}
			if try > 600 || !pause(ctx, 100*time.Millisecond) {
				return fmt.Errorf("account %s is not on its server after a minute", m.device)
			}
		}
	}
	return nil
}
