package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
)

// addAlarmTopic makes what tells the operator. It is encrypted on its way but not by a key, because neither alarms nor
// budgets can use one that AWS manages, and nothing that it says is secret.
func (s *stack) addAlarmTopic() {
	s.alarmTopic = awssns.NewTopic(s.Stack, str("Alarms"), &awssns.TopicProps{TopicName: str(s.names.alarm("alarms")), EnforceSSL: yes(true)})
	s.alarmTopic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: str("AlarmsAndBudgets"),
		Principals: &[]awsiam.IPrincipal{
			awsiam.NewServicePrincipal(str("cloudwatch.amazonaws.com"), nil), awsiam.NewServicePrincipal(str("budgets.amazonaws.com"), nil),
		},
		Actions: list("sns:Publish"), Resources: &[]*string{s.alarmTopic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()}},
	}))
	s.tellOperator(s.alarmTopic)
}

// tellOperator mails what a topic is told, where there is somebody to mail it to.
func (s *stack) tellOperator(of awssns.Topic) {
	if s.stage.AlarmMail != "" {
		of.AddSubscription(awssnssubscriptions.NewEmailSubscription(str(s.stage.AlarmMail), nil))
	}
}

// alarm is one sign that something is wrong.
type alarm struct {
	id      string // "accounts-dead-letters"; the alarm's name ends with it
	means   string
	do      string
	metric  awscloudwatch.IMetric
	above   float64 // the sign is a value above this
	minutes int     // for so long; 0 means at once
	within  string  // the only region that has the metric; empty: every one has
}

// addAlarms makes every alarm, with what it means and what to do about it in its description.
func (s *stack) addAlarms() {
	for _, a := range slices.Concat(s.queueAlarms(), s.functionAlarms(), s.workflowAlarms(), s.timerAlarms(), s.tableAlarms(), s.webAlarms(), s.mailAlarms(), s.backupAlarms()) {
		made := awscloudwatch.NewAlarm(s.Stack, str(pascal(a.id)+"Alarm"), &awscloudwatch.AlarmProps{
			AlarmName:          str(s.names.alarm(a.id)),
			AlarmDescription:   str("Means: " + a.means + " Do: " + a.do),
			Metric:             a.metric,
			Threshold:          num(a.above),
			ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
			EvaluationPeriods:  num(max(1, a.minutes/metricMinutes)),
			TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
		})
		made.AddAlarmAction(awscloudwatchactions.NewSnsAction(s.alarmTopic))
		made.AddOkAction(awscloudwatchactions.NewSnsAction(s.alarmTopic))
		if a.within != "" {
			only := awscdk.NewCfnCondition(s.Stack, str(pascal(a.id)+"Exists"), &awscdk.CfnConditionProps{
				Expression: awscdk.Fn_ConditionEquals(awscdk.Aws_REGION(), str(a.within)),
			})
			made.Node().DefaultChild().(awscloudwatch.CfnAlarm).CfnOptions().SetCondition(only)
			continue // the dashboard cannot name what may not exist
		}
		s.alarms = append(s.alarms, made)
	}
}

// metricMinutes is the span over which each value is taken.
const metricMinutes = 5

func metric(namespace, name, statistic string, dimensions map[string]*string) awscloudwatch.Metric {
	p := &awscloudwatch.MetricProps{
		Namespace: str(namespace), MetricName: str(name), Statistic: str(statistic), Period: awscdk.Duration_Minutes(num(metricMinutes)),
	}
	if len(dimensions) > 0 {
		p.DimensionsMap = &dimensions
	}
	return awscloudwatch.NewMetric(p)
}

func queueMetric(queue, name string) awscloudwatch.Metric {
	return metric("AWS/SQS", name, "Maximum", map[string]*string{"QueueName": str(queue)})
}

