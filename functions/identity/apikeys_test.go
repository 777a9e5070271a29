package identity

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func (s staff) key(by User, at tenant.ID, scopes ...authz.Permission) (KeyRow, string) {
	s.Helper()
	k, secret, err := s.service.CreateKey(s.as(by), at, NewKey{Name: "Key", Scopes: scopes})
	s.must(err)
	return k, secret
}

// may tells what a key gets for a permission at a tenant.
func (s staff) may(secret string, p authz.Permission, at tenant.ID) problem.Code {
	s.Helper()
	principal, err := s.service.AuthenticateKey(context.Background(), secret)
	if err != nil {
		return codeOf(err)
	}
	_, err = s.service.Guard.Require(authz.With(context.Background(), principal), p, at)
	return codeOf(err)
}

func TestAKeyMayDoWhatItsScopesAndItsMakerMayDo(t *testing.T) {
	s := newStaff(t)
	k, secret := s.key(s.administrator, seller, authz.AccountsRead, authz.AccountsCreate)
	if !strings.HasPrefix(secret, "tk_"+k.Prefix+"_") {
		t.Fatal("the secret does not begin with tk_ and the prefix")
	}
	for p, want := range map[authz.Permission]problem.Code{
		authz.AccountsRead: "", authz.AccountsCreate: "", authz.CustomersRead: problem.Forbidden, authz.UsersManage: problem.Forbidden,
	} {
		if got := s.may(secret, p, seller); got != want {
			t.Errorf("%s: got %q, want %q", p, got, want)
		}
	}
	if got := s.may(secret, authz.AccountsRead, customer); got != problem.Forbidden {
		t.Errorf("acts below without the scope: %q", got)
	}

	role := authz.Finance
	_, err := s.service.EditPerson(s.as(s.owner), seller, s.administrator.ID, EditUser{Version: s.administrator.Version, Role: &role})
	s.must(err)
	if got := s.may(secret, authz.AccountsCreate, seller); got != problem.Forbidden {
		t.Errorf("keeps a right that its maker lost: %q", got)
	}
}

func TestAKeyEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(s staff, k KeyRow)
	}{
		{"when it is revoked", func(s staff, k KeyRow) { s.must(s.service.RevokeKey(s.as(s.owner), seller, k.ID)) }},
		{"with its maker", func(s staff, k KeyRow) { s.must(s.service.Remove(s.as(s.owner), seller, k.User)) }},
		{"at its time", func(s staff, _ KeyRow) { s.clock.Advance(time.Hour) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStaff(t)
			k, secret, err := s.service.CreateKey(s.as(s.administrator), seller, NewKey{
				Name: "Key", Scopes: []authz.Permission{authz.AccountsRead}, ExpiresAt: s.clock.Now().Add(time.Hour),
			})
			s.must(err)
			if got := s.may(secret, authz.AccountsRead, seller); got != "" {
				t.Fatalf("does not work: %q", got)
			}
			c.end(s, k)
			if got := s.may(secret, authz.AccountsRead, seller); got != problem.Unauthenticated {
				t.Fatalf("got %q", got)
			}
			keys, err := s.service.Keys(s.as(s.owner), seller)
			if err != nil || len(keys) != 0 {
				t.Fatalf("still lists %v, %v", keys, err)
			}
		})
	}
}

