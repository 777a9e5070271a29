package branding

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/authz/authztest"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/sqlitefile"
	"github.com/tierkeep/tierkeep/shared/port/store/sqlite"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

const (
	supplier    = tenant.ID("ten_01J00000000000000000000000")
	distributor = tenant.ID("ten_01J00000000000000000000001")
	whitelabel  = tenant.ID("ten_01J00000000000000000000002") // below the distributor
	value       = tenant.ID("ten_01J00000000000000000000003") // below the distributor, no right to a brand
	buyer       = tenant.ID("ten_01J00000000000000000000004") // customer of whitelabel
)

// tree is a directory in memory; without nodes, a platform that nobody has set up.
type tree struct{ authztest.Tree }

func sampleTree() tree {
	return tree{authztest.Of(
		authz.Node{ID: supplier, Level: tenant.Supplier},
		authz.Node{ID: distributor, Parent: supplier, Level: tenant.Distributor, Variant: tenant.AsDistributor},
		authz.Node{ID: whitelabel, Parent: distributor, Level: tenant.Reseller, Variant: tenant.Whitelabel},
		authz.Node{ID: value, Parent: distributor, Level: tenant.Reseller, Variant: tenant.ValueAdded},
		authz.Node{ID: buyer, Parent: whitelabel, Level: tenant.Customer, Variant: tenant.Business},
	)}
}

func (t tree) Root(context.Context) (tenancy.Tenant, error) {
	if len(t.Tree) == 0 {
		return tenancy.Tenant{}, problem.New(problem.NotFound, "")
	}
	return tenancy.Tenant{ID: supplier}, nil
}

func newService(t *testing.T, tree tree) *Service {
	t.Helper()
	file, err := sqlitefile.Open(filepath.Join(t.TempDir(), "platform.db"))
	must(t, err)
	t.Cleanup(func() { must(t, file.Close()) })
	now := clock.NewFake(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	rows, err := sqlite.Open(file, now)
	must(t, err)
	hosts, err := NewHosts(rows, tree, tree, "http://127.0.0.1:8080", "")
	must(t, err)
	return &Service{
		Guard: authz.Guard{Directory: tree}, Rows: rows, Changes: change.Log{Store: rows, Clock: now}, Clock: now, Hosts: hosts,
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func person(home tenant.ID, role authz.Role) context.Context {
	return authz.With(context.Background(), authz.Principal{User: "usr_x", HomeTenant: home, Role: role, Via: authz.ViaPortal})
}

func brandNamed(product, slug string) Edit {
	return Edit{Product: product, Company: product + " Ltd", Slug: slug, Radius: 4}
}

// put gives a tenant a brand as its own owner would.
func put(t *testing.T, s *Service, at tenant.ID, e Edit) View {
	t.Helper()
	v, err := s.Put(person(at, authz.Owner), at, e)
	must(t, err)
	return v
}

func TestWhoMayHaveABrand(t *testing.T) {
	for _, c := range []struct {
		name string
		who  context.Context
		at   tenant.ID
		want problem.Code
	}{
		{"a whitelabel's owner", person(whitelabel, authz.Owner), whitelabel, ""},
		{"a distributor's administrator", person(distributor, authz.Administrator), distributor, ""},
		{"an upline for a whitelabel below", person(supplier, authz.Owner), whitelabel, ""},
		{"a technician", person(whitelabel, authz.Technician), whitelabel, problem.Forbidden},
		{"value-added without the grant", person(value, authz.Owner), value, problem.Forbidden},
		{"a customer", person(buyer, authz.CustomerOwner), buyer, problem.Forbidden},
		{"another tenant", person(value, authz.Owner), whitelabel, problem.NotFound},
		{"nobody", context.Background(), whitelabel, problem.Unauthenticated},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t, sampleTree())
			_, err := s.Put(c.who, c.at, brandNamed("Acme", "acme"))
			if c.want == "" {
				must(t, err)
			} else if !problem.Has(err, c.want) {
				t.Fatalf("got %v", err)
			}
		})
	}
	s := newService(t, sampleTree())
	if _, err := s.Get(person(value, authz.Owner), whitelabel); !problem.Has(err, problem.NotFound) {
		t.Fatalf("another's brand is read: %v", err)
	}
}