func (s *stack) queueAlarms() []alarm {
	var all []alarm
	for _, consumer := range slices.Sorted(maps.Keys(s.queues)) {
		all = append(all, alarm{
			id:     consumer + "-dead-letters",
			means:  "Events that " + consumer + " failed on five times lie among the dead letters. What they would have done has not happened; later events of the same subject went on.",
			do:     fmt.Sprintf("find the cause by the event's id (make queues) in %s, put it right, then send them again: make replay STAGE=%s QUEUE=%s. They are kept for %d days.", s.names.prefix()+consumer+"-queue's log", s.stage.Name, consumer, deadLetterDays),
			metric: queueMetric(s.names.deadLetters(consumer), "ApproximateNumberOfMessagesVisible"),
		}, alarm{
			id:      consumer + "-late",
			means:   "Events wait for " + consumer + " for more than ten minutes: people see old states.",
			do:      "look at the function's throttles, errors and duration on the dashboard. Either one subject fails again and again and will soon be a dead letter, or more comes in than is taken in: raise inParallel in queues.go.",
			metric:  queueMetric(s.names.queue(consumer), "ApproximateAgeOfOldestMessage"),
			above:   600,
			minutes: 10,
		})
	}
	return append(all, alarm{
		id:     "unpublished",
		means:  "The stream forgot changes before they could be published. Their events reached nobody.",
		do:     "the messages of " + s.names.unpublished() + " name the shard and the positions; the change rows themselves are kept in the table. Put the cause right, then follow \"Events that were lost\" in docs/deploy.md.",
		metric: queueMetric(s.names.unpublished(), "ApproximateNumberOfMessagesVisible"),
	}, alarm{
		id:      "publisher-late",
		means:   "Changes are not published: the publisher is more than five minutes behind, so nothing that follows from a change happens. After a day they would be lost.",
		do:      "read the newest errors of the log of " + s.names.prefix() + publisher + ". It tries again by itself; a change that it can never publish holds up its part of the table until the function is corrected and deployed.",
		metric:  metric("AWS/Lambda", "IteratorAge", "Maximum", map[string]*string{"FunctionName": str(s.names.prefix() + publisher)}),
		above:   5 * 60 * 1000,
		minutes: 5,
	})
}

// functionAlarms look at all functions of the account at once: what each of them has failed on shows elsewhere too (dead
// letters, answers of the API, failed workflows), and one sum costs a fraction of an alarm for each.
func (s *stack) functionAlarms() []alarm {
	return []alarm{{
		id:     "function-errors",
		means:  "Functions of this account ended with errors instead of answers.",
		do:     "the dashboard's first row tells which; its log tells why. A single one after a deployment may pass; queues and the stream try again by themselves.",
		metric: metric("AWS/Lambda", "Errors", "Sum", nil),
		above:  5, minutes: 10,
	}, {
		id:     "function-throttles",
		means:  "Functions of this account were not started, because as many run as the account may run at once. People get errors.",
		do:     "ask AWS for a higher quota \"Concurrent executions\" of Lambda (a new account has 10), or lower inParallel in queues.go.",
		metric: metric("AWS/Lambda", "Throttles", "Sum", nil),
	}}
}

func (s *stack) workflowAlarms() []alarm {
	var all []alarm
	for _, name := range slices.Sorted(maps.Keys(s.machines)) {
		all = append(all, alarm{
			id:     name + "-workflow-failed",
			means:  "An execution of the workflow " + name + " failed for good: nobody is reminded there, and nothing expires by itself.",
			do:     "open the failed execution of " + s.names.machine(name) + " in the console; the state that failed and its error say what to put right. Its name is the id of what it was about. Then redrive it in the console: it goes on where it failed.",
			metric: metric("AWS/States", "ExecutionsFailed", "Sum", map[string]*string{"StateMachineArn": s.machines[name].StateMachineArn()}),
		})
	}
	return all
}

func (s *stack) timerAlarms() []alarm {
	return []alarm{{
		id:     "timers-dropped",
		means:  "Timers gave up on sending their message: something that was due does not happen.",
		do:     "check that the queues exist and that the role of the timers may send to them (schedule.go); then look in CloudTrail for the denied calls. What was due is set again when its account's schedule is saved.",
		metric: metric("AWS/Scheduler", "InvocationDroppedCount", "Sum", map[string]*string{"ScheduleGroup": str(s.names.timers())}),
	}}
}

