package agent

import (
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

const (
	theAccount  = "acc_01KAT1ERKEEP00000000000001"
	theApproval = "apr_01KAT1ERKEEP00000000000002"
)

// order is a lease of the way out, signed by the platform.
func (s *stage) order(t *testing.T, kind string, spec driver.TrashSpec) Lease {
	t.Helper()
	l := s.lease(t, 1, driver.AccountSpec{})
	body, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	l.Kind, l.Account, l.Spec = kind, theAccount, body
	s.sign(&l)
	return l
}

func (s *stage) sign(l *Lease) {
	l.Signature = ed25519.Sign(s.platform, sign.Operation(l.Tenant, l.Operation, l.Attempt, l.Kind, l.Account, l.Server, l.Spec))
}

func TestWhatTheWayOutAsksForReachesTheServer(t *testing.T) {
	for kind, want := range map[string]string{
		kindTrash: "trash " + theAccount + " 4", kindPurge: "purge " + theAccount + " 4 " + theApproval, kindRestore: "restore " + theAccount + " 4",
	} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.carryOut(t.Context(), s.order(t, kind, driver.TrashSpec{Account: theAccount, Generation: 4, Approval: theApproval}))
				if diff := cmp.Diff([]string{want}, s.server.asked); diff != "" {
					t.Error(diff)
				}
				results := sent[resultRequest](t, s, "result")
				if len(results) != 1 || results[0].Outcome != Done || results[0].Observed.Devices == nil && kind != kindRestore {
					t.Errorf("results %+v", results)
				}
			})
		})
	}
}

func TestNothingGoesThatThePlatformDidNotSignTogetherWithItsApproval(t *testing.T) {
	whole := driver.TrashSpec{Account: theAccount, Generation: 4, Approval: theApproval}
	for name, c := range map[string]struct {
		spec  driver.TrashSpec
		spoil func(*stage, *Lease) // after the platform signed
	}{
		"without an approval":          {driver.TrashSpec{Account: theAccount, Generation: 4}, func(*stage, *Lease) {}},
		"with something else for one":  {driver.TrashSpec{Account: theAccount, Generation: 4, Approval: "yes"}, func(*stage, *Lease) {}},
		"of no generation":             {driver.TrashSpec{Account: theAccount, Approval: theApproval}, func(*stage, *Lease) {}},
		"whose content is about other": {driver.TrashSpec{Account: "acc_01KAT1ERKEEP00000000000009", Generation: 4, Approval: theApproval}, func(*stage, *Lease) {}},
		"with an approval put in later": {driver.TrashSpec{Account: theAccount, Generation: 4}, func(_ *stage, l *Lease) {
			l.Spec = json.RawMessage(`{"account":"` + theAccount + `","generation":4,"approval":"` + theApproval + `"}`)
		}},
		"of another generation": {whole, func(_ *stage, l *Lease) {
			l.Spec = json.RawMessage(`{"account":"` + theAccount + `","generation":5,"approval":"` + theApproval + `"}`)
		}},
		"signed by somebody else": {whole, func(s *stage, l *Lease) {
			s.platform = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
			s.sign(l)
		}},
		"signed as another kind": {whole, func(s *stage, l *Lease) {
			kind := l.Kind
			l.Kind = kindRestore
			s.sign(l)
			l.Kind = kind
		}},
	} {
		for _, kind := range []string{kindTrash, kindPurge} {
			t.Run(kind+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newStage(t)
					l := s.order(t, kind, c.spec)
					c.spoil(s, &l)
					s.carryOut(t.Context(), l)
					results := sent[resultRequest](t, s, "result")
					if len(s.server.asked) != 0 || len(results) != 1 || results[0].Outcome != Refused || results[0].Code != "operation_refused" {
						t.Errorf("asked %v, results %+v", s.server.asked, results)
					}
				})
			})
		}
	}
}
