package route_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/web/route"
)

func TestLongestPrefixOfWholeSegmentsWins(t *testing.T) {
	for _, test := range []struct{ path, want string }{
		{"/v1/session", "identity"},
		{"/v1/session/password", "identity"},
		{"/v1/sessions", ""},
		{"/v1/tenants/ten_1", "tenancy"},
		{"/v1/tenants/ten_1/customers/ten_2", "tenancy"},
		{"/v1/tenants/ten_1/users/usr_1", "identity"},
		{"/v1/tenants/ten_1/usersandmore", "tenancy"},
		{"/v1/tenants/ten_1/accounts/acc_1/note", "accounts"},
		{"/v1/tenants/a%2Faccounts", "tenancy"},
		{"/v1/tenants/", ""},
		{"/v1/tenants", ""},
		{"/agent/v1/claim", "operations"},
		{"/agent/v1/claim/more", ""},
		{"/agent/v1/operations/ten_1/op_1/result", "operations"},
		{"/agent/v1/wake", "servers"},
		{"/brand.css", "branding"},
		{"/brand/logo.svg", "branding"},
		{"/brand.css/x", ""},
		{"/", ""},
		{"/customers", ""},
		{"", ""},
	} {
		row, found := route.Match(test.path)
		if row.Feature != test.want || found != (test.want != "") {
			t.Errorf("%q is answered by %q, want %q", test.path, row.Feature, test.want)
		}
	}
}

func TestPathsOfTheAPIAreNeverThePortals(t *testing.T) {
	for path, want := range map[string]bool{"/v1/nothing": true, "/agent/v2/claim": true, "/v1": true, "/": false, "/v1x": false} {
		if got := route.Reserved(path); got != want {
			t.Errorf("Reserved(%q) is %v", path, got)
		}
	}
}

func TestEveryRowHasGatewayKeysForItselfAndForWhatLiesBelow(t *testing.T) {
	keys := map[string]string{}
	for _, row := range route.Rows {
		for _, key := range row.GatewayKeys() {
			if other, twice := keys[key]; twice {
				t.Errorf("%s belongs to %s and %s", key, other, row.Feature)
			}
			keys[key] = row.Feature
			if strings.Contains(strings.TrimSuffix(key, "/{proxy+}"), "+") {
				t.Errorf("%s has a rest that is not at its end", key)
			}
		}
		if (row.Socket || row.Local) != (len(row.GatewayKeys()) == 0) {
			t.Errorf("%s: sockets, and only they, have no key of the HTTP API", row.Prefix)
		}
	}
	want := []string{"ANY /v1/tenants/{tenant}/accounts", "ANY /v1/tenants/{tenant}/accounts/{proxy+}"}
	row, _ := route.Match("/v1/tenants/t/accounts")
	if diff := cmp.Diff(want, row.GatewayKeys()); diff != "" {
		t.Error(diff)
	}
	if got := row.GatewayKey("/v1/tenants/t/accounts"); got != want[0] {
		t.Errorf("the row itself goes by %s", got)
	}
	if got := row.GatewayKey("/v1/tenants/t/accounts/a/b"); got != want[1] {
		t.Errorf("what lies below goes by %s", got)
	}
}

func FuzzMatchTakesAnyPath(f *testing.F) {
	for _, seed := range []string{"/v1/tenants/x/y", "//", "/%2F", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		row, found := route.Match(path)
		if found == (row.Feature == "") {
			t.Errorf("found is %v with feature %q", found, row.Feature)
		}
		route.Reserved(path)
	})
}
