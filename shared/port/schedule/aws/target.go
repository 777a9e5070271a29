package aws

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"

	"github.com/tierkeep/tierkeep/shared/port/schedule"
)

// sendMessage is the call that a timer makes. Scheduler's own target for SQS sets a message's group and no ID against
// doubles, so that the queue would have to guess which messages are the same; the call itself sets both.
const sendMessage = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"

// request is what SQS is asked, in the words of its API.
type request struct {
	QueueURL               string `json:"QueueUrl"`
	MessageBody            string
	MessageGroupID         string `json:"MessageGroupId"`
	MessageDeduplicationID string `json:"MessageDeduplicationId"`
}

func (s *Schedule) target(t schedule.Timer) (*types.Target, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it would make a body of 64 KB too large
	err := e.Encode(request{
		QueueURL: strings.ReplaceAll(s.config.QueueURL, "{queue}", t.Queue), MessageBody: string(t.Message.Body),
		MessageGroupID: t.Message.Group, MessageDeduplicationID: t.Message.ID,
	})
	if err != nil {
		return nil, err
	}
	// Scheduler fills in what it takes for a keyword of its own, such as the time at which it fires. Messages have none.
	input := strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "<aws.scheduler.", `\u003caws.scheduler.`)
	return &types.Target{Arn: aws.String(sendMessage), RoleArn: &s.config.RoleARN, Input: &input}, nil
}
