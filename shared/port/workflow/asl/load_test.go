package asl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
	"github.com/tierkeep/tierkeep/shared/port/workflow/workflowtest"
)

// one is a machine whose state A has these fields, beside B and C that end well.
func one(fields string) string {
	return `{"StartAt":"A","States":{"A":{` + fields + `},"B":{"Type":"Succeed"},"C":{"Type":"Succeed"}}}`
}

const called = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"${Tasks}","Payload":{}},"Next":"B"`

// waiting waits for its token.
const waiting = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
	"Parameters":{"FunctionName":"${Tasks}","Payload":{"token.$":"$$.Task.Token"}},"Next":"B"`

// What breaks a rule of https://states-language.net/spec.html, or goes beyond what is supported, is refused by name and place.
func TestWhatIsBrokenOrNotSupportedIsRefusedByNameAndPlace(t *testing.T) {
	choice := func(rule string) string { return one(`"Type":"Choice","Choices":[{` + rule + `,"Next":"B"}]`) }
	parameter := func(expression string) string {
		return one(fmt.Sprintf(`"Type":"Pass","Parameters":{"x.$":%q},"Next":"B"`, expression))
	}
	tests := []struct{ rule, give, want string }{
		{"a definition is JSON", `{"StartAt"`, "not JSON"},
		{"a definition is an object", `[]`, "it is no object"},
		{"nothing stands behind a definition", one(`"Type":"Succeed"`) + `{}`, "something stands behind"},
		{"a name stands once in an object", `{"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Fail"}}}`, `"A" stands there twice`},
		{"a machine has a StartAt", `{"States":{"A":{"Type":"Succeed"}}}`, `machine: field "StartAt" is missing`},
		{"StartAt names a state", `{"StartAt":"Z","States":{"A":{"Type":"Succeed"}}}`, `machine: StartAt names "Z"`},
		{"a machine has states", `{"StartAt":"A","States":{}}`, "it has no states"},
		{"the version is 1.0", `{"Version":"2.0","StartAt":"A","States":{"A":{"Type":"Succeed"}}}`, `version "2.0" is not supported`},
		{"a machine's timeout is not supported", `{"TimeoutSeconds":1,"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`, `machine: field "TimeoutSeconds" is not supported`},
		{"JSONata is not supported", `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}`, `machine: field "QueryLanguage" is not supported`},
		{"a state's name has 80 characters", `{"StartAt":"` + strings.Repeat("é", 81) + `","States":{"` + strings.Repeat("é", 81) + `":{"Type":"Succeed"}}}`, "longer than 80"},
		{"a state is an object", `{"StartAt":"A","States":{"A":1}}`, `state "A": it is no object`},
		{"a state has a type", one(`"Next":"B"`), `state "A": field "Type" is missing`},
		{"types are known", one(`"Type":"Jump","Next":"B"`), `state "A": type "Jump" is not supported`},
		{"types are case-sensitive", one(`"Type":"pass","Next":"B"`), `state "A": type "pass" is not supported`},
		{"variables are not supported", one(`"Type":"Pass","Assign":{},"Next":"B"`), `state "A": field "Assign" is not supported`},
		{"a state has Next or End", one(`"Type":"Pass"`), `state "A": it has neither Next nor End`},
		{"a state has not both Next and End", one(`"Type":"Pass","Next":"B","End":true`), `state "A": it has neither Next nor End, or both`},
		{"End is true", one(`"Type":"Pass","End":false`), `state "A": it has neither Next nor End`},
		{"End is a boolean", one(`"Type":"Pass","End":"yes"`), `state "A": field "End" is no boolean`},
		{"Next names a state", one(`"Type":"Pass","Next":"Z"`), `state "A": Next names "Z"`},
		{"Next is case-sensitive", one(`"Type":"Pass","Next":"b"`), `state "A": Next names "b"`},
		{"Next is a string", one(`"Type":"Pass","Next":1`), `state "A": field "Next" is no string`},
		{"a Choice has no Next", one(`"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"B"}],"Next":"B"`), `state "A": field "Next" is not supported`},
		{"a Succeed has no End", one(`"Type":"Succeed","End":true`), `state "A": field "End" is not supported`},
		{"a Fail has no Next", one(`"Type":"Fail","Next":"B"`), `state "A": field "Next" is not supported`},
		{"a Fail has no InputPath", one(`"Type":"Fail","InputPath":"$"`), `state "A": field "InputPath" is not supported`},
		{"a Pass has no Retry", one(`"Type":"Pass","Retry":[],"Next":"B"`), `state "A": field "Retry" is not supported`},
		{"a Wait has no ResultPath", one(`"Type":"Wait","Seconds":1,"ResultPath":"$","Next":"B"`), `state "A": field "ResultPath" is not supported`},

		{"a path begins with $", one(`"Type":"Pass","InputPath":"a","Next":"B"`), `state "A": field "InputPath": "a" is no path`},
		{"a path names one place: no wildcard", one(`"Type":"Pass","InputPath":"$.*","Next":"B"`), `which is not supported`},
		{"a path names one place: no descent", one(`"Type":"Pass","InputPath":"$..a","Next":"B"`), `which is not supported`},
		{"a path names one place: no filter", one(`"Type":"Pass","InputPath":"$.a[?(@.b)]","Next":"B"`), `which is not supported`},
		{"a path names one place: no range", one(`"Type":"Pass","InputPath":"$.a[0:1]","Next":"B"`), `which is not supported`},
		{"a path's bracket is closed", one(`"Type":"Pass","InputPath":"$.a[0","Next":"B"`), `is not closed`},
		{"InputPath is a path", one(`"Type":"Pass","InputPath":1,"Next":"B"`), `field "InputPath" is no path`},
		{"what the context holds is known", parameter(`$$.StateMachine.Id`), `"$$.StateMachine.Id" is not supported`},
		{"the whole context is not supported", parameter(`$$`), `is not supported of the context object`},
		{"nothing is written to the context", one(`"Type":"Pass","ResultPath":"$$.State.Name","Next":"B"`), "nothing is written to the context"},
		{"a token is there only for a task that waits", parameter(`$$.Task.Token`), `stands outside a task that waits`},
		{"an item is there only within a Map", parameter(`$$.Map.Item.Value`), `stands outside a Map`},
		{"a computed field is a string", one(`"Type":"Pass","Parameters":{"x.$":1},"Next":"B"`), `is a path or a function in quotes`},
		{"a field is not given twice", one(`"Type":"Pass","Parameters":{"x.$":"$","x":1},"Next":"B"`), `"x" stands there twice`},
		{"functions are known", parameter(`States.UUID()`), `function "States.UUID" is not supported`},
		{"a function takes its arguments", parameter(`States.StringToJson()`), `does not take 0 arguments`},
		{"a call is closed", parameter(`States.Array(1`), `not separated by commas`},
		{"a call's string is closed", parameter(`States.Array('a)`), `a string is not closed`},
		{"a call's backslash stands before what it may", parameter(`States.Array('\n')`), `a backslash stands only before`},
		{"a call's argument is a value", parameter(`States.Array(today)`), `argument "today" is no path`},
		{"nothing stands behind a call", parameter(`States.Array() 1`), `stands behind the call`},

		{"a Task has a Resource", one(`"Type":"Task","Parameters":{"FunctionName":"${Tasks}","Payload":{}},"Next":"B"`), `state "A": field "Resource" is missing`},
		{"resources are known", one(strings.Replace(called, "lambda:invoke", "sns:publish", 1)), `resource "arn:aws:states:::sns:publish" is not supported`},
		{"a function is a placeholder", one(strings.Replace(called, "${Tasks}", "arn:aws:lambda", 1)), `not of the form "${Name}"`},
		{"a call has a Payload", one(strings.Replace(called, `,"Payload":{}`, "", 1)), `it has no Payload`},
		{"a call has nothing else", one(strings.Replace(called, `"Payload":{}`, `"Payload":{},"InvocationType":"Event"`, 1)), `field "InvocationType" is not supported`},
		{"a Task needs no credentials", one(called + `,"Credentials":{}`), `state "A": field "Credentials" is not supported`},
		{"TimeoutSeconds is positive", one(called + `,"TimeoutSeconds":0`), `field "TimeoutSeconds" is 0`},
		{"TimeoutSeconds is whole", one(called + `,"TimeoutSeconds":1.5`), `field "TimeoutSeconds" is 1.5`},
		{"TimeoutSeconds is at most 99999999", one(called + `,"TimeoutSeconds":100000000`), `field "TimeoutSeconds" is 100000000`},
		{"TimeoutSeconds is not given twice", one(called + `,"TimeoutSeconds":1,"TimeoutSecondsPath":"$.a"`), `"TimeoutSecondsPath" stands beside`},
		{"HeartbeatSeconds is smaller than TimeoutSeconds", one(waiting + `,"TimeoutSeconds":5,"HeartbeatSeconds":5`), "HeartbeatSeconds is not smaller"},
		{"a function that is called has no heartbeat", one(called + `,"HeartbeatSeconds":1`), "does not wait for its token is not supported"},

		{"a Choice has rules", one(`"Type":"Choice","Default":"B"`), `state "A": field "Choices" is missing`},
		{"a Choice has a rule", one(`"Type":"Choice","Choices":[],"Default":"B"`), `state "A": field "Choices" is empty`},
		{"a rule has a Next", one(`"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true}]`), `state "A": rule 0: field "Next" is missing`},
		{"a rule's Next names a state", one(`"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"Z"}]`), `state "A": Next of rule 0 names "Z"`},
		{"Default names a state", one(`"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"B"}],"Default":"Z"`), `state "A": Default names "Z"`},
		{"a rule has a Variable", choice(`"IsNull":true`), `state "A": rule 0: field "Variable" is missing`},
		{"a rule compares", choice(`"Variable":"$.a"`), `state "A": rule 0: it compares 0 times`},
		{"a rule compares once", choice(`"Variable":"$.a","IsNull":true,"IsString":true`), `it compares 2 times`},
		{"operators are known", choice(`"Variable":"$.a","StringStartsWith":"a"`), `state "A": rule 0: field "StringStartsWith" is not supported`},
		{"an inner rule has no Next", choice(`"Not":{"Variable":"$.a","IsNull":true,"Next":"B"}`), `state "A": rule 0: field "Not": field "Next" is not supported`},
		{"And has rules", choice(`"And":[]`), `field "And" is empty`},
		{"StringEquals compares with a string", choice(`"Variable":"$.a","StringEquals":1`), `field "StringEquals" has a value of the wrong type`},
		{"NumericEquals compares with a number", choice(`"Variable":"$.a","NumericEquals":"1"`), `has a value of the wrong type`},
		{"TimestampEquals compares with a timestamp", choice(`"Variable":"$.a","TimestampEquals":"2016-03-14t01:59:00z"`), `has a value of the wrong type`},
		{"IsNull compares with a boolean", choice(`"Variable":"$.a","IsNull":"yes"`), `has a value of the wrong type`},
		{"IsNull compares with no path", choice(`"Variable":"$.a","IsNullPath":"$.b"`), `field "IsNullPath" is not supported`},
		{"StringMatches escapes only stars and backslashes", choice(`"Variable":"$.a","StringMatches":"a\\b"`), `has a value of the wrong type`},

		{"a Wait waits for one thing", one(`"Type":"Wait","Next":"B"`), `state "A": it has 0 of Seconds`},
		{"a Wait waits for one thing only", one(`"Type":"Wait","Seconds":1,"Timestamp":"2016-03-14T01:59:00Z","Next":"B"`), `state "A": it has 2 of Seconds`},
		{"Seconds are not negative", one(`"Type":"Wait","Seconds":-1,"Next":"B"`), `field "Seconds" is -1`},
		{"a Timestamp has a capital T", one(`"Type":"Wait","Timestamp":"2016-03-14 01:59:00Z","Next":"B"`), `is no timestamp`},

		{"a Parallel has branches", one(`"Type":"Parallel","Next":"B"`), `state "A": field "Branches" is missing`},
		{"a branch is a machine", one(`"Type":"Parallel","Branches":[{}],"Next":"B"`), `state "A": branch 0: field "StartAt" is missing`},
		{"a branch stays within itself", one(`"Type":"Parallel","Branches":[{"StartAt":"X","States":{"X":{"Type":"Pass","Next":"B"}}}],"Next":"B"`), `state "X": Next names "B"`},
		{"nothing leads into a branch", one(`"Type":"Parallel","Branches":[{"StartAt":"X","States":{"X":{"Type":"Pass","End":true}}}],"Next":"X"`), `state "A": Next names "X"`},
		{"names are unique over all branches", one(`"Type":"Parallel","Branches":[{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}],"Next":"B"`), `state "B": its name stands twice`},
		{"what is refused in a branch is named by its state", one(`"Type":"Parallel","Branches":[{"StartAt":"X","States":{"X":{"Type":"Pass","Output":1,"End":true}}}],"Next":"B"`), `state "X": field "Output" is not supported`},
		{"a Map has an ItemProcessor", one(`"Type":"Map","Next":"B"`), `state "A": field "ItemProcessor" is missing`},
		{"the old Iterator is not supported", one(`"Type":"Map","Iterator":{},"Next":"B"`), `state "A": field "Iterator" is not supported`},
		{"a distributed Map is not supported", one(`"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED"},"StartAt":"X","States":{"X":{"Type":"Succeed"}}},"Next":"B"`), `mode "DISTRIBUTED" is not supported`},
		{"a Map's reader is not supported", one(`"Type":"Map","ItemReader":{},"ItemProcessor":{"StartAt":"X","States":{"X":{"Type":"Succeed"}}},"Next":"B"`), `state "A": field "ItemReader" is not supported`},
		{"MaxConcurrency is at most 40", one(`"Type":"Map","MaxConcurrency":41,"ItemProcessor":{"StartAt":"X","States":{"X":{"Type":"Succeed"}}},"Next":"B"`), `field "MaxConcurrency" is 41`},

		{"a retrier names errors", one(called + `,"Retry":[{}]`), `state "A": retrier 0: field "ErrorEquals" is missing`},
		{"a retrier names an error", one(called + `,"Retry":[{"ErrorEquals":[]}]`), `state "A": retrier 0: field "ErrorEquals" is empty`},
		{"States.ALL stands alone", one(called + `,"Retry":[{"ErrorEquals":["States.ALL","Busy"]}]`), `States.ALL does not stand alone`},
		{"States.ALL stands last", one(called + `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"},{"ErrorEquals":["Busy"],"Next":"B"}]`), `state "A": catcher 0: States.ALL does not stand alone in the last place`},
		{"names of the language are known", one(called + `,"Retry":[{"ErrorEquals":["States.Sorry"]}]`), `error "States.Sorry" is none of the language`},
		{"what nothing catches is not named", one(called + `,"Catch":[{"ErrorEquals":["States.Runtime"],"Next":"B"}]`), `error "States.Runtime" is caught by nothing`},
		{"IntervalSeconds is positive", one(called + `,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":0}]`), `field "IntervalSeconds" is 0`},
		{"MaxAttempts is not negative", one(called + `,"Retry":[{"ErrorEquals":["Busy"],"MaxAttempts":-1}]`), `field "MaxAttempts" is -1`},
		{"BackoffRate is at least 1", one(called + `,"Retry":[{"ErrorEquals":["Busy"],"BackoffRate":0.5}]`), `BackoffRate 0.5 is smaller than 1`},
		{"MaxDelaySeconds is greater than IntervalSeconds", one(called + `,"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":5,"MaxDelaySeconds":5}]`), `MaxDelaySeconds is not greater`},
		{"JitterStrategy is known", one(called + `,"Retry":[{"ErrorEquals":["Busy"],"JitterStrategy":"SOME"}]`), `JitterStrategy "SOME" is not supported`},
		{"a retrier has nothing else", one(called + `,"Retry":[{"ErrorEquals":["Busy"],"Next":"B"}]`), `state "A": retrier 0: field "Next" is not supported`},
		{"a catcher has a Next", one(called + `,"Catch":[{"ErrorEquals":["Busy"]}]`), `state "A": catcher 0: field "Next" is missing`},
		{"a catcher's Next names a state", one(called + `,"Catch":[{"ErrorEquals":["Busy"],"Next":"Z"}]`), `state "A": Next of catcher 0 names "Z"`},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, err := asl.Load([]byte(tt.give))
			if err == nil {
				t.Fatal("it was loaded")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, which does not say %q", err, tt.want)
			}
		})
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	_, err := asl.Load([]byte(one(`"Type":"Pass","Assign":{},"InputPath":"a","Next":"Z"`)))
	if err == nil {
		t.Fatal("it was loaded")
	}
	for _, want := range []string{`"Assign" is not supported`, `"a" is no path`, `Next names "Z"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, which does not say %q", err, want)
		}
	}
}

func TestWhatTheLanguageAllowsIsLoaded(t *testing.T) {
	definitions := map[string]string{
		"a comment everywhere":      `{"Comment":"c","Version":"1.0","StartAt":"A","States":{"A":{"Comment":"c","Type":"Choice","Choices":[{"Comment":"c","Variable":"$","IsNull":true,"Next":"B"}]},"B":{"Type":"Succeed"}}}`,
		"a name of 80 characters":   `{"StartAt":"` + strings.Repeat("é", 80) + `","States":{"` + strings.Repeat("é", 80) + `":{"Type":"Succeed"}}}`,
		"End false beside a Next":   one(`"Type":"Pass","End":false,"Next":"B"`),
		"a payload that is a path":  one(strings.Replace(called, `"Payload":{}`, `"Payload.$":"$.a"`, 1)),
		"errors that AWS may raise": one(called + `,"Catch":[{"ErrorEquals":["States.Permissions","States.BranchFailed"],"Next":"B"}]`),
		"no jitter":                 one(called + `,"Retry":[{"ErrorEquals":["Busy"],"JitterStrategy":"NONE"}]`),
		"the token within a Map":    one(`"Type":"Map","ItemProcessor":{"StartAt":"X","States":{"X":{` + strings.Replace(waiting, `"Next":"B"`, `"End":true`, 1) + `}}},"Next":"B"`),
	}
	for _, c := range workflowtest.Cases() {
		definitions[c.Rule] = c.Definition
	}
	for name, definition := range definitions {
		if _, err := asl.Load([]byte(definition)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMachineKnowsItsFunctionsAndStatesThroughAllBranches(t *testing.T) {
	inner := strings.NewReplacer(`"Next":"B"`, `"End":true`, "Tasks", "Others").Replace(called)
	m, err := asl.Load([]byte(`{"StartAt":"A","States":{"A":{` + called + `},"B":{"Type":"Parallel","Branches":[
		{"StartAt":"X","States":{"X":{"Type":"Map","ItemProcessor":{"StartAt":"Y","States":{"Y":{` + inner + `}}},"End":true}}}],"End":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Others", "Tasks"}, m.Functions()); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	if s := m.Find("Y"); s == nil || s.Function != "Others" {
		t.Errorf("found %v", s)
	}
	if s := m.Find("Z"); s != nil {
		t.Errorf("found %v", s)
	}
}