func TestABrandIsInheritedFromTheNearestAbove(t *testing.T) {
	s := newService(t, sampleTree())
	see := func(at tenant.ID, role authz.Role) [4]string {
		t.Helper()
		v, err := s.Get(person(at, role), at)
		must(t, err)
		inherited := ""
		if v.Inherited {
			inherited = "inherited"
		}
		return [4]string{v.Product, v.Address, inherited, v.Support.Email}
	}
	if got := see(buyer, authz.CustomerOwner); got != [4]string{"Tierkeep", "http://127.0.0.1:8080", "inherited", ""} {
		t.Fatalf("the platform's brand is %v", got)
	}
	supported := brandNamed("Distri", "distri")
	supported.Support.Email = "help@example.com"
	put(t, s, distributor, supported)
	put(t, s, whitelabel, brandNamed("White", "white"))
	for at, want := range map[tenant.ID][4]string{
		distributor: {"Distri", "http://distri.localhost:8080", "", "help@example.com"},
		value:       {"Distri", "http://distri.localhost:8080", "inherited", "help@example.com"},
		whitelabel:  {"White", "http://white.localhost:8080", "", ""}, // nothing of the distributor's is filled in
		supplier:    {"Tierkeep", "http://127.0.0.1:8080", "inherited", ""},
	} {
		if got := see(at, authz.Owner); got != want {
			t.Errorf("%s sees %v, want %v", at, got, want)
		}
	}
	if got := see(buyer, authz.CustomerOwner); got != [4]string{"White", "http://white.localhost:8080", "inherited", ""} {
		t.Errorf("a customer sees %v", got)
	}
}

func TestRealms(t *testing.T) {
	s := newService(t, sampleTree())
	put(t, s, distributor, brandNamed("Distri", "distri"))
	put(t, s, whitelabel, brandNamed("White", "white"))
	ctx := context.Background()
	for at, want := range map[tenant.ID][]tenant.ID{
		supplier: {supplier}, distributor: {distributor, supplier}, value: {distributor, supplier},
		whitelabel: {whitelabel, distributor, supplier}, buyer: {whitelabel, distributor, supplier},
	} {
		got, err := s.Hosts.Above(ctx, at)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("above %s: %s", at, diff)
		}
	}
	for host, want := range map[string]tenant.ID{
		"white.localhost": whitelabel, "WHITE.localhost:8080": whitelabel, "distri.localhost": distributor, "127.0.0.1:8080": supplier,
		"localhost": supplier, "nobody.localhost": supplier, "white.example.com": supplier, "x.white.localhost": supplier, "": supplier,
		"white.localhost.": whitelabel,
	} {
		got, err := s.Hosts.ByHost(ctx, host)
		must(t, err)
		if got != want {
			t.Errorf("%q is %s's, want %s", host, got, want)
		}
	}
}

func TestAHostShowsItsBrand(t *testing.T) {
	s := newService(t, sampleTree())
	drawing := tag + `<rect></rect></svg>`
	e := brandNamed("White", "white")
	e.Pictures = map[Image]*string{Logo: &drawing}
	e.Nav = "#102030"
	e.NavInk = "#ffffff"
	put(t, s, whitelabel, e)
	ctx := context.Background()
	picture := func(host string, i Image) string {
		t.Helper()
		svg, err := s.Hosts.Picture(ctx, host, i)
		must(t, err)
		return string(svg)
	}
	if got := picture("white.localhost", Logo); got != drawing {
		t.Errorf("the logo is %s", got)
	}
	if got := picture("white.localhost", LogoDark); !strings.Contains(got, ">White</text>") {
		t.Errorf("the dark logo is not drawn from the name: %s", got)
	}
	if got := picture("nobody.localhost", Logo); got != string(platformLogo) {
		t.Errorf("an unknown host shows %s", got)
	}
	b, err := s.Hosts.Shown(ctx, "white.localhost")
	must(t, err)
	want := `:root {
  --brand-accent: #0b5c6e;
  --brand-accent-dark: #63bccf;
  --brand-on-accent: #ffffff;
  --brand-nav: #102030;
  --brand-nav-ink: #ffffff;
  --brand-nav-dark: #11161b;
  --brand-nav-ink-dark: #e4e9ee;
  --brand-radius: 4px;
  --brand-font: "Inter Variable";
  --brand-logo: url(/brand/logo.svg);
  --brand-logo-dark: url(/brand/logo-dark.svg);
  --brand-logo-nav: url(/brand/logo-dark.svg);
  --brand-logo-nav-dark: url(/brand/logo-dark.svg);
}
`
	if diff := cmp.Diff(want, b.CSS()); diff != "" {
		t.Error(diff)
	}
	empty := newService(t, tree{})
	b, err = empty.Hosts.Shown(ctx, "127.0.0.1:8080")
	if err != nil || b.Product != "Tierkeep" {
		t.Fatalf("a platform that was not set up shows %+v, %v", b, err)
	}
}

