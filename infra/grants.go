package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// grant lets a function do what its row of the list says, and write its own logs. Every action here is one that an adapter
// calls; testdata/roles.txt is the whole, role by role.
func (s *stack) grant(role awsiam.IRole, f functions.Function) {
	u := f.Uses
	allow(role, []*string{arn("logs", "log-group:"+s.names.logs(f)+":*")}, "logs:CreateLogStream", "logs:PutLogEvents")
	if u.Table != functions.NoAccess {
		allow(role, []*string{s.names.tableARN(), s.names.indexARNs()}, "dynamodb:GetItem", "dynamodb:Query")
	}
	if u.Table == functions.Writes {
		allow(role, []*string{s.names.tableARN()}, "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem")
	}
	// A timer whose time has come already is sent at once.
	if to := slices.Concat(u.Sends, u.Timers); len(to) > 0 {
		allow(role, each(to, s.names.queueARN), "sqs:SendMessage")
	}
	if f.Kind == functions.Queue {
		allow(role, []*string{s.names.queueARN(f.Feature)}, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility")
	}
	if f.Kind == functions.Stream {
		allow(role, []*string{arn("dynamodb", "table/"+s.names.table()+"/stream/*")}, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
		allow(role, []*string{str("*")}, "dynamodb:ListStreams")
		allow(role, []*string{arn("sqs", s.names.unpublished())}, "sqs:SendMessage")
	}
	if len(u.Timers) > 0 {
		allow(role, []*string{arn("scheduler", "schedule/"+s.names.timers()+"/*")},
			"scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:GetSchedule", "scheduler:UpdateSchedule")
		role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: list("iam:PassRole"), Resources: &[]*string{s.timerRole},
			Conditions: &map[string]any{"StringEquals": map[string]any{"iam:PassedToService": "scheduler.amazonaws.com"}},
		}))
	}
	if len(u.Starts) > 0 {
		allow(role, each(u.Starts, s.names.machineARN), "states:StartExecution")
		allow(role, each(u.Starts, s.names.executionARNs), "states:DescribeExecution")
	}
	if len(u.Answers) > 0 {
		allow(role, each(u.Answers, s.names.machineARN), "states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess")
	}
	for _, name := range u.Secrets {
		s.grantSecret(role, name)
	}
	if u.Hints {
		allow(role, each([]string{"DELETE", "POST"}, s.connections), "execute-api:ManageConnections")
	}
	if u.Mail {
		// A message that is handed over whole needs the second action too, although the call is named as the first.
		role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: list("ses:SendEmail", "ses:SendRawEmail"), Resources: &[]*string{arn("ses", "identity/*"), arn("ses", "configuration-set/"+s.names.configurationSet())},
			Conditions: &map[string]any{"StringEquals": map[string]any{"ses:FromAddress": s.stage.MailFrom}},
		}))
		// It looks why SES refused a mail: because of the mail, or of an address that is not verified.
		allow(role, []*string{arn("ses", "identity/*")}, "ses:GetEmailIdentity")
		allow(role, []*string{str("*")}, "ses:GetAccount")
	}
}

// connections is what is done to connections of agents by a method of API Gateway's own API.
func (s *stack) connections(method string) *string {
	return awscdk.Fn_Sub(str("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/"+socketStage+"/"+method+"/@connections/*"),
		&map[string]*string{"Api": s.sockets.ApiId()})
}

// grantSecret lets a role read a secret, and keep its first value where the deployment made none. Secrets Manager adds six
// characters to each name.
func (s *stack) grantSecret(role awsiam.IRole, name string) {
	actions := []string{"secretsmanager:GetSecretValue"}
	if name != functions.OriginKey {
		actions = append(actions, "secretsmanager:CreateSecret", "secretsmanager:PutSecretValue")
	}
	allow(role, []*string{arn("secretsmanager", "secret:"+s.names.secret(name)+"-??????")}, actions...)
}

func allow(role awsiam.IRole, resources []*string, actions ...string) {
	role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{Actions: list(actions...), Resources: &resources}))
}

func list(texts ...string) *[]*string {
	all := each(texts, str)
	return &all
}

func each(names []string, of func(string) *string) []*string {
	var all []*string
	for _, name := range names {
		all = append(all, of(name))
	}
	return all
}
