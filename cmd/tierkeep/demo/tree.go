// Package demo fills a running platform with a small believable tree: sellers of every kind, customers, accounts with weeks
// of backups good and bad. It goes through the features' own services like everybody else and writes no row itself.
package demo

import (
	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// seller is one seller of the tree.
type seller struct {
	name    string
	level   tenant.Level
	variant tenant.Variant
	edition tenant.Edition
	grants  map[tenant.Grant]bool
	brand   *look
	slug    string // of e-mail addresses
	sellers []seller
	buyers  []buyer
}

// look is a brand in short.
type look struct {
	product, slug, accent, accentDark, onAccent, nav, navInk, navDark, navInkDark string
}

// buyer is one customer with its accounts.
type buyer struct {
	name     string
	kind     tenant.Variant
	site     string
	accounts []machine
}

// machine is one account with the story of its last weeks.
type machine struct {
	device   string
	kind     driver.AccountType
	quotaGB  int64
	usedGB   float64 // now
	story    story
	schedule string // time of day
}

// story is how an account's backups went.
type story string

const (
	calm        story = "calm"        // good, with a hiccup now and then
	failing     story = "failing"     // good until three days ago, failing since
	missing     story = "missing"     // the machine is off since two days
	full        story = "full"        // ran into its quota yesterday
	near        story = "near"        // close to its quota
	warned      story = "warned"      // some files are never readable
	interrupted story = "interrupted" // a laptop whose lid closes at times
	fresh       story = "fresh"       // created, and never used
)

const gigabyte = 1_000_000_000

func server(device string, quota int64, used float64, s story) machine {
	return machine{device, driver.Online, quota, used, s, "22:00"}
}

func laptop(device string, quota int64, used float64, s story) machine {
	return machine{device, driver.Basic, quota, used, s, "12:30"}
}

// direct is what the supplier itself sells.
var direct = []buyer{
	{"Lantern Street Bakery", tenant.Business, "", []machine{server("till-server", 100, 18.2, calm)}},
	{"Marit Duinker", tenant.Private, "", []machine{laptop("marit-laptop", 50, 12.5, interrupted)}},
}

// sellers is what stands below the supplier.
var sellers = []seller{{
	name: "Delta Distribution", level: tenant.Distributor, variant: tenant.AsDistributor, edition: tenant.Premium, slug: "delta",
	sellers: []seller{
		{
			name: "Blue Harbour IT", level: tenant.Reseller, variant: tenant.ValueAdded, edition: tenant.Basic, slug: "blueharbour",
			grants: map[tenant.Grant]bool{tenant.GrantAPIKeys: true},
			buyers: []buyer{
				{"Brugman Accountants", tenant.Business, "", []machine{server("srv-exch-26", 1000, 786, near), server("srv-file-02", 500, 211, calm)}},
				{"Zonneveld Architects", tenant.Business, "Studio North", []machine{server("nas-29", 250, 97.4, warned)}},
				{"Teun de Wit", tenant.Private, "", []machine{laptop("teun-pc", 25, 9.5, calm)}},
			},
		},
		{
			name: "Stone Arch Systems", level: tenant.Reseller, variant: tenant.Graylabel, edition: tenant.Basic, slug: "stonearch",
			grants: map[tenant.Grant]bool{tenant.GrantAPIKeys: true},
			buyers: []buyer{
				{"Werf Construction", tenant.Business, "", []machine{server("srv-app-07", 250, 34, failing), server("srv-sql-28", 250, 61, calm)}},
				{"", tenant.Anonymous, "", []machine{server("srv-dc-07", 1000, 406, calm)}},
			},
		},
		{
			name: "Havenlicht ICT", level: tenant.Reseller, variant: tenant.Whitelabel, edition: tenant.Premium, slug: "havenlicht",
			brand: &look{
				product: "Havenlicht Backup", slug: "havenlicht", accent: "#5a3fc0", accentDark: "#b3a2ff", onAccent: "#ffffff",
				nav: "#1d1838", navInk: "#f3f0ff", navDark: "#15112a", navInkDark: "#ece8ff",
			},
			sellers: []seller{{
				name: "Kade Nine", level: tenant.Reseller, variant: tenant.ValueAdded, edition: tenant.Basic, slug: "kadenine",
				grants: map[tenant.Grant]bool{tenant.GrantAPIKeys: true},
				buyers: []buyer{{"Vermeer Media", tenant.Business, "", []machine{server("edit-01", 500, 388, calm)}}},
			}},
			buyers: []buyer{
				{"Noorderlicht Architects", tenant.Business, "Harbour office", []machine{
					server("srv-app-32", 100, 62.1, failing), server("srv-exch-31", 50, 12.5, calm), laptop("design-mac", 100, 17.4, missing),
				}},
				{"Linden Group", tenant.Business, "", []machine{server("laptop-38", 250, 18, calm), server("srv-file-37", 250, 249.8, full)}},
				{"Atelier Techniek", tenant.Business, "", []machine{server("srv-app-30", 25, 19.6, missing)}},
				{"Sanne Kuiper", tenant.Private, "", []machine{laptop("sanne-laptop", 50, 3.1, fresh)}},
				{"", tenant.Anonymous, "", []machine{server("unit-04", 100, 43, calm)}},
			},
		},
	},
}}
