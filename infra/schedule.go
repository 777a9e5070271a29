package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// addTimers makes the group in which timers are kept, and the role with which they send their one message when their time
// has come. Only this group's timers can take on the role.
func (s *stack) addTimers() {
	awsscheduler.NewCfnScheduleGroup(s.Stack, str("Timers"), &awsscheduler.CfnScheduleGroupProps{Name: str(s.names.timers())})
	role := awsiam.NewRole(s.Stack, str("TimerRole"), &awsiam.RoleProps{
		Description: str("Timers send their messages with it"),
		AssumedBy: awsiam.NewServicePrincipal(str("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID(),
				"aws:SourceArn":     arn("scheduler", "schedule-group/"+s.names.timers()),
			}},
		}),
	})
	var queues []*string
	for _, consumer := range timed() {
		queues = append(queues, s.names.queueARN(consumer))
	}
	allow(role, queues, "sqs:SendMessage")
	s.timerRole = role.RoleArn()
}

// timed is the consumers that timers send to.
func timed() []string {
	var all []string
	for _, f := range functions.All {
		all = append(all, f.Uses.Timers...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
