package authz

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

var update = flag.Bool("update", false, "write the golden matrix")

const (
	root       = tenant.ID("ten_01J0000000000000000000R00T")
	dist       = tenant.ID("ten_01J0000000000000000000D1ST")
	valueAdd   = tenant.ID("ten_01J000000000000000000VA1VE")
	gray       = tenant.ID("ten_01J000000000000000000GRAY0")
	white      = tenant.ID("ten_01J00000000000000000WH1TE0")
	buyer      = tenant.ID("ten_01J00000000000000000BVYER0")
	branch     = tenant.ID("ten_01J0000000000000000S1TE000")
	otherBuyer = tenant.ID("ten_01J000000000000000THERBVY0")
)

// tree is a directory in memory.
type tree map[tenant.ID]Node

func (t tree) Chain(_ context.Context, at tenant.ID) ([]Node, error) {
	var chain []Node
	for at != "" {
		n, ok := t[at]
		if !ok {
			return nil, problem.New(problem.NotFound, "")
		}
		chain, at = append(chain, n), n.Parent
	}
	slices.Reverse(chain)
	return chain, nil
}

func sampleTree() tree {
	t := tree{}
	add := func(id, parent tenant.ID, level tenant.Level, variant tenant.Variant) {
		t[id] = Node{ID: id, Parent: parent, Level: level, Variant: variant, Edition: tenant.Basic, Status: tenant.Active}
	}
	add(root, "", tenant.Supplier, "")
	add(dist, root, tenant.Distributor, tenant.AsDistributor)
	add(valueAdd, dist, tenant.Reseller, tenant.ValueAdded)
	add(gray, dist, tenant.Reseller, tenant.Graylabel)
	add(white, dist, tenant.Reseller, tenant.Whitelabel)
	add(buyer, white, tenant.Customer, tenant.Business)
	add(branch, buyer, tenant.Site, "")
	add(otherBuyer, white, tenant.Customer, tenant.Business)
	return t
}

func (t tree) with(id tenant.ID, change func(*Node)) tree {
	n := t[id]
	change(&n)
	t[id] = n
	return t
}

func person(home tenant.ID, role Role) Principal {
	return Principal{User: "usr_x", HomeTenant: home, Role: role, Via: ViaPortal}
}

func ask(t tree, p Principal, permission Permission, target tenant.ID) string {
	_, err := Guard{t}.Require(With(context.Background(), p), permission, target)
	if err == nil {
		return "yes"
	}
	var refusal *problem.Error
	if ok := asProblem(err, &refusal); !ok {
		return err.Error()
	}
	return string(refusal.Code)
}

func asProblem(err error, to **problem.Error) bool {
	p, ok := err.(*problem.Error) //nolint:errorlint // the guard returns its refusals unwrapped, which this asserts
	*to = p
	return ok
}

// TestTheWholeMatrix holds every role, tenant and permission against the golden table, which is read by people.
func TestTheWholeMatrix(t *testing.T) {
	var b strings.Builder
	permissions := make([]Permission, 0, len(roleRights))
	for p := range roleRights {
		permissions = append(permissions, p)
	}
	slices.Sort(permissions)
	for _, column := range []struct {
		name   string
		tenant tenant.ID
	}{{"supplier", root}, {"distributor", dist}, {"value-added", valueAdd}, {"graylabel", gray}, {"whitelabel", white}, {"customer", buyer}, {"site", branch}} {
		tree := sampleTree()
		roles := RolesOf(tree[column.tenant].Level)
		fmt.Fprintf(&b, "%s\n", column.name)
		for _, p := range permissions {
			fmt.Fprintf(&b, "  %-24s", p)
			for _, role := range roles {
				mark := "."
				if ask(tree, person(column.tenant, role), p, column.tenant) == "yes" {
					mark = string(role)
				}
				fmt.Fprintf(&b, " %-14s", mark)
			}
			b.WriteString("\n")
		}
	}
	got := strings.ReplaceAll(b.String(), " \n", "\n")
	for strings.Contains(got, " \n") {
		got = strings.ReplaceAll(got, " \n", "\n")
	}
	golden := filepath.Join("testdata", "matrix.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Fatalf("the matrix changed (-update writes it):\n%s", diff)
	}
}

