package awscount

import (
	"math"

	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

const (
	messageUnit = 64 << 10
	hintUnit    = 32 << 10
)

// unitsOf tells what one call consumes. What is free, such as changing a timer, consumes nothing.
func unitsOf(in, out any) map[Unit]float64 {
	switch in := in.(type) {
	case *dynamodb.GetItemInput, *dynamodb.QueryInput, *dynamodb.PutItemInput, *dynamodb.DeleteItemInput, *dynamodb.TransactWriteItemsInput:
		return dynamoUnits(in, out)
	case *sqs.SendMessageInput:
		return map[Unit]float64{Messages: pieces(len(*in.MessageBody), messageUnit)}
	case *sqs.SendMessageBatchInput:
		size := 0
		for _, e := range in.Entries {
			size += len(*e.MessageBody)
		}
		return map[Unit]float64{Messages: pieces(size, messageUnit)}
	case *sqs.ReceiveMessageInput:
		size := 0
		if reply, ok := out.(*sqs.ReceiveMessageOutput); ok && reply != nil {
			for _, m := range reply.Messages {
				size += len(*m.Body)
			}
		}
		return map[Unit]float64{Messages: pieces(size, messageUnit)}
	case *sqs.DeleteMessageInput, *sqs.DeleteMessageBatchInput, *sqs.ChangeMessageVisibilityInput, *sqs.ChangeMessageVisibilityBatchInput,
		*sqs.GetQueueAttributesInput, *sqs.GetQueueUrlInput:
		return map[Unit]float64{Messages: 1}
	case *sfn.StartExecutionInput:
		return map[Unit]float64{Executions: 1}
	case *sfn.SendTaskSuccessInput, *sfn.SendTaskFailureInput, *sfn.SendTaskHeartbeatInput:
		return map[Unit]float64{Answers: 1}
	case *scheduler.CreateScheduleInput:
		return map[Unit]float64{Timers: 1}
	case *apigatewaymanagementapi.PostToConnectionInput:
		return map[Unit]float64{Hints: pieces(len(in.Data), hintUnit)}
	case *secretsmanager.GetSecretValueInput, *secretsmanager.CreateSecretInput, *secretsmanager.PutSecretValueInput:
		return map[Unit]float64{SecretCalls: 1}
	case *sesv2.SendEmailInput:
		return map[Unit]float64{Mails: 1}
	case *s3.GetObjectInput, *s3.PutObjectInput, *s3.HeadObjectInput, *s3.ListObjectsV2Input:
		return map[Unit]float64{Objects: 1}
	}
	return nil
}

// pieces is how many units of a size something takes, one at least.
func pieces(bytes, unit int) float64 { return max(1, math.Ceil(float64(bytes)/float64(unit))) }
