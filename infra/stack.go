package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// stack is everything of one stage. Each method that adds something stands in the file of its kind and is called once, in
// the order of newStack; what a later one needs of an earlier one is a field.
type stack struct {
	awscdk.Stack
	stage Stage
	names names
	zips  string // the folder with the functions' zips

	alarmTopic   awssns.Topic
	returnedMail awssns.Topic
	table        awsdynamodb.TableV2
	queues       map[string]awssqs.Queue // by consumer
	deadLetters  map[string]awssqs.Queue // by consumer
	unpublished  awssqs.Queue
	timerRole    *string // the ARN of the role with which timers send
	madeLater    []awssecretsmanager.CfnSecret
	originKey    awssecretsmanager.Secret
	http         awsapigatewayv2.HttpApi
	sockets      awsapigatewayv2.WebSocketApi
	socketStage  awsapigatewayv2.WebSocketStage
	siteFiles    awss3.Bucket
	siteLogs     awss3.Bucket
	distribution awscloudfront.Distribution
	functions    map[string]awslambda.Function // by name
	machines     map[string]awsstepfunctions.StateMachine
	alarms       []awscloudwatch.IAlarm
	backups      awsbackup.BackupPlan // nil where there are none
}

func newStack(app constructs.Construct, stage Stage, zips string) *stack {
	n := names{stage}
	s := &stack{
		Stack: awscdk.NewStack(app, str(n.stack()), &awscdk.StackProps{
			Description:           str("Tierkeep, the reseller platform for online backup: stage " + stage.Name),
			Tags:                  &map[string]*string{"tierkeep:stage": str(stage.Name)},
			TerminationProtection: yes(stage.Keep),
		}),
		stage: stage, names: n, zips: zips,
	}
	s.addAlarmTopic()
	s.addTable()
	s.addQueues()
	s.addSecrets()
	s.addTimers()
	s.addMail()
	s.addHTTP()
	s.addSockets()
	s.addSite()
	s.addFunctions()
	s.addRoutes()
	s.addSocketRoutes()
	s.addConsumers()
	s.addPublisher()
	s.addMachines()
	s.addBackups()
	s.addBudget()
	s.addAlarms()
	s.addDashboard()
	s.addOutputs()
	s.explainFindings()
	return s
}

// removal says what becomes of data when it leaves the stack.
func (s *stack) removal() awscdk.RemovalPolicy {
	if s.stage.Keep {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

func str(text string) *string { return &text }

func num[N int | float64](n N) *float64 { return jsii.Number(n) }

func yes(b bool) *bool { return jsii.Bool(b) }
