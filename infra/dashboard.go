package main

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// addDashboard shows in five rows what an operator asks first: what rings, which functions fail, what waits, how the
// table and the web do, and what went by mail and by hint. It has few enough metrics to cost nothing: CloudWatch gives three
// dashboards of 50 for free.
func (s *stack) addDashboard() {
	d := awscloudwatch.NewDashboard(s.Stack, str("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: str(s.names.stack()), DefaultInterval: awscdk.Duration_Hours(num(6)),
	})
	var alarms []interfacesawscloudwatch.IAlarmRef
	for _, a := range s.alarms {
		alarms = append(alarms, a)
	}
	d.AddWidgets(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: str("Alarms; each says in its description what to do"), Alarms: &alarms, Width: num(24), Height: num(4),
	}))
	d.AddWidgets(
		graph("Functions: errors", s.perFunction("Errors", "Sum", every)...),
		graph("Functions: running at once, and not started", metric("AWS/Lambda", "ConcurrentExecutions", "Maximum", nil), metric("AWS/Lambda", "Throttles", "Sum", nil)),
		graph("Functions of queues: milliseconds (p95)", s.perFunction("Duration", "p95", ofQueues)...),
	)
	d.AddWidgets(
		graph("Publisher: milliseconds behind", metric("AWS/Lambda", "IteratorAge", "Maximum", map[string]*string{"FunctionName": str(s.names.prefix() + publisher)})),
		graph("Queues: seconds that the oldest has waited", s.perQueue(s.names.queue, "ApproximateAgeOfOldestMessage")...),
		graph("Queues: dead letters", append(s.perQueue(s.names.deadLetters, "ApproximateNumberOfMessagesVisible"),
			queueMetric(s.names.unpublished(), "ApproximateNumberOfMessagesVisible"))...),
	)
	table := map[string]*string{"TableName": str(s.names.table())}
	api := map[string]*string{"ApiId": s.http.ApiId()}
	d.AddWidgets(
		graph("Table: units", metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", "Sum", table), metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum", table)),
		graph("API: requests", metric("AWS/ApiGateway", "Count", "Sum", api), metric("AWS/ApiGateway", "4xx", "Sum", api), metric("AWS/ApiGateway", "5xx", "Sum", api)),
		graph("API: milliseconds (p95)", metric("AWS/ApiGateway", "Latency", "p95", api)),
	)
	wake := map[string]*string{"ApiId": s.sockets.ApiId(), "Stage": str(socketStage)}
	d.AddWidgets(
		graph("Agents: connections and messages", metric("AWS/ApiGateway", "ConnectCount", "Sum", wake), metric("AWS/ApiGateway", "MessageCount", "Sum", wake)),
		graph("Workflows", s.perMachine("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed")...),
		graph("Mail: sent and returned", metric("AWS/SES", "Send", "Sum", nil), metric("AWS/SES", "Bounce", "Sum", nil), metric("AWS/SES", "Complaint", "Sum", nil)),
	)
}

func graph(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{Title: str(title), Left: &metrics, Width: num(8), Height: num(6)})
}

func (s *stack) perFunction(name, statistic string, which func(functions.Function) bool) []awscloudwatch.IMetric {
	var all []awscloudwatch.IMetric
	for _, f := range functions.All {
		if which(f) {
			all = append(all, metric("AWS/Lambda", name, statistic, map[string]*string{"FunctionName": str(s.names.function(f))}))
		}
	}
	return all
}

func every(functions.Function) bool      { return true }
func ofQueues(f functions.Function) bool { return f.Kind == functions.Queue }

func (s *stack) perQueue(called func(consumer string) string, name string) []awscloudwatch.IMetric {
	var all []awscloudwatch.IMetric
	for _, consumer := range slices.Sorted(maps.Keys(s.queues)) {
		all = append(all, queueMetric(called(consumer), name))
	}
	return all
}

func (s *stack) perMachine(metrics ...string) []awscloudwatch.IMetric {
	var all []awscloudwatch.IMetric
	for _, machine := range slices.Sorted(maps.Keys(s.machines)) {
		for _, name := range metrics {
			all = append(all, metric("AWS/States", name, "Sum", map[string]*string{"StateMachineArn": s.machines[machine].StateMachineArn()}))
		}
	}
	return all
}
