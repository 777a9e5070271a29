// Package functions is the list of the platform's Lambda functions: what starts each, and what it may do besides. The
// packaging builds one zip for each, the infrastructure makes each with a role of its own from it, and tests hold the mains
// against it. It knows no cloud library, so that everybody can read it.
//
// To add a function: its main in functions/<feature>/lambda/<kind>/main.go, and a row here.
package functions

import (
	"time"
)

// Kind is what starts a function. It is the last word of the function's name and of its main's folder.
type Kind string

// The kinds.
const (
	HTTP   Kind = "http"   // a request to a prefix of shared/web/route
	Queue  Kind = "queue"  // messages of the feature's queue, timers' among them
	Tasks  Kind = "tasks"  // a state of a workflow
	Stream Kind = "stream" // change rows, from the table's stream
	Wake   Kind = "wake"   // an agent that connects to, or leaves, the WebSocket of hints
)

// Function is one Lambda function.
type Function struct {
	Feature  string // the folder below functions/
	Kind     Kind
	MemoryMB int // the share of a processor follows it: 1769 MB are one
	Timeout  time.Duration
	Uses     Uses
}

// Uses is what a function may do besides reading and writing its own logs. Its role allows this and nothing else, and its
// environment tells the names of this and nothing else.
type Uses struct {
	Table   Access
	Sends   []string // to these consumers' queues
	Timers  []string // sets and cancels timers that send to these consumers' queues
	Starts  []string // executions of these workflows
	Answers []string // tasks that wait in these workflows
	Secrets []string // reads them, and keeps a first value where there is none
	Hints   bool     // tells agents to claim
	Mail    bool     // sends mail
	Portal  bool     // tells people addresses, or knows brands by their hosts
	WakeURL bool     // tells agents where they are woken
}

// Access is what a function may do with the table.
type Access int

// The accesses. Who writes also reads.
const (
	NoAccess Access = iota
	Reads
	Writes
)

// The secrets, by the names that the code asks for them.
const (
	SigningKey = "platform/signing-key" // signs what agents are asked to do
	FactorKey  = "identity/factor-key"  // closes the secrets of second factors
	OriginKey  = "platform/origin-key"  // what the content network shows, so that what it says about hosts is believed
)

// The sizes. A function of 256 MB answers a read in some milliseconds; what hashes passwords is bound by the processor.
const (
	small = 256
	large = 1024
)

// All is the list, in the order in which features depend on each other.
//
// Everything that answers HTTP writes: sessions tell when they were last used, and requests are remembered by their
// Idempotency-Key.
var All = []Function{
	http("tenancy", small, Uses{}),
	http("identity", large, Uses{Secrets: []string{FactorKey}}),
	http("branding", small, Uses{}),
	http("servers", small, Uses{Secrets: []string{SigningKey}, WakeURL: true}),
	{Feature: "servers", Kind: Wake, MemoryMB: small, Timeout: 10 * time.Second, Uses: Uses{Table: Writes, Hints: true}},
	http("approvals", small, Uses{}),
	queue("approvals", Uses{Starts: []string{"approval"}, Answers: []string{"approval"}}),
	{
		Feature: "approvals", Kind: Tasks, MemoryMB: small, Timeout: 30 * time.Second,
		Uses: Uses{Table: Writes, Answers: []string{"approval"}},
	},
	http("operations", small, Uses{Secrets: []string{SigningKey}}),
	queue("operations", Uses{Secrets: []string{SigningKey}, Hints: true}),
	http("accounts", small, Uses{}),
	queue("accounts", Uses{Timers: []string{"accounts"}, Portal: true}),
	http("reports", small, Uses{}),
	queue("reports", Uses{Timers: []string{"reports"}}),
	queue("notifications", Uses{Mail: true, Portal: true}),
	http("overview", small, Uses{}),
	{
		Feature: "publisher", Kind: Stream, MemoryMB: small, Timeout: time.Minute,
		Uses: Uses{Sends: []string{"accounts", "approvals", "notifications", "operations", "reports"}},
	},
}

// http is a function that answers requests. API Gateway gives up on it after 30 seconds.
func http(feature string, memoryMB int, u Uses) Function {
	u.Table, u.Portal, u.Secrets = Writes, true, append([]string{OriginKey}, u.Secrets...)
	return Function{Feature: feature, Kind: HTTP, MemoryMB: memoryMB, Timeout: 15 * time.Second, Uses: u}
}

// queue is a function that takes in what its feature's queue brings. A message is hidden from others for six times as long,
// as Lambda asks for.
func queue(feature string, u Uses) Function {
	u.Table = Writes
	return Function{Feature: feature, Kind: Queue, MemoryMB: small, Timeout: 30 * time.Second, Uses: u}
}

// Name tells functions apart: "accounts-http".
func (f Function) Name() string { return f.Feature + "-" + string(f.Kind) }

// Main is the folder of the function's main, from the root of the project.
func (f Function) Main() string { return "functions/" + f.Feature + "/lambda/" + string(f.Kind) }

// Zip is the file name of what the packaging makes of it, below build/lambda/arm64.
func (f Function) Zip() string { return f.Name() + ".zip" }
