// Package lookup builds the only rows that do not begin with a tenant: those that find the tenant of something that comes
// in without one, such as a session or a login. It is the only unscoped key builder. Values are hashed, so that no key holds
// a secret or an address.
package lookup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Kind says what is looked up.
type Kind string

// The kinds that exist.
const (
	Session   Kind = "session"
	APIKey    Kind = "api_key"
	Email     Kind = "email"     // realm + "/" + normalised address
	Step      Kind = "step"      // the token of a sign-in that waits for its second step
	Link      Kind = "link"      // a one-time link's token
	Enrolment Kind = "enrolment" // an enrolment token
	AgentKey  Kind = "agent_key" // an agent's id
	Hostname  Kind = "hostname"
	Login     Kind = "login"   // server + "/" + login
	Account   Kind = "account" // server + "/" + account: agents name accounts, our rows say whose they are
	Segment   Kind = "segment" // root + "/" + segment
	Root      Kind = "root"    // "platform"
	Conn      Kind = "conn"
	Idem      Kind = "idem"
)

// Ref is what a lookup finds.
type Ref struct {
	Tenant tenant.ID `json:"tenant"`
	ID     string    `json:"id"`
}

// Key is where the lookup of a value stands.
func Key(kind Kind, value string) store.Key {
	sum := sha256.Sum256([]byte(value))
	return store.Key{PK: "L#" + string(kind) + "#" + hex.EncodeToString(sum[:]), SK: "lookup"}
}

// Item is the row that lets a value find an object of a tenant. It is written in the owner's own atomic write.
func Item(kind Kind, value string, owner tenant.ID, id string) store.Item {
	record, err := json.Marshal(Ref{owner, id})
	if err != nil { // two strings cannot fail to encode
		panic(err)
	}
	return store.Item{Key: Key(kind, value), Value: record, Version: 1}
}

// Get finds the object that a value belongs to. It fails with store.ErrNotFound where there is none.
func Get(ctx context.Context, rows store.Store, kind Kind, value string) (Ref, error) {
	item, err := rows.Get(ctx, Key(kind, value))
	if err != nil {
		return Ref{}, err
	}
	return Read(item)
}

// Read returns what a row of Item says.
func Read(item store.Item) (Ref, error) {
	var ref Ref
	if err := json.Unmarshal(item.Value, &ref); err != nil {
		return Ref{}, fmt.Errorf("read the lookup %s: %w", item.PK, err)
	}
	return ref, nil
}
