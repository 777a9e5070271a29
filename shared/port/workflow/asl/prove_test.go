package asl_test

import (
	"strings"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
)

// sound passes every proof; each test breaks one thing of it.
const sound = `{"StartAt":"Ask","States":{
	"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
		"Parameters":{"FunctionName":"${Tasks}","Payload":{"task":"ask","token.$":"$$.Task.Token"}},"TimeoutSeconds":60,
		"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Work"},{"ErrorEquals":["States.ALL"],"Next":"Tell"}],"Next":"Check"},
	"Check":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"Work"}],"Default":"End"},
	"Work":{"Type":"Parallel","Branches":[{"StartAt":"Do","States":{"Do":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
		"Parameters":{"FunctionName":"${Tasks}","Payload":{"task":"do"}},"ResultPath":null,"End":true}}}],
		"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Tell"}],"Next":"End"},
	"Tell":{"Type":"Pass","Comment":"Seen by the operator: here","Next":"Sorry"},
	"Sorry":{"Type":"Fail","Comment":"Seen by the operator: alarm","Error":"Sorry"},
	"End":{"Type":"Succeed"}}}`

var known = map[string][]string{"Tasks": {"ask", "do"}}

func TestASoundDefinitionIsProven(t *testing.T) {
	if err := asl.Prove([]byte(sound), known); err != nil {
		t.Error(err)
	}
}

func TestWhatWouldHangOrFailUnseenIsToldByItsState(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"a definition that does not load", `"Next":"Check"`, `"Next":"Chekc"`, `state "Ask": Next names "Chekc"`},
		{"a catcher that leads nowhere", `"Next":"Tell"}],"Next":"Check"`, `"Next":"Tel"}],"Next":"Check"`, `state "Ask": Next of catcher 1 names "Tel"`},
		{"a state that nothing leads to", `"End":{"Type":"Succeed"}`, `"End":{"Type":"Succeed"},"Lost":{"Type":"Succeed"}`, `state "Lost": it cannot be reached`},
		{"states that go round for ever", `"Default":"End"}`, `"Default":"Round"},"Round":{"Type":"Wait","Seconds":1,"Next":"Round"}`, `state "Round": it cannot come to an end`},
		{"a Choice that may match nothing", `,"Default":"End"`, ``, `state "Check": it has no Default`},
		{"a function that is not known", `"FunctionName":"${Tasks}","Payload":{"task":"do"}`, `"FunctionName":"${Others}","Payload":{"task":"do"}`, `state "Do": function "Others" is not known`},
		{"a task that the function does not know", `"task":"ask"`, `"task":"aks"`, `state "Ask": function "Tasks" does not know task "aks"`},
		{"a token that is waited for without end", `"TimeoutSeconds":60,`, ``, `state "Ask": it waits for its token without a timeout`},
		{"a reply that is not the same everywhere", `"ResultPath":null,`, ``, `state "Do": it keeps all of a reply`},
		{"a task that catches only certain errors", `,{"ErrorEquals":["States.ALL"],"Next":"Tell"}],"Next":"Check"`, `],"Next":"Check"`, `state "Ask": neither it nor a state around it catches States.ALL`},
		{"a task in a branch that nothing around catches", `"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Tell"}],"Next":"End"`, `"Next":"End"`, `state "Do": neither it nor a state around it catches States.ALL`},
		{"an error that ends unseen", `{"ErrorEquals":["States.ALL"],"Next":"Tell"}],"Next":"Check"`, `{"ErrorEquals":["States.ALL"],"Next":"End"}],"Next":"Check"`, `state "Ask": after an error it can end in "End" without a person`},
		{"an error of which one way ends unseen", `{"ErrorEquals":["States.ALL"],"Next":"Tell"}],"Next":"End"`, `{"ErrorEquals":["States.ALL"],"Next":"Check"}],"Next":"End"`, `state "Work": after an error it can end in "End" without a person`},
		{"a failure that nobody sees", `"Comment":"Seen by the operator: alarm"`, `"Comment":"The operator sees it"`, `state "Sorry": nobody sees that it failed`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.Replace(sound, tt.old, tt.new, 1)
			if broken == sound {
				t.Fatal("nothing was broken")
			}
			err := asl.Prove([]byte(broken), known)
			if err == nil {
				t.Fatal("it was proven")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, which does not say %q", err, tt.want)
			}
		})
	}
}
