package agent

import (
	"encoding/json"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// The bodies of the calls an agent makes, as docs/api/openapi.json has them.

type enrolRequest struct {
	Token        string `json:"token"`
	SignKey      []byte `json:"sign_key"`
	SealKey      []byte `json:"seal_key"`
	AgentVersion string `json:"agent_version"`
}

type enrolReply struct {
	Agent       string    `json:"agent"`
	Server      string    `json:"server"`
	WakeURL     string    `json:"wake_url"`
	PlatformKey []byte    `json:"platform_key"`
	ServerTime  time.Time `json:"server_time"`
}

type helloRequest struct {
	Protocol      []int         `json:"protocol"`
	AgentVersion  string        `json:"agent_version"`
	ClockOffsetMS int64         `json:"clock_offset_ms"`
	Quarantined   int           `json:"quarantined"`
	Servers       []helloServer `json:"servers"`
}

type helloServer struct {
	Server string      `json:"server"`
	Info   driver.Info `json:"info"`
}

type helloReply struct {
	ServerTime  time.Time `json:"server_time"`
	Work        bool      `json:"work"` // something waits: claim now
	PollSeconds int       `json:"poll_seconds"`
	WakeURL     string    `json:"wake_url"`
}

type claimRequest struct {
	ClaimID string   `json:"claim_id"`
	Servers []string `json:"servers"`
	Max     int      `json:"max"`
}

type claimReply struct {
	Leases      []Lease `json:"leases"`
	PollSeconds int     `json:"poll_seconds"`
}

// Lease is the right to carry out one attempt of an operation, for a while.
type Lease struct {
	Tenant       string          `json:"tenant"`
	Operation    string          `json:"operation"`
	Lease        string          `json:"lease"`
	Attempt      int             `json:"attempt"`
	Kind         string          `json:"kind"`
	Account      string          `json:"account"`
	Server       string          `json:"server"`
	Spec         json.RawMessage `json:"spec"`
	LeaseSeconds int             `json:"lease_seconds"`
	Signature    []byte          `json:"signature"` // of the platform
}

type heartbeatRequest struct {
	Lease   string `json:"lease"`
	Attempt int    `json:"attempt"`
}

type resultRequest struct {
	ResultID string           `json:"result_id"`
	Lease    string           `json:"lease"`
	Attempt  int              `json:"attempt"`
	Outcome  Outcome          `json:"outcome"`
	Code     string           `json:"code,omitempty"`
	Detail   string           `json:"detail,omitempty"`
	Observed *driver.Observed `json:"observed,omitempty"`
}

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Failed  Outcome = "failed"  // may go well another time
	Refused Outcome = "refused" // will not go well without a person
)
