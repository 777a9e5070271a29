package asl_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
)

func TestRetriesWaitAsTheirFieldsSay(t *testing.T) {
	const s = time.Second
	tests := []struct {
		rule, retrier string
		random        float64
		want          []time.Duration
	}{
		{"1 s, then twice as long each time, three times", `"ErrorEquals":["Busy"]`, 0, []time.Duration{s, 2 * s, 4 * s}},
		{"IntervalSeconds is the first wait", `"ErrorEquals":["Busy"],"IntervalSeconds":5,"MaxAttempts":2`, 0, []time.Duration{5 * s, 10 * s}},
		{"BackoffRate multiplies", `"ErrorEquals":["Busy"],"BackoffRate":1.5`, 0, []time.Duration{s, 1500 * time.Millisecond, 2250 * time.Millisecond}},
		{"MaxDelaySeconds bounds", `"ErrorEquals":["Busy"],"MaxDelaySeconds":3,"MaxAttempts":4`, 0, []time.Duration{s, 2 * s, 3 * s, 3 * s}},
		{"FULL jitter waits a part of it", `"ErrorEquals":["Busy"],"JitterStrategy":"FULL"`, 0.25, []time.Duration{s / 4, s / 2, s}},
		{"MaxAttempts 0 never tries", `"ErrorEquals":["Busy"],"MaxAttempts":0`, 0, nil},
		{"States.ALL names every error", `"ErrorEquals":["States.ALL"],"MaxAttempts":1`, 0, []time.Duration{s}},
		{"no wait is longer than the language has", `"ErrorEquals":["Busy"],"BackoffRate":1e300,"MaxAttempts":3`, 0, []time.Duration{s, 99_999_999 * s, 99_999_999 * s}},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			m, err := asl.Load([]byte(one(called + `,"Retry":[{` + tt.retrier + `}]`)))
			if err != nil {
				t.Fatal(err)
			}
			var got []time.Duration
			var retried asl.Retried
			for {
				wait, after, again := m.Find("A").Again(&asl.Error{Name: "Busy"}, retried, tt.random)
				if !again || len(got) > 9 {
					break
				}
				got, retried = append(got, wait), after
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryRetrierCountsForItself(t *testing.T) {
	m, err := asl.Load([]byte(one(called + `,"Retry":[{"ErrorEquals":["Busy"],"MaxAttempts":1},{"ErrorEquals":["Slow"],"MaxAttempts":1}]`)))
	if err != nil {
		t.Fatal(err)
	}
	var retried asl.Retried
	for n, tt := range []struct {
		code string
		want bool
	}{{"Busy", true}, {"Slow", true}, {"Busy", false}, {"Slow", false}, {"Other", false}} {
		_, after, again := m.Find("A").Again(&asl.Error{Name: tt.code}, retried, 0)
		if again != tt.want {
			t.Errorf("%d: %s is tried again: %v", n, tt.code, again)
		}
		retried = after
	}
}

func TestErrorsMatchByTheirNames(t *testing.T) {
	tests := []struct {
		named, raised string
		want          bool
	}{
		{"Busy", "Busy", true},
		{"Busy", "busy", false},
		{"States.ALL", "Busy", true},
		{"States.ALL", asl.ErrTimeout, true},
		{"States.ALL", asl.ErrNoChoiceMatched, true},
		{"States.ALL", asl.ErrRuntime, false},
		{"States.ALL", asl.ErrDataLimit, false},
		{"States.TaskFailed", "Busy", true},
		{"States.TaskFailed", asl.ErrTimeout, false},
		{"States.TaskFailed", asl.ErrHeartbeatTimeout, false},
		{"States.TaskFailed", asl.ErrRuntime, false},
		{"States.Timeout", asl.ErrTimeout, true},
		{"States.Timeout", asl.ErrHeartbeatTimeout, true},
		{"States.HeartbeatTimeout", asl.ErrHeartbeatTimeout, true},
		{"States.HeartbeatTimeout", asl.ErrTimeout, false},
	}
	for _, tt := range tests {
		m, err := asl.Load([]byte(one(called + `,"Retry":[{"ErrorEquals":["` + tt.named + `"]}]`)))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, got := m.Find("A").Again(&asl.Error{Name: tt.raised}, nil, 0); got != tt.want {
			t.Errorf("%s matches %s: %v, want %v", tt.named, tt.raised, got, tt.want)
		}
	}
}
