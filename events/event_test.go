package events

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden examples")

const (
	acc = "acc_01KAT1ERKEEP00000000000001"
	srv = "srv_01KAT1ERKEEP00000000000002"
	opr = "op_01KAT1ERKEEP000000000000003"
	apr = "apr_01KAT1ERKEEP0000000000000B"
	usr = "usr_01KAT1ERKEEP0000000000000C"
	top = "ten_01KAT1ERKEEP00000000000005"
)

// examples has one value with every field filled in for each type.
var examples = []Payload{
	TenantCreated{Tenant: "ten_01KAT1ERKEEP00000000000004", Parent: "ten_01KAT1ERKEEP00000000000005", Level: "reseller", Variant: "whitelabel"},
	TenantChanged{Tenant: "ten_01KAT1ERKEEP00000000000004", Changed: []string{"status"}},
	AccountCreated{Account: acc, Customer: "ten_01KAT1ERKEEP00000000000006", Server: srv, Type: "online"},
	AccountChanged{Account: acc, Generation: 2, Changed: []string{"quota_bytes"}},
	AccountObserved{Account: acc, Generation: 2, UsedBytes: 1_048_576},
	SetScheduled{
		Account: acc, Device: "dev_01KAT1ERKEEP00000000000007", Set: "set_01KAT1ERKEEP00000000000008", Server: srv, Removed: true,
		Plan: Schedule{Every: "week", At: "22:30", Days: []string{"mon", "thu"}, TimeZone: "Europe/Amsterdam", GraceMinutes: 90},
	},
	SetDue{Account: acc, Set: "set_01KAT1ERKEEP00000000000008", Due: time.Date(2026, 11, 24, 21, 30, 0, 0, time.UTC)},
	TrashDue{Account: acc, Until: time.Date(2026, 12, 24, 9, 0, 0, 0, time.UTC)},
	ApprovalRequested{
		Approval: apr, Kind: "account.delete", Account: acc, Customer: "ten_01KAT1ERKEEP00000000000006", Deciders: []string{top}, Asker: usr,
		Reason: "The contract has ended.", RemindAt: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC),
	},
	ApprovalReminded{
		Approval: apr, Kind: "account.delete", Account: acc, Deciders: []string{top}, ExpiresAt: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC),
	},
	ApprovalDecided{
		Approval: apr, Kind: "account.delete", Account: acc, Decision: "refused", Decider: "usr_01KAT1ERKEEP0000000000000D", Home: top,
		Reason: "The customer still pays.", Asker: usr,
	},
	ApprovalExpired{Approval: apr, Kind: "account.delete", Account: acc, Deciders: []string{top}, Asker: usr},
	OperationReady{Operation: opr, Account: acc, Server: srv},
	OperationEnded{
		Operation: opr, Kind: "account.ensure", Account: acc, Server: srv, State: "needs_attention", Generation: 2, UsedBytes: 1_048_576,
		Code: "login_taken",
	},
	AgentEnrolled{Agent: "agt_01KAT1ERKEEP00000000000009", Server: srv, Replaced: "agt_01KAT1ERKEEP0000000000000A"},
}

func TestEveryTypeHasAnExampleARouteAndStaysReadable(t *testing.T) {
	named := map[Type]Payload{}
	for _, p := range examples {
		named[p.EventType()] = p
	}
	for _, p := range All() {
		name := fmt.Sprintf("%s.v%d", p.EventType(), p.EventVersion())
		t.Run(name, func(t *testing.T) {
			if _, routed := Routes[p.EventType()]; !routed {
				t.Error("no row in Routes")
			}
			example, ok := named[p.EventType()]
			if !ok {
				t.Fatal("no example")
			}
			got, err := json.MarshalIndent(example, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("examples", name+".json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Fatalf("the shape of %s changed: raise its version instead\n%s", name, diff)
			}
			again := reflect.New(reflect.TypeOf(p))
			strict := json.NewDecoder(bytes.NewReader(want))
			strict.DisallowUnknownFields()
			if err := strict.Decode(again.Interface()); err != nil {
				t.Fatalf("yesterday's event is no longer read: %v", err)
			}
			if diff := cmp.Diff(example, again.Elem().Interface()); diff != "" {
				t.Fatal(diff)
			}
		})
	}
	if len(named) != len(All()) {
		t.Errorf("%d examples, %d types", len(named), len(All()))
	}
}

func TestDecodeRefusesAnotherType(t *testing.T) {
	_, err := Decode[AccountCreated](Event{ID: "evt_x", Type: "account.changed", Version: 1, Data: []byte(`{}`)})
	if err == nil {
		t.Fatal("accepted")
	}
}

func TestRoutesNameExistingTypesOnly(t *testing.T) {
	known := map[Type]bool{}
	for _, p := range All() {
		known[p.EventType()] = true
	}
	for typ := range Routes {
		if !known[typ] {
			t.Errorf("%s is routed and stands not in All", typ)
		}
	}
}
