package functions

import "slices"

// The environment variables by which infrastructure tells a function the names of what it uses. A Config struct of a main
// has those of its function, and may have others that keep their defaults on AWS.
const (
	Stage         = "TIERKEEP_STAGE"          // "dev"
	Tracing       = "TIERKEEP_TRACING"        // "true" where requests are traced
	Table         = "TIERKEEP_TABLE"          // the table's name
	QueueURL      = "TIERKEEP_QUEUE_URL"      // a queue's address, with {queue} for its consumer
	WorkflowARN   = "TIERKEEP_WORKFLOW_ARN"   // a state machine's ARN, with {machine} for its workflow
	ScheduleGroup = "TIERKEEP_SCHEDULE_GROUP" // where timers are kept
	ScheduleRole  = "TIERKEEP_SCHEDULE_ROLE"  // the ARN of the role with which timers send
	SecretPrefix  = "TIERKEEP_SECRET_PREFIX"  // what the names of all secrets begin with, "tierkeep/dev/"
	OriginKeyOf   = "TIERKEEP_ORIGIN_KEY_OF"  // when the origin's key was exchanged: another setting makes functions start anew
	MailFrom      = "TIERKEEP_MAIL_FROM"      // the sender of mails
	WakeEndpoint  = "TIERKEEP_WAKE_ENDPOINT"  // where hints are handed over, https
	WakeURL       = "TIERKEEP_WAKE_URL"       // where agents wait for hints, wss
	Portal        = "TIERKEEP_PORTAL"         // the portal's address as people know it
)

// Variables returns the names of the variables that the function is given, sorted.
func (f Function) Variables() []string {
	u := f.Uses
	names := []string{Stage, Tracing}
	for _, v := range []struct {
		used  bool
		names []string
	}{
		{u.Table != NoAccess, []string{Table}},
		{len(u.Sends) > 0 || len(u.Timers) > 0 || f.Kind == Queue, []string{QueueURL}}, // a consumer delays what failed
		{len(u.Timers) > 0, []string{ScheduleGroup, ScheduleRole}},
		{len(u.Starts) > 0 || len(u.Answers) > 0, []string{WorkflowARN}},
		{len(u.Secrets) > 0, []string{SecretPrefix}},
		{slices.Contains(u.Secrets, OriginKey), []string{OriginKeyOf}},
		{u.Mail, []string{MailFrom}},
		{u.Hints, []string{WakeEndpoint}},
		{u.WakeURL, []string{WakeURL}},
		{u.Portal, []string{Portal}},
	} {
		if v.used {
			names = append(names, v.names...)
		}
	}
	slices.Sort(names)
	return names
}
