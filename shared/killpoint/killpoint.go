// Package killpoint names the places at which a process can be killed in the middle of a journey, so that one test harness
// can kill it at each and look whether anything was lost or done twice. Without the build tag killpoints, Reached does
// nothing.
package killpoint

// Point is a named place.
type Point string

// The places, in the order in which a provisioning operation comes past them.
const (
	AfterCommit  Point = "after_commit"  // the decision is written, nothing is published
	AfterPublish Point = "after_publish" // the events are sent, the publisher has not remembered it
	AfterClaim   Point = "after_claim"   // the agent has the lease, the driver was not called
	AfterDriver  Point = "after_driver"  // the driver has done it, the agent has not written its journal
	AfterResult  Point = "after_result"  // the platform took the result, the agent has not written that down
)
