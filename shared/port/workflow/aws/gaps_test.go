package aws_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/workflow/workflowtest"
)

// lacks is what the emulators cannot do, as the specification and the manual of Step Functions say that it does.
var lacks = map[emulator.Kind][]workflowtest.Ability{
	emulator.Ministack: {
		workflowtest.Heartbeats, workflowtest.HeartbeatNames, workflowtest.TimeoutPaths, workflowtest.TokenFailures, workflowtest.TokensPerTry,
		workflowtest.DeadTokens, workflowtest.Uncaught, workflowtest.MissingPaths, workflowtest.ComparedPaths, workflowtest.PresentNull,
		workflowtest.StoppedBranches, workflowtest.EscapedStars, workflowtest.KeptValues, workflowtest.Booleans, workflowtest.MaxDelays,
		workflowtest.Formats,
	},
	// LocalStack runs no Lambda functions here: tasks go by activities and a queue.
	emulator.LocalStack: {
		workflowtest.HeartbeatNames, workflowtest.SpareHeartbeats, workflowtest.TokensPerTry, workflowtest.DeadTokens, workflowtest.MissingPaths,
		workflowtest.EscapedStars, workflowtest.KeptValues, workflowtest.Formats, workflowtest.Escapes, workflowtest.NoMatch,
		workflowtest.Timestamps, workflowtest.Fractions, workflowtest.FullInputs,
	},
}

func TestGapsOfTheLanguage(t *testing.T) {
	onlyMinistack(t)
	cfg := awstest.Config(t)
	h := newBench(t, cfg).harness(t, cfg)
	h.Patience = 4 * time.Second
	differs := map[string]func(*testing.T) string{}
	for _, c := range workflowtest.Cases() {
		if slices.Contains(lacks[emulator.Ministack], c.Needs) {
			differs[c.Rule] = h.Begin(t, c)
		}
	}
	for _, c := range workflowtest.Cases() {
		if differs[c.Rule] == nil {
			continue
		}
		t.Run(c.Rule, func(t *testing.T) {
			t.Parallel()
			awstest.Gap(t, string(c.Needs), differs[c.Rule](t) == "")
		})
	}
}

func TestGapsOfTheService(t *testing.T) {
	onlyMinistack(t)
	ctx, client := t.Context(), sfn.NewFromConfig(awstest.Config(t))
	create := func(name, definition string) (*sfn.CreateStateMachineOutput, error) {
		return client.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String(name), RoleArn: aws.String(role), Definition: aws.String(definition)})
	}
	_, err := create("tierkeep-test-dangling", `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"Z"}}}`)
	awstest.Gap(t, "a definition whose Next leads nowhere is refused", err != nil)
	_, err = create("tierkeep-test-broken", `{"StartAt"`)
	awstest.Gap(t, "a definition that is not JSON is refused", err != nil)

	m, err := create("tierkeep-test-wait", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}`)
	if err != nil {
		t.Fatal(err)
	}
	start := func(name *string, input string) error {
		_, err := client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: m.StateMachineArn, Name: name, Input: aws.String(input)})
		return err
	}
	if err := start(aws.String("e"), `{}`); err != nil {
		t.Fatal(err)
	}
	awstest.Gap(t, "starting what runs with the same name and input succeeds", start(aws.String("e"), `{}`) == nil)
	awstest.Gap(t, "an input that is not JSON is refused", start(nil, `{`) != nil)
}

// onlyMinistack keeps a gap's test to the endpoint whose gap it is.
func onlyMinistack(t *testing.T) {
	t.Helper()
	if awstest.Real() || awstest.Kind() != emulator.Ministack {
		t.Skip("tells the gaps of ministack")
	}
}
