package approvals

import (
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature:
//
//	T#<seller>#approval    <approval>   the approval
//	T#<decider>#waiting    <approval>   that it waits for a decider tenant, and whose it is
//	T#<decider>#decided    <approval>   the same after its end

func partition(seller tenant.ID) string { return "T#" + string(seller) + "#approval" }

func approvalKey(seller tenant.ID, approval string) store.Key {
	return store.Key{PK: partition(seller), SK: approval}
}

func waitingPartition(decider tenant.ID) string { return "T#" + string(decider) + "#waiting" }

func waitingKey(decider tenant.ID, approval string) store.Key {
	return store.Key{PK: waitingPartition(decider), SK: approval}
}

func decidedPartition(decider tenant.ID) string { return "T#" + string(decider) + "#decided" }

func decidedKey(decider tenant.ID, approval string) store.Key {
	return store.Key{PK: decidedPartition(decider), SK: approval}
}
