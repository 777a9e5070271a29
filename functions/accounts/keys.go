package accounts

import (
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature:
//
//	T#<seller>#acc                   <account>            the account
//	i1  T#<seller>#cust#<customer>   <account>            a customer's accounts: customers share no prefix
//	i2  T#<seller>#server#<server>   <account>            a seller's accounts on one server
//	T#<writer>#note                  <account>            a private note
//	lookup login                     <server>/<login>     whose a login is
//	lookup account                   <server>/<account>   whose an account is that an agent names

func partition(seller tenant.ID) string { return "T#" + string(seller) + "#acc" }

func accountKey(seller tenant.ID, account string) store.Key {
	return store.Key{PK: partition(seller), SK: account}
}

func customerPartition(seller, customer tenant.ID) string {
	return "T#" + string(seller) + "#cust#" + string(customer)
}

func serverPartition(seller tenant.ID, server string) string {
	return "T#" + string(seller) + "#server#" + server
}

func noteKey(writer tenant.ID, account string) store.Key {
	return store.Key{PK: "T#" + string(writer) + "#note", SK: account}
}

func loginValue(server, login string) string { return server + "/" + login }

func accountValue(server, account string) string { return server + "/" + account }
