package aws_test

import (
	"slices"
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/workflow/workflowtest"
)

// lacks is what the emulator cannot do and Step Functions can.
var lacks = []workflowtest.Ability{
	workflowtest.Heartbeats, workflowtest.TimeoutPaths, workflowtest.TokenFailures, workflowtest.TokensPerTry, workflowtest.DeadTokens,
	workflowtest.Uncaught, workflowtest.MissingPaths, workflowtest.ComparedPaths, workflowtest.PresentNull, workflowtest.StoppedBranches,
	workflowtest.EscapedStars, workflowtest.KeptValues, workflowtest.Booleans, workflowtest.MaxDelays, workflowtest.Formats,
}

func TestGapsOfTheLanguage(t *testing.T) {
	cfg := awstest.Config(t)
	h := newBench(t, cfg).harness(t, cfg)
	h.Patience = 4 * time.Second
	differs := map[string]func(*testing.T) string{}
	for _, c := range workflowtest.Cases() {
		if slices.Contains(lacks, c.Needs) {
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
