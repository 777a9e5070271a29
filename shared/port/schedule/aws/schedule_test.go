package aws_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	scheduleaws "github.com/tierkeep/tierkeep/shared/port/schedule/aws"
	"github.com/tierkeep/tierkeep/shared/port/schedule/scheduletest"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

const (
	prefix = "tierkeep-test-"
	// roleVariable names the role with which timers of a real account send.
	roleVariable = "TIERKEEP_TEST_SCHEDULE_ROLE"
)

// account is where a test has its timers and queues.
type account struct {
	cfg    aws.Config
	client *scheduler.Client
	queues *sqs.Client
	config scheduleaws.Config
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{cfg: awstest.Config(t)}
	a.client, a.queues = scheduler.NewFromConfig(a.cfg), sqs.NewFromConfig(a.cfg)
	a.config = scheduleaws.Config{Group: fmt.Sprintf("%s%08x", prefix, rand.Uint32()), RoleARN: "arn:aws:iam::123456789012:role/timers"}
	if awstest.Real() {
		if a.config.RoleARN = os.Getenv(roleVariable); a.config.RoleARN == "" {
			t.Skipf("%s does not name the role with which timers send", roleVariable)
		}
	}
	_, err := a.client.CreateScheduleGroup(t.Context(), &scheduler.CreateScheduleGroupInput{Name: &a.config.Group})
	if made := new(types.ConflictException); err != nil && !errors.As(err, &made) {
		t.Fatalf("make the group: %v", err)
	}
	t.Cleanup(func() {
		_, err := a.client.DeleteScheduleGroup(context.WithoutCancel(t.Context()), &scheduler.DeleteScheduleGroupInput{Name: &a.config.Group})
		var gone *types.ResourceNotFoundException
		if err != nil && !errors.As(err, &gone) {
			t.Errorf("remove the group: %v", err)
		}
	})
	url := a.create(t, "first")
	a.config.QueueURL = strings.Replace(url, prefix+"first", prefix+"{queue}", 1)
	return a
}

func (a *account) create(t *testing.T, name string) (url string) {
	t.Helper()
	out, err := a.queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName: aws.String(prefix + name + ".fifo"), Attributes: map[string]string{"FifoQueue": "true"},
	})
	if err != nil {
		t.Fatalf("make queue %s: %v", name, err)
	}
	t.Cleanup(func() {
		_, err := a.queues.DeleteQueue(context.WithoutCancel(t.Context()), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
		var gone *sqstypes.QueueDoesNotExist // by a request whose reply was lost
		if err != nil && !errors.As(err, &gone) {
			t.Errorf("remove queue %s: %v", name, err)
		}
	})
	return *out.QueueUrl
}

func (a *account) queue() queue.Queue { return queueaws.New(a.cfg, a.config.QueueURL) }

func (a *account) schedule(c clock.Clock) *scheduleaws.Schedule {
	return scheduleaws.New(a.cfg, a.config, a.queue(), c)
}

// kept returns the times of the schedules that stand in the places of a timer.
func (a *account) kept(t *testing.T, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, place := range []string{".a", ".b"} {
		out, err := a.client.GetSchedule(t.Context(), &scheduler.GetScheduleInput{GroupName: &a.config.Group, Name: aws.String(name + place)})
		var absent *types.ResourceNotFoundException
		switch {
		case errors.As(err, &absent):
		case err != nil:
			t.Fatal(err)
		default:
			all[place] = *out.ScheduleExpression
		}
	}
	return all
}

func TestConformance(t *testing.T) {
	a := newAccount(t)
	firesSchedules(t, a)
	scheduletest.Run(t, func(*testing.T) scheduletest.Harness {
		return scheduletest.Harness{
			Schedule: a.schedule(clock.System{}), Queue: a.queue(),
			Make: func(t *testing.T, name string) { t.Helper(); a.create(t, name) },
		}
	})
}

// firesSchedules skips where an endpoint keeps schedules and does nothing with them.
func firesSchedules(t *testing.T, a *account) {
	t.Helper()
	if awstest.Real() || awstest.Kind() == emulator.Ministack {
		return
	}
	a.create(t, "probe")
	probe := timer("probe", time.Now().Add(time.Second))
	probe.Queue = "probe"
	if err := a.schedule(clock.System{}).Set(t.Context(), probe); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	if got, err := a.queue().Receive(ctx, "probe", 1, time.Minute); err != nil || len(got) == 0 {
		awstest.Lacking(t, "EventBridge Scheduler calls universal targets")
	}
}

func timer(name string, at time.Time) schedule.Timer {
	return schedule.Timer{
		Name: name, At: at, Queue: "first",
		Message: queue.Message{ID: name + at.Format(time.RFC3339Nano), Group: "g", Body: []byte(`{"timer":1}`)},
	}
}
