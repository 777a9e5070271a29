package reports

import (
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature. A job's identifier sorts by the time at which it began.
//
//	T#<seller>#job                          <job>              the job
//	i1  T#<seller>#acc#<account>#job        <job>              an account's jobs
//	i2  T#<seller>#cust#<customer>#job      <job>              a customer's jobs
//	T#<seller>#log                          <job>              its log lines
//	T#<seller>#missed                       <due>#<set>        an expectation that was not met
//	i1  T#<seller>#acc#<account>#missed     <due>#<set>        an account's
//	i2  T#<seller>#cust#<customer>#missed   <due>#<set>        a customer's
//	T#<seller>#plan                         <set>              when a set is due, and next
//	T#<seller>#health                       <account>          what lists and verdicts are made from
//	i1  T#<seller>#cust#<customer>#health   <account>          a customer's
//	T#<seller>#usage#<account>              <hour>#<device>    used space

func of(seller tenant.ID, kind string) string { return "T#" + string(seller) + "#" + kind }

func ofAccount(seller tenant.ID, account, kind string) string {
	return "T#" + string(seller) + "#acc#" + account + "#" + kind
}

func ofCustomer(seller, customer tenant.ID, kind string) string {
	return "T#" + string(seller) + "#cust#" + string(customer) + "#" + kind
}

func jobKey(seller tenant.ID, job string) store.Key { return store.Key{PK: of(seller, "job"), SK: job} }

func logKey(seller tenant.ID, job string) store.Key { return store.Key{PK: of(seller, "log"), SK: job} }

func planKey(seller tenant.ID, set string) store.Key {
	return store.Key{PK: of(seller, "plan"), SK: set}
}

func healthKey(seller tenant.ID, account string) store.Key {
	return store.Key{PK: of(seller, "health"), SK: account}
}

func expectationKey(e Expectation) store.Key {
	return store.Key{PK: of(e.Seller, "missed"), SK: dueSort(e.DueAt) + "#" + e.Set}
}

func dueSort(at time.Time) string { return fmt.Sprintf("%013d", at.UnixMilli()) }

func usageKey(seller tenant.ID, account, device string, at time.Time) store.Key {
	return store.Key{PK: of(seller, "usage#"+account), SK: at.UTC().Format("2006-01-02T15") + "#" + device}
}
