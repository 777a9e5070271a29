package aws_test

import (
	"testing"
	"time"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/port/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		c := clock.NewFake(time.Now())
		return storetest.Harness{Store: open(t, c), Clock: c, Lacks: lacks}
	})
}

// The promises hold whatever befalls the requests. All groups of the suite share one seed, but not one course.
func TestConformanceWhileRequestsFail(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		cfg := awstest.Config(t)
		name := table(t, cfg)
		plan := awsfault.New(1)
		for _, f := range attemptFaults {
			plan.Chance(f, 0.03)
		}
		t.Cleanup(func() {
			for _, f := range attemptFaults {
				t.Logf("%3d × %s", plan.Injected("", f), f)
			}
		})
		c := clock.NewFake(time.Now())
		return storetest.Harness{Store: storeaws.New(awsfault.With(cfg, plan), name, c), Clock: c, Lacks: lacks}
	})
}

// attemptFaults are those that befall DynamoDB.
var attemptFaults = []awsfault.Fault{
	awsfault.Throttled, awsfault.Conflict, awsfault.Starved, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply, awsfault.CutReply,
}

func lacks(t *testing.T, p storetest.Promise) {
	t.Helper()
	if p == storetest.FullWrites && !awstest.Real() && awstest.Kind() == emulator.Ministack {
		awstest.Lacking(t, awstest.Capability(p))
	}
}