func (s *stack) tableAlarms() []alarm {
	table := map[string]*string{"TableName": str(s.names.table())}
	return []alarm{{
		id:     "table-reads-throttled",
		means:  "DynamoDB refused reads: one key is asked for more often than a partition allows, or the table grows faster than it can follow.",
		do:     "if it lasts, turn on CloudWatch Contributor Insights for the table: it names the key. Requests are tried again, so people only wait.",
		metric: metric("AWS/DynamoDB", "ReadThrottleEvents", "Sum", table),
		above:  10, minutes: 10,
	}, {
		id:     "table-writes-throttled",
		means:  "DynamoDB refused writes: one key is written more often than a partition allows, or the table grows faster than it can follow.",
		do:     "as for reads: Contributor Insights names the key. Requests are tried again, so people only wait.",
		metric: metric("AWS/DynamoDB", "WriteThrottleEvents", "Sum", table),
		above:  10, minutes: 10,
	}, {
		id:    "table-errors",
		means: "DynamoDB itself fails to write.",
		do:    "look at the AWS Health Dashboard; there is nothing to repair here. What was being written is either whole or not there.",
		metric: metric("AWS/DynamoDB", "SystemErrors", "Sum", map[string]*string{
			"TableName": str(s.names.table()), "Operation": str("TransactWriteItems"), // every write is one; failed reads show as errors of the API
		}),
		above: 5, minutes: 5,
	}}
}

func (s *stack) webAlarms() []alarm {
	return []alarm{{
		id:     "api-errors",
		means:  "The API answers with errors of its own (5xx): people and agents are turned away.",
		do:     "the API's access log tells the route and the function's aws_request_id; the same id stands in each line of the function's log.",
		metric: metric("AWS/ApiGateway", "5xx", "Sum", map[string]*string{"ApiId": s.http.ApiId()}),
		above:  5, minutes: 10,
	}, {
		id:     "agents-turned-away",
		means:  "Agents cannot connect to the WebSocket of hints, or are refused again and again. Those that are good still poll, so operations start up to a minute later.",
		do:     "the log of the function servers-wake tells failures and, for each refusal, why and whom it calls itself: an agent that was revoked and still runs, or a server whose clock is off. Nothing is lost meanwhile.",
		metric: metric("AWS/ApiGateway", "IntegrationError", "Sum", map[string]*string{"ApiId": s.sockets.ApiId(), "Stage": str(socketStage)}),
		above:  5, minutes: 15,
	}, {
		id:    "site-errors",
		means: "More than one in a hundred requests to CloudFront ends with an error of ours (5xx).",
		do:    "if the alarm of the API rings too, begin there. Otherwise see whether the portal's files are in the bucket: make deploy puts them there.",
		metric: metric("AWS/CloudFront", "5xxErrorRate", "Average",
			map[string]*string{"DistributionId": s.distribution.DistributionId(), "Region": str("Global")}),
		above: 1, minutes: 10, within: "us-east-1", // CloudFront counts there only, and alarms cannot look into another region
	}}
}

func (s *stack) mailAlarms() []alarm {
	return []alarm{{
		id:     "mail-bounces",
		means:  "More than one in twenty mails of this account comes back. At one in ten SES stops taking mails.",
		do:     "see in SES, suppression list, which addresses; most often an import brought dead ones. Stop what sends to them.",
		metric: metric("AWS/SES", "Reputation.BounceRate", "Maximum", nil),
		above:  0.05,
	}, {
		id:     "mail-complaints",
		means:  "More than one in a thousand receivers calls our mail unwanted. At five SES stops taking mails.",
		do:     "the topic returned-mail has mailed each complaint to the stage's AlarmMail: see there whose mails they were, and stop them until their sender has been spoken to.",
		metric: metric("AWS/SES", "Reputation.ComplaintRate", "Maximum", nil),
		above:  0.001,
	}}
}

func (s *stack) backupAlarms() []alarm {
	if !s.stage.DailyBackups {
		return nil
	}
	return []alarm{{
		id:     "backup-failed",
		means:  "Last night's copy of the table failed. The point-in-time recovery is not affected.",
		do:     "AWS Backup, jobs, tells why. Start one by hand once it is put right.",
		metric: metric("AWS/Backup", "NumberOfBackupJobsFailed", "Sum", map[string]*string{"BackupVaultName": str(s.names.stack())}),
	}}
}
