package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/shared/port/queue"
)

const (
	// hidden is how many times a function's timeout a message is hidden from others, which is what Lambda asks for.
	hidden = 6
	// atOnce is how many messages a function is given at once: what stands behind one that fails would count as received
	// with it, untried, and die with it.
	atOnce = 1
	// inParallel is how many instances of a function run at most: a rush on one queue shall leave room for people's
	// requests.
	inParallel = 20
	// deadLetterDays is the longest that SQS keeps anything.
	deadLetterDays = 14
)

// addQueues makes the queue of every consuming feature, with its dead letters. The sender says which messages are the same
// (the event's id); the queue never guesses it from what is written in them.
func (s *stack) addQueues() {
	s.queues, s.deadLetters = map[string]awssqs.Queue{}, map[string]awssqs.Queue{}
	for _, f := range functions.All {
		if f.Kind != functions.Queue {
			continue
		}
		id := pascal(f.Feature)
		dead := awssqs.NewQueue(s.Stack, str(id+"DeadLetters"), &awssqs.QueueProps{
			QueueName: str(s.names.deadLetters(f.Feature)), Fifo: yes(true),
			RetentionPeriod: awscdk.Duration_Days(num(deadLetterDays)),
			Encryption:      awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: yes(true), RemovalPolicy: s.removal(),
		})
		s.deadLetters[f.Feature] = dead
		s.queues[f.Feature] = awssqs.NewQueue(s.Stack, str(id+"Messages"), &awssqs.QueueProps{
			QueueName: str(s.names.queue(f.Feature)), Fifo: yes(true),
			VisibilityTimeout: awscdk.Duration_Seconds(num(hidden * f.Timeout.Seconds())),
			RetentionPeriod:   awscdk.Duration_Days(num(deadLetterDays)),
			DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: num(queue.MaxReceives)},
			Encryption:        awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: yes(true), RemovalPolicy: s.removal(),
		})
	}
	// What the publisher could not hand on; the stream's order is lost there, so the queue keeps none either.
	s.unpublished = awssqs.NewQueue(s.Stack, str("Unpublished"), &awssqs.QueueProps{
		QueueName: str(s.names.unpublished()), RetentionPeriod: awscdk.Duration_Days(num(deadLetterDays)),
		Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: yes(true), RemovalPolicy: s.removal(),
	})
}

// addConsumers lets every queue start its function. A function that fails on some messages says on which.
func (s *stack) addConsumers() {
	for _, f := range functions.All {
		if f.Kind == functions.Queue {
			awslambda.NewEventSourceMapping(s.Stack, str(pascal(f.Feature)+"Deliveries"), &awslambda.EventSourceMappingProps{
				Target: s.functions[f.Name()], EventSourceArn: s.queues[f.Feature].QueueArn(),
				BatchSize: num(atOnce), ReportBatchItemFailures: yes(true), MaxConcurrency: num(inParallel),
			})
		}
	}
}

// addPublisher lets the table's stream start the publisher, with change rows only. What fails is tried again until the
// stream forgets it, in ever smaller parts, so that nothing is passed over and the order within a part of the table stays;
// only then it is told to the queue of what was not published.
func (s *stack) addPublisher() {
	awslambda.NewCfnEventSourceMapping(s.Stack, str("Changes"), &awslambda.CfnEventSourceMappingProps{
		FunctionName:               s.functions[publisher].FunctionName(),
		EventSourceArn:             s.table.TableStreamArn(),
		StartingPosition:           str("TRIM_HORIZON"),
		BatchSize:                  num(100),
		ParallelizationFactor:      num(1),
		BisectBatchOnFunctionError: true,
		MaximumRetryAttempts:       num(-1),
		MaximumRecordAgeInSeconds:  num(23 * 60 * 60),
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: s.unpublished.QueueArn()},
		},
		FilterCriteria: &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{Filters: []any{
			&awslambda.CfnEventSourceMapping_FilterProperty{Pattern: str(`{"dynamodb":{"NewImage":{"f":{"BOOL":[true]}}}}`)},
		}},
	})
}

// publisher is the name of the function that the stream starts.
const publisher = "publisher-stream"
