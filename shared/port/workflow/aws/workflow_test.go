package aws_test

import (
	"os"
	"testing"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/workflow/workflowtest"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

func TestConformance(t *testing.T) {
	workflowtest.Run(t, func(t *testing.T) workflowtest.Harness {
		cfg := awstest.Config(t)
		h := newBench(t, cfg).harness(t, cfg)
		h.Lacks = lacks[awstest.Kind()]
		h.Skip = func(t *testing.T, a workflowtest.Ability) {
			t.Helper()
			awstest.Lacking(t, awstest.Capability(a))
		}
		return h
	})
}
