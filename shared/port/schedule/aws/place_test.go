package aws_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
)

const written = "at(2006-01-02T15:04:05)"

// inAnHour is a time that Scheduler can tell.
func inAnHour() time.Time { return time.Now().Add(time.Hour).UTC().Truncate(time.Second) }

func TestATimerIsAOneTimeScheduleThatSendsWithTheMessagesOwnID(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	at := inAnHour()
	give := timer("t", at.Add(-time.Millisecond).In(time.FixedZone("elsewhere", 3*60*60)))
	give.Message.Body = []byte("{\"a\":\"<b> <aws.scheduler.scheduled-time> \u2028\n\"}")
	if err := a.schedule(clock.System{}).Set(t.Context(), give); err != nil {
		t.Fatal(err)
	}
	got, err := a.client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{GroupName: &a.config.Group, Name: aws.String("t.a")})
	if err != nil {
		t.Fatal(err)
	}
	if *got.ScheduleExpression != at.Format(written) {
		t.Errorf("it fires %s, want the whole second after its time, in UTC: %s", *got.ScheduleExpression, at.Format(written))
	}
	if got.FlexibleTimeWindow.Mode != types.FlexibleTimeWindowModeOff || got.ActionAfterCompletion != types.ActionAfterCompletionDelete {
		t.Errorf("window %s, afterwards %s", got.FlexibleTimeWindow.Mode, got.ActionAfterCompletion)
	}
	if *got.Target.Arn != "arn:aws:scheduler:::aws-sdk:sqs:sendMessage" || *got.Target.RoleArn != a.config.RoleARN {
		t.Errorf("it calls %s as %s", *got.Target.Arn, *got.Target.RoleArn)
	}
	if strings.Contains(*got.Target.Input, "<aws.scheduler") {
		t.Errorf("Scheduler would fill in its keywords: %s", *got.Target.Input)
	}
	var asked sqs.SendMessageInput // of which the JSON has the names of SQS's API
	if err := json.Unmarshal([]byte(*got.Target.Input), &asked); err != nil {
		t.Fatal(err)
	}
	want := []string{strings.Replace(a.config.QueueURL, "{queue}", "first", 1), string(give.Message.Body), "g", give.Message.ID}
	if diff := cmp.Diff(want, []string{*asked.QueueUrl, *asked.MessageBody, *asked.MessageGroupId, *asked.MessageDeduplicationId}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheLargestBodyFitsHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	const most = 256 << 10 // of a schedule's input
	for name, filling := range map[string]string{"quotes": `"`, "breaks": "\n", "brackets": "<", "separators": "\u2028", "keywords": "<aws.scheduler.x>"} {
		give := timer(name, inAnHour())
		give.Message.Body = []byte(strings.Repeat(filling, schedule.MaxBodyBytes/len(filling)))
		if err := a.schedule(clock.System{}).Set(t.Context(), give); err != nil {
			t.Fatal(err)
		}
		got, err := a.client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{GroupName: &a.config.Group, Name: aws.String(name + ".a")})
		if err != nil {
			t.Fatal(err)
		}
		if len(*got.Target.Input) > most {
			t.Errorf("%s: an input of %d bytes", name, len(*got.Target.Input))
		}
	}
}