func TestWhichKeysAreRefused(t *testing.T) {
	s := newStaff(t)
	_, secret := s.key(s.owner, seller, authz.APIKeysManage)
	byKey, err := s.service.AuthenticateKey(context.Background(), secret)
	s.must(err)
	ok := []authz.Permission{authz.AccountsRead}
	for _, c := range []struct {
		name string
		who  context.Context
		at   tenant.ID
		give NewKey
		want problem.Code
	}{
		{"without a scope", s.as(s.owner), seller, NewKey{Name: "Key"}, problem.InvalidInput},
		{"with a scope that no key may have", s.as(s.owner), seller, NewKey{Name: "Key", Scopes: []authz.Permission{authz.UsersManage}}, problem.InvalidInput},
		{"with a note's scope", s.as(s.owner), seller, NewKey{Name: "Key", Scopes: []authz.Permission{authz.NotesWrite}}, problem.InvalidInput},
		{"with an unknown scope", s.as(s.owner), seller, NewKey{Name: "Key", Scopes: []authz.Permission{"everything"}}, problem.InvalidInput},
		{"with a scope twice", s.as(s.owner), seller, NewKey{Name: "Key", Scopes: []authz.Permission{authz.AccountsRead, authz.AccountsRead}}, problem.InvalidInput},
		{"that have expired", s.as(s.owner), seller, NewKey{Name: "Key", Scopes: ok, ExpiresAt: s.clock.Now()}, problem.InvalidInput},
		{"without a name", s.as(s.owner), seller, NewKey{Scopes: ok}, problem.InvalidInput},
		{"of a technician", s.as(s.technician), seller, NewKey{Name: "Key", Scopes: ok}, problem.Forbidden},
		{"of another tenant", s.as(s.rival), seller, NewKey{Name: "Key", Scopes: ok}, problem.NotFound},
		{"made by a key", authz.With(context.Background(), byKey), seller, NewKey{Name: "Key", Scopes: ok}, problem.Forbidden},
		{"made from above that could not act below", s.as(s.root), seller, NewKey{Name: "Key", Scopes: ok}, problem.InvalidInput},
		{"of a customer without the grant", s.as(s.owner), customer, NewKey{Name: "Key", Scopes: ok}, problem.Forbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := s.service.CreateKey(c.who, c.at, c.give)
			if got := codeOf(err); got != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
		})
	}
	t.Run("beyond the number that each may have", func(t *testing.T) {
		for i := range KeysEach {
			_, _, err := s.service.CreateKey(s.as(s.administrator), seller, NewKey{Name: fmt.Sprint(i), Scopes: ok})
			s.must(err)
		}
		_, _, err := s.service.CreateKey(s.as(s.administrator), seller, NewKey{Name: "Key", Scopes: ok})
		s.refused(err, problem.Conflict)
		s.must(s.service.Remove(s.as(s.owner), seller, s.administrator.ID)) // all of them end in one write
	})
	t.Run("another tenant's key does not exist", func(t *testing.T) {
		k, _ := s.key(s.owner, seller, ok...)
		s.refused(s.service.RevokeKey(s.as(s.rival), rival, k.ID), problem.NotFound)
		_, err := s.service.Key(s.as(s.rival), rival, k.ID)
		s.refused(err, problem.NotFound)
	})
}

func TestAKeyMadeFromAboveReachesThatTenantUntilTheWithdrawal(t *testing.T) {
	s := newStaff(t)
	k, secret := s.key(s.root, seller, authz.ActBelow, authz.AccountsRead)
	if !k.MadeBelow() {
		t.Fatal("is not marked")
	}
	for at, want := range map[tenant.ID]problem.Code{
		seller: "", customer: "", supplier: problem.NotFound, rival: problem.NotFound,
	} {
		if got := s.may(secret, authz.AccountsRead, at); got != want {
			t.Errorf("at %s: got %q, want %q", s.tree.nodes[at].Name, got, want)
		}
	}
	s.tree.change(seller, func(n *authz.Node) { n.ActingWithdrawn = true })
	if got := s.may(secret, authz.AccountsRead, seller); got != problem.Unauthenticated {
		t.Fatalf("after the withdrawal: %q", got)
	}
}

func TestLastUsedIsKeptToFiveMinutes(t *testing.T) {
	s := newStaff(t)
	k, secret := s.key(s.owner, seller, authz.AccountsRead)
	used := s.clock.Now()
	s.may(secret, authz.AccountsRead, seller)
	s.clock.Advance(time.Minute)
	s.may(secret, authz.AccountsRead, seller)
	row, err := s.service.Key(s.as(s.owner), seller, k.ID)
	if err != nil || !row.LastUsedAt.Equal(used) {
		t.Fatalf("last used %v, want %v; %v", row.LastUsedAt, used, err)
	}
}