func TestReach(t *testing.T) {
	key := func(scopes ...Permission) Principal {
		p := person(dist, Owner)
		p.Via, p.Scopes = ViaAPI, scopes
		return p
	}
	keyWithin := func(t tenant.ID, scopes ...Permission) Principal {
		p := key(scopes...)
		p.Within = t
		return p
	}
	for _, c := range []struct {
		name       string
		tree       tree
		who        Principal
		permission Permission
		target     tenant.ID
		want       string
	}{
		{"an owner reads at home", sampleTree(), person(white, Owner), AccountsRead, white, "yes"},
		{"an upline acts below", sampleTree(), person(dist, Owner), AccountsCreate, white, "yes"},
		{"the root acts two layers below", sampleTree(), person(root, Technician), AccountsChange, white, "yes"},
		{"nobody reaches up", sampleTree(), person(white, Owner), TenantsRead, dist, "not_found"},
		{"nobody reaches sideways", sampleTree(), person(white, Owner), TenantsRead, gray, "not_found"},
		{"a customer does not reach another", sampleTree(), person(buyer, CustomerOwner), AccountsRead, otherBuyer, "not_found"},
		{"a customer reaches its own site", sampleTree(), person(buyer, CustomerOwner), AccountsRead, branch, "yes"},
		{"an unknown tenant does not exist", sampleTree(), person(root, Owner), TenantsRead, "ten_01J0000000000000000NEVER00", "not_found"},
		{"a malformed tenant does not exist", sampleTree(), person(root, Owner), TenantsRead, "T#x", "not_found"},
		{"a key that was made for one tenant reaches it", sampleTree(), keyWithin(white, ActBelow, AccountsRead), AccountsRead, white, "yes"},
		{"a key that was made for one tenant reaches what is below", sampleTree(), keyWithin(white, ActBelow, AccountsRead), AccountsRead, buyer, "yes"},
		{"a key that was made for one tenant does not reach its maker's home", sampleTree(), keyWithin(white, ActBelow, AccountsRead), AccountsRead, dist, "not_found"},
		{"a key that was made for one tenant does not reach another", sampleTree(), keyWithin(white, ActBelow, AccountsRead), AccountsRead, gray, "not_found"},
		{"support only looks below", sampleTree(), person(dist, Support), AccountsChange, white, "forbidden"},
		{"support looks below", sampleTree(), person(dist, Support), AccountsRead, white, "yes"},
		{
			"a withdrawal keeps everybody above out",
			sampleTree().with(white, func(n *Node) { n.ActingWithdrawn = true }), person(dist, Owner), AccountsRead, white, "forbidden",
		},
		{
			"a withdrawal covers what lies below it",
			sampleTree().with(white, func(n *Node) { n.ActingWithdrawn = true }), person(root, Owner), AccountsRead, buyer, "forbidden",
		},
		{
			"a withdrawal does not bind its own people",
			sampleTree().with(white, func(n *Node) { n.ActingWithdrawn = true }), person(white, Owner), AccountsRead, white, "yes",
		},
		{
			"a masked customer does not exist from above",
			sampleTree().with(white, func(n *Node) { n.Hides = true }), person(dist, Owner), CustomersRead, buyer, "not_found",
		},
		{
			"a masked customer's site does not exist from above",
			sampleTree().with(white, func(n *Node) { n.Hides = true }), person(root, Owner), CustomersRead, branch, "not_found",
		},
		{
			"its own seller sees a masked customer",
			sampleTree().with(white, func(n *Node) { n.Hides = true }), person(white, Owner), CustomersRead, buyer, "yes",
		},
		{
			"nobody of a suspended home acts",
			sampleTree().with(white, func(n *Node) { n.Status = tenant.Suspended }), person(white, Owner), TenantsRead, white, "forbidden",
		},
		{
			"nobody below a suspended tenant acts",
			sampleTree().with(dist, func(n *Node) { n.Status = tenant.Suspended }), person(white, Owner), TenantsRead, white, "forbidden",
		},
		{"a key needs the scope", sampleTree(), key(AccountsRead), AccountsCreate, dist, "forbidden"},
		{"a key acts below only with its scope", sampleTree(), key(AccountsRead), AccountsRead, white, "forbidden"},
		{"a key with the scope acts below", sampleTree(), key(AccountsRead, ActBelow), AccountsRead, white, "yes"},
		{"no key manages people", sampleTree(), key(UsersManage), UsersManage, dist, "forbidden"},
		{"notes exist for their writer only", sampleTree(), person(dist, Owner), NotesWrite, white, "not_found"},
		{"an individual grant gives a right", sampleTree().with(valueAdd, func(n *Node) {
			n.Grants = map[tenant.Grant]bool{tenant.GrantOwnServers: true}
		}), person(valueAdd, Owner), ServersManage, valueAdd, "yes"},
		{"an individual grant takes a right away", sampleTree().with(white, func(n *Node) {
			n.Grants = map[tenant.Grant]bool{tenant.GrantOwnServers: false}
		}), person(white, Owner), ServersManage, white, "forbidden"},
		{"premium adds sub-reselling", sampleTree().with(white, func(n *Node) {
			n.Edition = tenant.Premium
		}), person(white, Owner), TenantsCreateBelow, white, "yes"},
		{"an agent reaches no tenant", sampleTree(), Principal{Via: ViaAgent, Agent: "agt_x", Servers: []string{"srv_x"}}, AccountsRead, white, "not_found"},
		{"a consumer has what its row says", sampleTree(), System("reports"), JobsWrite, white, "yes"},
		{"a consumer has nothing else", sampleTree(), System("reports"), AccountsChange, white, "forbidden"},
		{"an unknown consumer has nothing", sampleTree(), System("nobody"), AccountsRead, white, "forbidden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ask(c.tree, c.who, c.permission, c.target); got != c.want {
				t.Fatalf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestNobodySignedInIsUnauthenticated(t *testing.T) {
	_, err := Guard{sampleTree()}.Require(context.Background(), AccountsRead, white)
	if !problem.Has(err, problem.Unauthenticated) {
		t.Fatalf("got %v", err)
	}
}

func TestAPermissionOutsideTheTablesIsAFault(t *testing.T) {
	if got := ask(sampleTree(), person(root, Owner), "tea:make", root); !strings.Contains(got, "stands in no table") {
		t.Fatalf("got %s", got)
	}
}

func TestAgentsReachTheirServersOnly(t *testing.T) {
	agent := With(context.Background(), Principal{Via: ViaAgent, Agent: "agt_x", Servers: []string{"srv_mine"}})
	if _, err := (Guard{}).RequireServer(agent, "srv_mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := (Guard{}).RequireServer(agent, "srv_other"); !problem.Has(err, problem.NotFound) {
		t.Fatalf("a foreign server: %v", err)
	}
	someone := With(context.Background(), person(root, Owner))
	if _, err := (Guard{}).RequireServer(someone, "srv_mine"); !problem.Has(err, problem.NotFound) {
		t.Fatalf("a person: %v", err)
	}
}

func TestCustomersAreMaskedForUplinesOnly(t *testing.T) {
	hiding := sampleTree().with(white, func(n *Node) { n.Hides = true })
	for home, want := range map[tenant.ID]bool{dist: true, root: true, white: false} {
		d, err := Guard{hiding}.Require(With(context.Background(), person(home, Owner)), CustomersRead, white)
		if err != nil {
			t.Fatal(err)
		}
		if d.CustomersMasked() != want {
			t.Errorf("home %s: masked %v, want %v", home, d.CustomersMasked(), want)
		}
	}
}

func TestADistributorGrantsOnlyWhatItHas(t *testing.T) {
	n := sampleTree()[dist]
	for g, want := range map[tenant.Grant]bool{
		tenant.GrantOwnServers: true, tenant.GrantHideIdentities: false, tenant.Grant("tea"): false,
	} {
		if got := MayGrant(n, g); got != want {
			t.Errorf("%s: %v, want %v", g, got, want)
		}
	}
	if !MayGrant(sampleTree()[root], tenant.GrantHideIdentities) {
		t.Error("the supplier gives any right")
	}
}