func TestWrongFieldsAreNamed(t *testing.T) {
	bad := `<script/>`
	for _, c := range []struct {
		name   string
		change func(*Edit)
		want   string
	}{
		{"no product", func(e *Edit) { e.Product = "" }, "/product text"},
		{"spaces around", func(e *Edit) { e.Company = " x" }, "/company text"},
		{"a line break", func(e *Edit) { e.Company = "x\ny" }, "/company text"},
		{"no slug", func(e *Edit) { e.Slug = "" }, "/slug slug"},
		{"a kept slug", func(e *Edit) { e.Slug = "www" }, "/slug slug"},
		{"a colour's name", func(e *Edit) { e.Accent = "red" }, "/accent colour"},
		{"a style sheet as a colour", func(e *Edit) { e.NavDark = "#000;}*{x" }, "/nav_dark colour"},
		{"an unreadable accent", func(e *Edit) { e.Accent = "#ffff00" }, "/accent contrast"},
		{"too round", func(e *Edit) { e.Radius = 17 }, "/radius radius"},
		{"a font from elsewhere", func(e *Edit) { e.Font = "url(x)" }, "/font font"},
		{"a wrong e-mail address", func(e *Edit) { e.Support.Email = "x" }, "/support_email email"},
		{"a script as a website", func(e *Edit) { e.Support.Website = "javascript:x" }, "/website url"},
		{"a website without TLS", func(e *Edit) { e.Support.Website = "http://example.com" }, "/website url"},
		{"a script in an image", func(e *Edit) { e.Pictures = map[Image]*string{LogoDark: &bad} }, "/logo_dark_svg svg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t, sampleTree())
			e := brandNamed("White", "white")
			c.change(&e)
			_, err := s.Put(person(whitelabel, authz.Owner), whitelabel, e)
			var p *problem.Error
			if !errors.As(err, &p) || len(p.Fields) == 0 || p.Fields[0].Name+" "+p.Fields[0].Code != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if _, own, err := s.repository().get(context.Background(), whitelabel); own || err != nil {
				t.Fatalf("something stays behind: %v", err)
			}
		})
	}
}

func TestChangingABrand(t *testing.T) {
	s := newService(t, sampleTree())
	drawing, none := tag+`<rect></rect></svg>`, ""
	first := brandNamed("White", "white")
	first.Pictures = map[Image]*string{Logo: &drawing, Icon: &drawing}
	v := put(t, s, whitelabel, first)
	if v.Version != 1 || v.Inherited || !slices.Equal(v.Own, []Image{Logo, Icon}) || !slices.Equal(v.Actions, []string{"edit"}) {
		t.Fatalf("is %+v", v)
	}
	owner := person(whitelabel, authz.Owner)
	if _, err := s.Put(owner, whitelabel, brandNamed("White", "white")); !problem.Has(err, problem.VersionConflict) {
		t.Fatalf("an edit of what was not read: %v", err)
	}
	second := brandNamed("Whiter", "whiter")
	second.Version, second.Pictures = 1, map[Image]*string{Icon: &none}
	v = put(t, s, whitelabel, second)
	if v.Version != 2 || v.Address != "http://whiter.localhost:8080" || !slices.Equal(v.Own, []Image{Logo}) {
		t.Fatalf("is %+v", v)
	}
	for host, want := range map[string]tenant.ID{"white.localhost": supplier, "whiter.localhost": whitelabel} {
		if got, err := s.Hosts.ByHost(context.Background(), host); err != nil || got != want {
			t.Errorf("%s is %s's, %v", host, got, err)
		}
	}
	put(t, s, distributor, brandNamed("Distri", "white")) // free again
}

func TestASlugIsOnePersonsOnly(t *testing.T) {
	s := newService(t, sampleTree())
	at := []tenant.ID{whitelabel, distributor}
	var mu sync.Mutex
	var lost []error
	var all sync.WaitGroup
	for _, t := range at {
		all.Go(func() {
			_, err := s.Put(person(t, authz.Owner), t, brandNamed("Acme", "acme"))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				lost = append(lost, err)
			}
		})
	}
	all.Wait()
	if len(lost) != 1 || !problem.Has(lost[0], problem.NameTaken) {
		t.Fatalf("lost: %v", lost)
	}
}

func TestOnlyTheRootNeedsNoSlugAndNobodyGivesOneUp(t *testing.T) {
	s := newService(t, sampleTree())
	v := put(t, s, supplier, brandNamed("Root", ""))
	if v.Address != "http://127.0.0.1:8080" {
		t.Fatalf("the address is %s", v.Address)
	}
	e := brandNamed("Root", "rooted")
	e.Version = 1
	put(t, s, supplier, e)
	e = brandNamed("Root", "")
	e.Version = 2
	if _, err := s.Put(person(supplier, authz.Owner), supplier, e); !problem.Has(err, problem.InvalidInput) {
		t.Fatalf("gives its slug up: %v", err)
	}
}

func TestThePlatformsAddressIsChecked(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://portal.example.com": true, "http://127.0.0.1:8080": true, "portal.example.com": false, "ftp://example.com": false,
		"https://example.com/": false, "https://a:b@example.com": false, "https://example.com?x": false, "": false,
	} {
		if _, err := NewHosts(nil, nil, nil, address, ""); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	h, err := NewHosts(nil, nil, nil, "https://portal.example.com", "portal.example.com")
	if err != nil || h.addressOf("acme") != "https://acme.portal.example.com" {
		t.Fatalf("got %v", err)
	}
	if _, err := NewHosts(nil, nil, nil, "https://portal.example.com", "Bad_Domain"); err == nil {
		t.Error("any domain will do")
	}
}
