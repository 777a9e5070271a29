package approvals

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestWhoDecides(t *testing.T) {
	a := Approval{Asker: Person{User: "usr_asker", Home: "ten_seller"}, Deciders: []tenant.ID{"ten_root", "ten_dist"}, State: Waiting}
	long := noon.Add(-100 * time.Hour)
	able := candidate{user: "usr_d", home: "ten_root", via: authz.ViaPortal, factor: long, proven: true, history: Facts{Youngest: long}}
	for _, c := range []struct {
		name   string
		change func(*candidate)
		want   problem.Code // empty: may decide
	}{
		{"a person of the root", func(*candidate) {}, ""},
		{"a person of another tenant above", func(c *candidate) { c.home = "ten_dist" }, ""},
		{"the asker", func(c *candidate) { c.user = "usr_asker" }, problem.OwnRequest},
		{"the asker, before anything else is looked at", func(c *candidate) { *c = candidate{user: "usr_asker"} }, problem.OwnRequest},
		{"somebody of the seller's level", func(c *candidate) { c.home = "ten_seller" }, problem.NotAbove},
		{"somebody from elsewhere", func(c *candidate) { c.home = "ten_x" }, problem.NotAbove},
		{"an API key", func(c *candidate) { c.via = authz.ViaAPI }, problem.Forbidden},
		{"a consumer", func(c *candidate) { c.via, c.user = authz.ViaSystem, "" }, problem.Forbidden},
		{"a role that may not", func(c *candidate) { c.lacks = "role support has no approvals:decide" }, problem.Forbidden},
		{"without a second factor", func(c *candidate) { c.factor = time.Time{} }, problem.DeciderNoFactor},
		{"by a session that was opened without it", func(c *candidate) { c.proven = false }, problem.DeciderNoFactor},
		{"whom the asker invited", func(c *candidate) { c.history.MadeBy = "usr_asker" }, problem.DeciderNotApart},
		{"whose role the asker set", func(c *candidate) { c.history.RoleBy = "usr_asker" }, problem.DeciderNotApart},
		{"whose factor the asker reset", func(c *candidate) { c.history.FactorBy = "usr_asker" }, problem.DeciderNotApart},
		{"whose password the asker's link set", func(c *candidate) { c.history.PasswordBy = "usr_asker" }, problem.DeciderNotApart},
		{"whom somebody else invited", func(c *candidate) { c.history = Facts{"usr_o", "usr_o", "usr_o", "usr_o", long} }, ""},
		{"of today", func(c *candidate) { c.history.Youngest = noon.Add(-time.Hour) }, problem.DeciderTooNew},
		{"with a factor of today", func(c *candidate) { c.factor = noon.Add(-time.Hour) }, problem.DeciderTooNew},
		{"one moment before the age", func(c *candidate) { c.factor = noon.Add(-72*time.Hour + 1) }, problem.DeciderTooNew},
		{"exactly of age", func(c *candidate) { c.factor = noon.Add(-72 * time.Hour) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := able
			c.change(&who)
			err := mayDecide(a, who, 72*time.Hour, noon)
			if c.want == "" && err != nil || c.want != "" && (err == nil || err.Code != c.want || err.Detail == "") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestDecidersStandAboveTheSeller(t *testing.T) {
	granted := map[tenant.Grant]bool{tenant.GrantApprovals: true}
	root := authz.Node{ID: "root", Level: tenant.Supplier}
	for _, c := range []struct {
		name  string
		chain []authz.Node
		want  []tenant.ID
	}{
		{"the supplier alone decides", []authz.Node{root, {ID: "dist", Level: tenant.Distributor}, {ID: "shop", Level: tenant.Reseller}}, []tenant.ID{"root"}},
		{"and whom it lets", []authz.Node{root, {ID: "dist", Level: tenant.Distributor, Grants: granted}, {ID: "shop", Level: tenant.Reseller}}, []tenant.ID{"root", "dist"}},
		{"never the seller, whatever it is let", []authz.Node{root, {ID: "shop", Level: tenant.Reseller, Variant: tenant.Whitelabel, Grants: granted}}, []tenant.ID{"root"}},
		{"the root where nobody stands above", []authz.Node{root}, []tenant.ID{"root"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, decidersOf(c.chain)); diff != "" {
				t.Error(diff)
			}
		})
	}
	deep := []authz.Node{root}
	for range 64 {
		deep = append(deep, authz.Node{ID: "d", Level: tenant.SubDistributor, Grants: granted})
	}
	if n := len(decidersOf(deep)); n != maxDeciders {
		t.Errorf("%d tenants decide", n)
	}
}

func TestAReasonSaysSomething(t *testing.T) {
	for reason, fine := range map[string]bool{
		"Because.": true, "Two\nlines, é.": true, "Terminé\u202f; merci\u00a0!": true, "": false, "  \n": false, "bell\a": false, string([]byte{0xff}): false,
	} {
		if err := CheckReason("/reason", reason); (err == nil) != fine {
			t.Errorf("%q: %v", reason, err)
		}
	}
	long := make([]rune, longestReason+1)
	for i := range long {
		long[i] = 'é'
	}
	if CheckReason("/reason", string(long)) == nil || CheckReason("/reason", string(long[1:])) != nil {
		t.Error("the bound is not 1,000 characters")
	}
}
