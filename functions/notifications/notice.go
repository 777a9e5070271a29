// Package notifications tells people by mail what happened. It decides who gets what, and does not own what happened, people,
// brands, or how mail travels. README.md has its words and states.
package notifications

import (
	"github.com/tierkeep/tierkeep/events"
)

// Notice names what an event means to one kind of recipient; its texts stand under this name.
type Notice string

// The notices.
const (
	ApprovalAsked        Notice = "approval_asked"         // you asked
	ApprovalWaiting      Notice = "approval_waiting"       // you may decide
	ApprovalStillWaiting Notice = "approval_still_waiting" // nobody has decided about what you asked
	ApprovalReminder     Notice = "approval_reminder"      // you may still decide
	ApprovalApproved     Notice = "approval_approved"
	ApprovalRefused      Notice = "approval_refused"
	ApprovalWithdrawn    Notice = "approval_withdrawn"
	ApprovalExpired      Notice = "approval_expired"
)

// Part is the part that a recipient plays in what happened.
type Part string

// The parts.
const (
	Asker   Part = "asker"
	Decider Part = "decider"
)

// Rule is a line of the table of notices.
type Rule struct {
	Event     events.Type
	Decision  string // of an approval.decided; empty: whatever it was
	To        Part
	Notice    Notice
	Mandatory bool // cannot be switched off
}

// Rules is who gets which notice of what. An event that stands in no line reaches nobody.
var Rules = []Rule{
	{Event: events.ApprovalRequested{}.EventType(), To: Asker, Notice: ApprovalAsked, Mandatory: true},
	{Event: events.ApprovalRequested{}.EventType(), To: Decider, Notice: ApprovalWaiting, Mandatory: true},
	{Event: events.ApprovalReminded{}.EventType(), To: Asker, Notice: ApprovalStillWaiting, Mandatory: true},
	{Event: events.ApprovalReminded{}.EventType(), To: Decider, Notice: ApprovalReminder, Mandatory: true},
	{Event: events.ApprovalDecided{}.EventType(), Decision: "approved", To: Asker, Notice: ApprovalApproved, Mandatory: true},
	{Event: events.ApprovalDecided{}.EventType(), Decision: "approved", To: Decider, Notice: ApprovalApproved, Mandatory: true},
	{Event: events.ApprovalDecided{}.EventType(), Decision: "refused", To: Asker, Notice: ApprovalRefused, Mandatory: true},
	{Event: events.ApprovalDecided{}.EventType(), Decision: "refused", To: Decider, Notice: ApprovalRefused, Mandatory: true},
	{Event: events.ApprovalDecided{}.EventType(), Decision: "withdrawn", To: Asker, Notice: ApprovalWithdrawn, Mandatory: true},
	{Event: events.ApprovalDecided{}.EventType(), Decision: "withdrawn", To: Decider, Notice: ApprovalWithdrawn, Mandatory: true},
	{Event: events.ApprovalExpired{}.EventType(), To: Asker, Notice: ApprovalExpired, Mandatory: true},
	{Event: events.ApprovalExpired{}.EventType(), To: Decider, Notice: ApprovalExpired, Mandatory: true},
}

// noticeOf returns the line for a part in what happened, and false where the part is told nothing.
func noticeOf(happened events.Type, decision string, to Part) (Rule, bool) {
	for _, r := range Rules {
		if r.Event == happened && r.To == to && (r.Decision == "" || r.Decision == decision) {
			return r, true
		}
	}
	return Rule{}, false
}
