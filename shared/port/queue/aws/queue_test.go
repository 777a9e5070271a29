package aws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/queue"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	"github.com/tierkeep/tierkeep/shared/port/queue/queuetest"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

const prefix = "tierkeep-test-"

// account is where a test has its queues.
type account struct {
	cfg    aws.Config
	client *sqs.Client
	url    string // template
}

func newAccount(t *testing.T) *account {
	t.Helper()
	cfg := awstest.Config(t)
	a := &account{cfg: cfg, client: sqs.NewFromConfig(cfg)}
	first := a.create(t, "first", nil)
	a.url = strings.Replace(first, prefix+"first", prefix+"{queue}", 1)
	return a
}

func (a *account) create(t *testing.T, name string, attributes map[string]string) (url string) {
	t.Helper()
	all := map[string]string{"FifoQueue": "true"}
	for k, v := range attributes {
		all[k] = v
	}
	out, err := a.client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(prefix + name + ".fifo"), Attributes: all})
	if err != nil {
		t.Fatalf("make queue %s: %v", name, err)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := a.client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl})
		var gone *types.QueueDoesNotExist // by a request whose reply was lost
		if err != nil && !errors.As(err, &gone) {
			t.Errorf("remove queue %s: %v", name, err)
		}
	})
	return *out.QueueUrl
}

// make makes a queue and the one of its dead letters, as a deployment does.
func (a *account) make(t *testing.T, name string) {
	t.Helper()
	dead := a.create(t, name+"-dead", nil)
	out, err := a.client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &dead, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		t.Fatalf("read queue %s: %v", name, err)
	}
	redrive, err := json.Marshal(map[string]string{
		"deadLetterTargetArn": out.Attributes[string(types.QueueAttributeNameQueueArn)],
		"maxReceiveCount":     fmt.Sprint(queue.MaxReceives),
	})
	if err != nil {
		t.Fatal(err)
	}
	a.create(t, name, map[string]string{"RedrivePolicy": string(redrive)})
}

func TestConformance(t *testing.T) {
	queuetest.Run(t, func(t *testing.T) queuetest.Harness {
		a := newAccount(t)
		return queuetest.Harness{Queue: queueaws.New(a.cfg, a.url), Make: a.make}
	})
}
