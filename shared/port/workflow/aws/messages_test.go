package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
)

// carriers bring tasks to this process where an endpoint runs no Lambda functions: an activity for those that end when their
// function returns, a queue for those that wait for their token.
type carriers struct {
	b               *bench
	queue           *sqs.Client
	activity, tasks string // ARN and URL
}

func newCarriers(t *testing.T, cfg aws.Config, b *bench) *carriers {
	t.Helper()
	c := &carriers{b: b, queue: sqs.NewFromConfig(cfg)}
	a, err := b.client.CreateActivity(t.Context(), &sfn.CreateActivityInput{Name: aws.String("tierkeep-test-tasks")})
	if err != nil {
		t.Fatalf("CreateActivity: %v", err)
	}
	q, err := c.queue.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("tierkeep-test-tasks")})
	if err != nil {
		t.Fatalf("CreateQueue: %v", err)
	}
	c.activity, c.tasks = aws.ToString(a.ActivityArn), aws.ToString(q.QueueUrl)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var workers sync.WaitGroup
	const side = 8
	for range side {
		workers.Go(func() { c.work(ctx, &workers) })
		workers.Go(func() { c.receive(ctx, &workers) })
	}
	t.Cleanup(func() {
		cancel()
		workers.Wait()
	})
	return c
}

// rewrite lets a state's task go by a carrier.
func (c *carriers) rewrite(state map[string]any, payload any) {
	if strings.HasSuffix(state["Resource"].(string), ".waitForTaskToken") {
		state["Resource"] = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
		state["Parameters"] = map[string]any{"QueueUrl": c.tasks, "MessageBody": payload}
		return
	}
	state["Resource"], state["Parameters"] = c.activity, payload
}

func (c *carriers) work(ctx context.Context, workers *sync.WaitGroup) {
	for ctx.Err() == nil {
		got, err := c.b.client.GetActivityTask(ctx, &sfn.GetActivityTaskInput{ActivityArn: aws.String(c.activity)})
		if err != nil || aws.ToString(got.TaskToken) == "" {
			continue
		}
		workers.Go(func() {
			result, err := c.b.call(ctx, []byte(aws.ToString(got.Input)))
			if err != nil {
				c.fail(ctx, aws.ToString(got.TaskToken), err)
				return
			}
			_, _ = c.b.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: got.TaskToken, Output: aws.String(string(asl.Reply(result)))})
		})
	}
}

func (c *carriers) receive(ctx context.Context, workers *sync.WaitGroup) {
	for ctx.Err() == nil {
		got, err := c.queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(c.tasks), WaitTimeSeconds: 1, VisibilityTimeout: 600})
		if err != nil {
			continue
		}
		for _, m := range got.Messages {
			workers.Go(func() {
				body := []byte(aws.ToString(m.Body))
				_, err := c.b.call(ctx, body)
				var r struct{ Token string }
				if json.Unmarshal(body, &r) == nil && err != nil {
					c.fail(ctx, r.Token, err)
				}
			})
		}
	}
}

// fail ends a task as a failed Lambda function does.
func (c *carriers) fail(ctx context.Context, token string, failed error) {
	e := &workflow.Error{Code: "Task.Failed", Cause: failed.Error()}
	errors.As(failed, &e)
	cause, err := json.Marshal(map[string]string{"errorMessage": e.Cause, "errorType": e.Code})
	if err != nil {
		return
	}
	_, _ = c.b.client.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{TaskToken: aws.String(token), Error: aws.String(e.Code), Cause: aws.String(string(cause))})
}
