package events

import "time"

// ApprovalRequested says that something waits for the decision of a second person.
type ApprovalRequested struct {
	Approval  string    `json:"approval"`
	Kind      string    `json:"kind"` // what is to be allowed: account.delete, …
	Account   string    `json:"account"`
	Customer  string    `json:"customer"`
	Deciders  []string  `json:"deciders"` // the tenants whose people may decide
	Asker     string    `json:"asker"`    // the user who asks
	Reason    string    `json:"reason"`
	RemindAt  time.Time `json:"remind_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (ApprovalRequested) EventType() Type        { return "approval.requested" }
func (ApprovalRequested) EventVersion() int      { return 1 }
func (p ApprovalRequested) EventSubject() string { return p.Approval }

// ApprovalReminded says that the deciders of a waiting approval are reminded of it, once.
type ApprovalReminded struct {
	Approval  string    `json:"approval"`
	Kind      string    `json:"kind"`
	Account   string    `json:"account"`
	Deciders  []string  `json:"deciders"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (ApprovalReminded) EventType() Type        { return "approval.reminded" }
func (ApprovalReminded) EventVersion() int      { return 1 }
func (p ApprovalReminded) EventSubject() string { return p.Approval }

// ApprovalDecided says how people ended an approval. Decision is approved, refused or withdrawn: by the asker, or by whoever did
// something that made it pointless.
type ApprovalDecided struct {
	Approval string `json:"approval"`
	Kind     string `json:"kind"`
	Account  string `json:"account"`
	Decision string `json:"decision"`
	Decider  string `json:"decider"`          // the user
	Home     string `json:"home"`             // the decider's own tenant
	Reason   string `json:"reason,omitempty"` // the decider's
	Asker    string `json:"asker"`
}

func (ApprovalDecided) EventType() Type        { return "approval.decided" }
func (ApprovalDecided) EventVersion() int      { return 1 }
func (p ApprovalDecided) EventSubject() string { return p.Approval }

// ApprovalExpired says that nobody decided in time. What was asked for does not happen.
type ApprovalExpired struct {
	Approval string   `json:"approval"`
	Kind     string   `json:"kind"`
	Account  string   `json:"account"`
	Deciders []string `json:"deciders"`
	Asker    string   `json:"asker"`
}

func (ApprovalExpired) EventType() Type        { return "approval.expired" }
func (ApprovalExpired) EventVersion() int      { return 1 }
func (p ApprovalExpired) EventSubject() string { return p.Approval }
