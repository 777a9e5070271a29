package functions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/infra/workflows"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range functions.All {
		if seen[f.Name()] {
			t.Errorf("%s stands there twice", f.Name())
		}
		seen[f.Name()] = true
	}
}

func TestEveryFeatureThatHasARouteHasAFunctionForIt(t *testing.T) {
	want := map[string]bool{}
	for _, row := range route.Rows {
		want[row.Feature] = want[row.Feature] || !row.Local
	}
	for feature, answered := range want {
		if answered && !slices.ContainsFunc(functions.All, func(f functions.Function) bool { return f.Feature == feature && f.Kind == functions.HTTP }) {
			t.Errorf("%s has a prefix of shared/web/route and no function that answers", feature)
		}
	}
}

func TestEveryConsumerHasAFunctionAndIsSentTo(t *testing.T) {
	want := map[string]bool{}
	for _, consumers := range events.Routes {
		for _, c := range consumers {
			want[string(c)] = true
		}
	}
	for consumer := range want {
		takes := func(f functions.Function) bool { return f.Feature == consumer && f.Kind == functions.Queue }
		sends := func(f functions.Function) bool {
			return f.Kind == functions.Stream && slices.Contains(f.Uses.Sends, consumer)
		}
		if !slices.ContainsFunc(functions.All, takes) {
			t.Errorf("%s consumes events and has no function for its queue", consumer)
		}
		if !slices.ContainsFunc(functions.All, sends) {
			t.Errorf("%s consumes events that the publisher may not send to it", consumer)
		}
	}
}

func TestWhatIsUsedExists(t *testing.T) {
	queues := map[string]bool{}
	for _, f := range functions.All {
		if f.Kind == functions.Queue {
			queues[f.Feature] = true
		}
	}
	machines := workflows.All()
	for _, f := range functions.All {
		for _, name := range slices.Concat(f.Uses.Sends, f.Uses.Timers) {
			if !queues[name] {
				t.Errorf("%s sends to %s, which is no queue", f.Name(), name)
			}
		}
		for _, name := range slices.Concat(f.Uses.Starts, f.Uses.Answers) {
			if machines[name] == nil {
				t.Errorf("%s uses the workflow %s, which has no definition", f.Name(), name)
			}
		}
	}
}

func TestAFunctionIsToldTheNamesOfWhatItUsesOnly(t *testing.T) {
	for name, want := range map[string]string{
		"publisher-stream":    "TIERKEEP_QUEUE_URL TIERKEEP_STAGE TIERKEEP_TRACING",
		"servers-wake":        "TIERKEEP_STAGE TIERKEEP_TABLE TIERKEEP_TRACING TIERKEEP_WAKE_ENDPOINT",
		"reports-queue":       "TIERKEEP_QUEUE_URL TIERKEEP_SCHEDULE_GROUP TIERKEEP_SCHEDULE_ROLE TIERKEEP_STAGE TIERKEEP_TABLE TIERKEEP_TRACING",
		"notifications-queue": "TIERKEEP_MAIL_FROM TIERKEEP_PORTAL TIERKEEP_QUEUE_URL TIERKEEP_STAGE TIERKEEP_TABLE TIERKEEP_TRACING",
	} {
		i := slices.IndexFunc(functions.All, func(f functions.Function) bool { return f.Name() == name })
		if i < 0 {
			t.Errorf("there is no %s", name)
			continue
		}
		if diff := cmp.Diff(want, strings.Join(functions.All[i].Variables(), " ")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
