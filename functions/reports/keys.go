package reports

import (
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Every key of this feature. A job's identifier sorts by the time at which it began. What an account's health is decided
// from stands in the account's own partitions, because only the table is read as it was written; lists read the indexes.
//
//	T#<seller>#acc#<account>#job       <job>              the job
//	i1  T#<seller>#job                 <job>              a seller's jobs
//	i2  T#<seller>#cust#<customer>#job <job>              a customer's jobs
//	T#<seller>#acc#<account>#log       <job>              its log lines
//	T#<seller>#acc#<account>#unmet     <due>#<set>        an expectation that was not met
//	i1  T#<seller>#unmet               <due>#<set>        a seller's
//	i2  T#<seller>#cust#<customer>#unmet <due>#<set>      a customer's
//	T#<seller>#plan                    <set>              when a set is due, and next
//	T#<seller>#health                  <account>          what lists and verdicts are made from
//	i1  T#<seller>#cust#<customer>#health <account>       a customer's
//	T#<seller>#acc#<account>#usage     <hour>#<device>    used space

func of(seller tenant.ID, kind string) string { return "T#" + string(seller) + "#" + kind }

func ofAccount(seller tenant.ID, account, kind string) string {
	return "T#" + string(seller) + "#acc#" + account + "#" + kind
}

func ofCustomer(seller, customer tenant.ID, kind string) string {
	return "T#" + string(seller) + "#cust#" + string(customer) + "#" + kind
}

func jobKey(seller tenant.ID, account, job string) store.Key {
	return store.Key{PK: ofAccount(seller, account, "job"), SK: job}
}

func logKey(seller tenant.ID, account, job string) store.Key {
	return store.Key{PK: ofAccount(seller, account, "log"), SK: job}
}

func planKey(seller tenant.ID, set string) store.Key {
	return store.Key{PK: of(seller, "plan"), SK: set}
}

func healthKey(seller tenant.ID, account string) store.Key {
	return store.Key{PK: of(seller, "health"), SK: account}
}

func unmetKey(e Expectation) store.Key {
	return store.Key{PK: ofAccount(e.Seller, e.Account, "unmet"), SK: dueSort(e.DueAt) + "#" + e.Set}
}

func usageKey(seller tenant.ID, account, device string, at time.Time) store.Key {
	return store.Key{PK: ofAccount(seller, account, "usage"), SK: hourSort(at) + "#" + device}
}

func dueSort(at time.Time) string { return fmt.Sprintf("%013d", at.UnixMilli()) }

func hourSort(at time.Time) string { return at.UTC().Format("2006-01-02T15") }

// skew is how far the time in a job's identifier may lie from the time at which the job began.
const skew = time.Minute

// jobsBegun selects identifiers of jobs that began in an interval, both ends included, and perhaps some beside it.
func jobsBegun(from, to time.Time) store.Range {
	return store.Range{From: jobAt(from.Add(-skew)), To: jobAt(to.Add(skew + time.Millisecond))}
}

// jobAt is the smallest identifier of a job that began at an instant.
func jobAt(at time.Time) string {
	var u ulid.ULID
	if err := u.SetTime(ulid.Timestamp(at)); err != nil { // beyond the year 10889
		return ""
	}
	return "job_" + u.String()
}
