package aws_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
)

// What the adapter knows without asking: a delivery whose time surely ran out has ended. A FIFO queue says so itself.
func TestGapADeliveryCanBeEndedAfterItsTime(t *testing.T) {
	if awstest.Kind() != emulator.Ministack && !awstest.Real() {
		t.Skip("tells a gap of ministack")
	}
	t.Parallel()
	a := newAccount(t)
	url := a.create(t, "late", nil)
	send := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &url, MessageGroupId: word("g"), MessageDeduplicationId: word("1")}
	if _, err := a.client.SendMessage(t.Context(), send); err != nil {
		t.Fatal(err)
	}
	got, err := a.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, VisibilityTimeout: 1, WaitTimeSeconds: 5})
	if err != nil || len(got.Messages) != 1 {
		t.Fatalf("received %v, %v", got, err)
	}
	time.Sleep(1200 * time.Millisecond)
	_, err = a.client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: got.Messages[0].ReceiptHandle})
	awstest.Gap(t, "SQS: a FIFO queue refuses to delete a message whose time ran out", err != nil)
}

func word(s string) *string { return &s }
