package workflowtest

import (
	"fmt"
	"strings"
)

// single is a machine of one state, given by its fields.
func single(fields string) string { return machine(state("A", fields, "")) }

// machine is a definition of states, of which the first begins.
func machine(states ...string) string {
	name, _, _ := strings.Cut(states[0][1:], `"`)
	return fmt.Sprintf(`{"StartAt":%q,"States":{%s}}`, name, strings.Join(states, ","))
}

// state is a state with what stands behind it; it ends there where nothing does.
func state(name, fields, next string) string {
	if next == "" {
		return fmt.Sprintf(`%q:{%s,"End":true}`, name, fields)
	}
	return fmt.Sprintf(`%q:{%s,"Next":%q}`, name, fields, next)
}

// end is a state without a next one by its nature.
func end(name, fields string) string { return fmt.Sprintf(`%q:{%s}`, name, fields) }

// task are the fields of a task that calls the suite's function.
func task(payload, more string) string {
	return fmt.Sprintf(`"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
		"Parameters":{"FunctionName":"${Tasks}","Payload":{%s}}%s`, payload, more)
}

// waiting are the fields of a task that waits for its token.
func waiting(payload, more string) string {
	return fmt.Sprintf(`"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
		"Parameters":{"FunctionName":"${Tasks}","Payload":{"token.$":"$$.Task.Token",%s}}%s`, payload, more)
}

// payloadOnly reduces a reply to what the function returned.
const payloadOnly = `,"ResultSelector":{"got.$":"$.Payload"}`

// caught catches errors and goes on in "Caught", which gives on what it was given.
func caught(errors string) string {
	return fmt.Sprintf(`,"Catch":[{"ErrorEquals":[%s],"ResultPath":"$.error","Next":"Caught"}]`, errors)
}

// catching is a machine of one state that catches errors and then gives on only the error's name.
func catching(fields, errors string) string {
	return machine(state("A", fields+caught(errors), ""), state("Caught", `"Type":"Pass","Parameters":{"caught.$":"$.error.Error"}`, ""))
}
