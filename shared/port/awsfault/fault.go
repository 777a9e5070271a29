// Package awsfault lets requests to AWS fail as they do on AWS and hardly ever do on an emulator: throttled, in conflict,
// carried out without a reply. Tests of the adapters put it into their configuration. It changes what a client sends and
// sees, so it works over any endpoint.
package awsfault

import (
	"slices"
)

// Fault is one way in which a request fails.
type Fault string

// The faults of one attempt: a client that tries again makes another one.
const (
	// None lets the attempt be: the place of a good one in a script.
	None Fault = "none"
	// Throttled refuses the request with the service's code for too many requests. It is not carried out.
	Throttled Fault = "throttled"
	// Conflict refuses a write to DynamoDB because another transaction is at work on a row. It is not carried out.
	Conflict Fault = "conflict"
	// Starved cancels a transaction of DynamoDB because a partition has no capacity left. It is not carried out.
	Starved Fault = "starved"
	// Unavailable answers with status 500. The request is not carried out, which a client cannot know.
	Unavailable Fault = "unavailable"
	// Closed closes the connection before anything is carried out, which a client cannot know.
	Closed Fault = "closed"
	// LostReply carries the request out and closes the connection before the reply.
	LostReply Fault = "lost reply"
	// CutReply carries the request out and closes the connection in the middle of the reply.
	CutReply Fault = "cut reply"
)

// The faults of a whole call, for the operations of SQS on batches. The first entry and every second one after it fail.
const (
	// Partial carries the other entries out alone.
	Partial Fault = "partial"
	// PartialReply carries all of them out and says that these failed.
	PartialReply Fault = "partial reply"
)

// Faults are all that there are, for tests that meet every one.
func Faults() []Fault {
	return []Fault{Throttled, Conflict, Starved, Unavailable, Closed, LostReply, CutReply, Partial, PartialReply}
}

var (
	singleWrites = []string{"PutItem", "UpdateItem", "DeleteItem"}
	transactions = []string{"TransactWriteItems"}
	batches      = []string{"SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}
)

// ofBatch tells whether the fault is one of a call, not of each attempt.
func (f Fault) ofBatch() bool { return f == Partial || f == PartialReply }

// befalls tells whether the operation can fail in this way.
func (f Fault) befalls(operation string) bool {
	switch f {
	case Conflict:
		return slices.Contains(singleWrites, operation) || slices.Contains(transactions, operation)
	case Starved:
		return slices.Contains(transactions, operation)
	case Partial, PartialReply:
		return slices.Contains(batches, operation)
	default:
		return true
	}
}
