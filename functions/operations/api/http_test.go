package operationsapi

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"

	"github.com/tierkeep/tierkeep/functions/operations"
	"github.com/tierkeep/tierkeep/shared/web/agentauth/sign"
)

func leased() operations.Operation {
	return operations.Operation{
		ID: "op_01J00000000000000000000001", Tenant: "ten_01J00000000000000000000001", Account: "acc_01J00000000000000000000001",
		Server: "srv_01J00000000000000000000001", Kind: operations.Ensure, Attempt: 2, Lease: "L", Spec: json.RawMessage(`{"quota_bytes":1}`),
	}
}

// The agent checks the signature over what it received, so that whatever is changed on the way makes it false.
func TestALeaseIsSignedAsTheAgentChecksIt(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &operations.Service{Sign: func(_ context.Context, message []byte) ([]byte, error) { return ed25519.Sign(private, message), nil }}
	made, err := leaseOf(context.Background(), s, leased())
	if err != nil {
		t.Fatal(err)
	}
	wire, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Lease)
		want   bool
	}{
		"as it was":          {func(*Lease) {}, true},
		"another tenant":     {func(l *Lease) { l.Tenant = "ten_01J00000000000000000000002" }, false},
		"another operation":  {func(l *Lease) { l.Operation = "op_01J00000000000000000000002" }, false},
		"an earlier attempt": {func(l *Lease) { l.Attempt = 1 }, false},
		"another kind":       {func(l *Lease) { l.Kind = operations.Trash }, false},
		"another account":    {func(l *Lease) { l.Account = "acc_01J00000000000000000000002" }, false},
		"another server":     {func(l *Lease) { l.Server = "srv_01J00000000000000000000002" }, false},
		"another content":    {func(l *Lease) { l.Spec = json.RawMessage(`{"quota_bytes":2}`) }, false},
	} {
		var l Lease
		if err := json.Unmarshal(wire, &l); err != nil {
			t.Fatal(err)
		}
		c.change(&l)
		message := sign.Operation(string(l.Tenant), l.Operation, l.Attempt, string(l.Kind), l.Account, l.Server, l.Spec)
		if got := ed25519.Verify(public, message, l.Signature); got != c.want {
			t.Errorf("%s: the signature is right: %v", name, got)
		}
	}
}

func TestWhatCannotBeSignedIsNotGivenOut(t *testing.T) {
	away := errors.New("the key cannot be read")
	s := &operations.Service{Sign: func(context.Context, []byte) ([]byte, error) { return nil, away }}
	if _, err := leaseOf(context.Background(), s, leased()); !errors.Is(err, away) {
		t.Fatalf("got %v", err)
	}
}
