package operations

import (
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature:
//
//	T#<seller>#op                       <operation>                  the operation; identifiers sort by time
//	T#<seller>#lane                     <account>                    the account's order
//	T#<owner>#claim                     <agent>#<claim>              what a claim got, for its repeat; expires
//	i1  open#<server>                   <claimable at>#<operation>   ready and running ones, for claims
//	i1  open#<server>                   waiting#<operation>          waiting ones, for a server's new agent
//	i2  T#<seller>#acc#<account>#op     <operation>                  an account's operations

func partition(t tenant.ID) string { return "T#" + string(t) + "#op" }

func operationKey(t tenant.ID, op string) store.Key { return store.Key{PK: partition(t), SK: op} }

func laneKey(t tenant.ID, account string) store.Key {
	return store.Key{PK: "T#" + string(t) + "#lane", SK: account}
}

func claimKey(owner tenant.ID, agent, claim string) store.Key {
	return store.Key{PK: "T#" + string(owner) + "#claim", SK: agent + "#" + claim}
}

func accountPartition(t tenant.ID, account string) string {
	return "T#" + string(t) + "#acc#" + account + "#op"
}

func openPartition(server string) string { return "open#" + server }

// claimableSort orders by time: milliseconds in 13 digits until the year 2286.
func claimableSort(at time.Time) string { return fmt.Sprintf("%013d", at.UnixMilli()) }

func (o Operation) openKey() store.IndexKey {
	switch o.State {
	case Waiting:
		return store.IndexKey{PK: openPartition(o.Server), SK: "waiting#" + o.ID}
	case Ready, Running:
		return store.IndexKey{PK: openPartition(o.Server), SK: claimableSort(o.ClaimableAt) + "#" + o.ID}
	case Succeeded, NeedsAttention, Cancelled:
	}
	return store.IndexKey{}
}