// leave puts a schedule into a place as one that Scheduler has not deleted yet: it does not fire.
func (a *account) leave(t *testing.T, place string, at time.Time) {
	t.Helper()
	_, err := a.client.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		GroupName: &a.config.Group, Name: &place, ScheduleExpression: aws.String(at.UTC().Format(written)), State: types.ScheduleStateDisabled,
		FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target:             &types.Target{Arn: aws.String("arn:aws:scheduler:::aws-sdk:sqs:sendMessage"), RoleArn: &a.config.RoleARN, Input: aws.String("{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhereATimerIsPut(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	now := inAnHour().Add(-time.Hour)
	at := now.Add(2 * time.Hour)
	const soon, later = 30 * time.Second, 90 * time.Minute
	is := at.Format(written)
	tests := []struct {
		name string
		give map[string]time.Duration // from now, of what stands in the places
		want map[string]string        // nil: it fails
	}{
		{"nothing stands there", nil, map[string]string{".a": is}},
		{"one waits: it is changed", map[string]time.Duration{".a": later}, map[string]string{".a": is}},
		{"one waits in the other place: it is replaced", map[string]time.Duration{".b": later}, map[string]string{".a": is}},
		{"one fired and is being deleted: it is let be", map[string]time.Duration{".a": -time.Second}, map[string]string{".a": now.Add(-time.Second).Format(written), ".b": is}},
		{"one is about to fire: it is replaced", map[string]time.Duration{".a": soon}, map[string]string{".b": is}},
		{"one fired, the one behind it waits", map[string]time.Duration{".a": -time.Second, ".b": later}, map[string]string{".a": now.Add(-time.Second).Format(written), ".b": is}},
		{"one is about to fire, the one behind it waits", map[string]time.Duration{".a": soon, ".b": later}, map[string]string{".b": is}},
		{"both places hold what fired", map[string]time.Duration{".a": -time.Hour, ".b": -time.Second}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name := "t-" + strings.Map(func(r rune) rune {
				if r < 'a' || r > 'z' {
					return '-'
				}
				return r
			}, tt.name)
			for place, from := range tt.give {
				a.leave(t, name+place, now.Add(from))
			}
			err := a.schedule(clock.NewFake(now)).Set(t.Context(), timer(name, at))
			if tt.want == nil {
				if err == nil {
					t.Error("it succeeded")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, a.kept(t, name)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := a.schedule(clock.NewFake(now)).Cancel(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			if left := a.kept(t, name); len(left) > 0 {
				t.Errorf("after Cancel %v is left", left)
			}
		})
	}
}

// slow is a clock by which a request takes an hour.
type slow struct{ times []time.Time }

func (s *slow) Now() time.Time {
	now := s.times[0]
	if len(s.times) > 1 {
		s.times = s.times[1:]
	}
	return now
}

func TestATimerThatWasKeptTooLateIsSentAtOnce(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	give := timer("t", inAnHour())
	c := &slow{times: []time.Time{give.At.Add(-time.Second), give.At.Add(time.Second)}}
	if err := a.schedule(c).Set(t.Context(), give); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := a.queue().Receive(ctx, "first", 1, time.Minute)
	if err != nil || len(got) != 1 || got[0].ID != give.Message.ID {
		t.Errorf("received %v, %v", got, err)
	}
	if left := a.kept(t, "t"); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestGroupsKnowNothingOfEachOther(t *testing.T) {
	t.Parallel()
	a, b := newAccount(t), newAccount(t)
	b.cfg, b.client = a.cfg, a.client // one account, two groups
	if _, err := a.client.CreateScheduleGroup(t.Context(), &scheduler.CreateScheduleGroupInput{Name: &b.config.Group}); err != nil && !awstest.Real() {
		t.Fatal(err)
	}
	for _, one := range []*account{a, b} {
		if err := one.schedule(clock.System{}).Set(t.Context(), timer("t", inAnHour())); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.schedule(clock.System{}).Cancel(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	if len(a.kept(t, "t")) != 0 || len(b.kept(t, "t")) != 1 {
		t.Errorf("kept %v and %v", a.kept(t, "t"), b.kept(t, "t"))
	}
}

// What the emulator is taught when it is started, for the one call that timers make.
func TestGapUniversalTargetsAreNotCalled(t *testing.T) {
	if awstest.Real() || awstest.Kind() != emulator.Ministack {
		t.Skip("tells a gap of ministack")
	}
	t.Parallel()
	a := newAccount(t)
	_, err := a.client.CreateSchedule(t.Context(), &scheduler.CreateScheduleInput{
		GroupName: &a.config.Group, Name: aws.String("universal"), ScheduleExpression: aws.String(time.Now().UTC().Format(written)),
		FlexibleTimeWindow: &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		Target: &types.Target{
			Arn: aws.String("arn:aws:scheduler:::aws-sdk:sqs:createQueue"), RoleArn: &a.config.RoleARN, Input: aws.String(`{"QueueName":"made-by-a-schedule"}`),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second)
	queues, err := a.queues.ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		t.Fatal(err)
	}
	made := slices.ContainsFunc(queues.QueueUrls, func(url string) bool { return strings.HasSuffix(url, "made-by-a-schedule") })
	awstest.Gap(t, "Scheduler: universal targets are called", made)
}
