package servers

import (
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature:
//
//	T#<owner>#server            <server>      the server
//	T#<owner>#access#<server>   <seller>      what one seller may sell on it
//	T#<owner>#agent             <agent>       the agent, with its latest hello
//	T#<owner>#enrolment         <enrolment>   a token that has not been used; expires
//	lookup enrolment            <token>       the enrolment
//	lookup agent_key            <agent>       the agent

func serverPartition(owner tenant.ID) string { return "T#" + string(owner) + "#server" }

func serverKey(owner tenant.ID, server string) store.Key {
	return store.Key{PK: serverPartition(owner), SK: server}
}

func accessPartition(owner tenant.ID, server string) string {
	return "T#" + string(owner) + "#access#" + server
}

func accessKey(owner tenant.ID, server string, seller tenant.ID) store.Key {
	return store.Key{PK: accessPartition(owner, server), SK: string(seller)}
}

func agentKey(owner tenant.ID, agent string) store.Key {
	return store.Key{PK: "T#" + string(owner) + "#agent", SK: agent}
}

func enrolmentKey(owner tenant.ID, enrolment string) store.Key {
	return store.Key{PK: "T#" + string(owner) + "#enrolment", SK: enrolment}
}
