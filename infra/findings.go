package main

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// wildcard is a permission that names more than one resource, with the reason. The first pattern that fits one explains it;
// testdata/roles.txt repeats the reasons where they apply.
type wildcard struct {
	resource string // a regular expression; the tail of an ARN
	why      string
}

var wildcards = []wildcard{
	{`:log-group:[^*]+:\*`, "the streams of the role's own log group, whose names Lambda makes up"},
	{`:table/[^*]+/index/\*`, "both indexes of the one table"},
	{`:table/[^*]+/stream/\*`, "the table's stream, whose name is the time at which it was made"},
	{`:execution:[^*]+:\*`, "executions are named by what they are about"},
	{`:schedule/[^*]+/\*`, "timers of the stage's own group, which are named by what they are about"},
	{`@connections/\*`, "connections of the stage's own API, whose names API Gateway makes up"},
	{`:identity/\*`, "whether an address is verified may be read of every one; sending is held by its condition to the stage's own sender, and SES's sandbox asks for the receiver's identity too"},
	{`^\*$`, "the action knows no narrower resource"},
}

// explainFindings says why what cdk-nag finds is as it should be. Everything else that it finds is an error.
func (s *stack) explainFindings() {
	for _, w := range wildcards {
		cdknag.NagSuppressions_AddStackSuppressions(s.Stack, &[]*cdknag.NagPackSuppression{{
			Id: str("AwsSolutions-IAM5"), Reason: str("Wildcard: " + w.why),
			AppliesTo: &[]any{&cdknag.RegexAppliesTo{Regex: str("/^Resource::" + strings.TrimPrefix(".*"+w.resource, ".*^") + "/")}},
		}}, yes(false))
	}
	s.explain(s.http, "APIG4", "functions authenticate: sessions, keys and agents' signatures are of the platform's own making, and some routes are for everybody")
	s.explain(s.sockets, "APIG4", "the function behind $connect verifies the agent's signature; the other routes are reached through it only")
	s.explain(s.socketStage, "APIG1", "the function servers-wake logs who comes and goes; access logs of WebSocket APIs ask for a role that all APIs of the account share")
	s.explain(s.alarmTopic, "SNS2", "neither alarms nor budgets can send to a topic with a key that AWS manages, and what it says is no secret")
	s.explain(s.returnedMail, "SNS2", "SES cannot send to a topic with a key that AWS manages")
	s.explain(s.unpublished, "SQS3", "it is a queue of dead letters itself: the stream's")
	s.explain(s.originKey, "SMG4", "exchanged by hand (docs/deploy.md): CloudFormation has to hand it to CloudFront")
	s.explain(s.siteFiles, "S1", "only CloudFront reads it, and logs its requests")
	s.explain(s.siteLogs, "S1", "it holds the logs")
	s.explain(s.distribution, "CFR1", "people sign in from wherever they are")
	s.explain(s.distribution, "CFR2", "a firewall costs more a month than the platform; requests are braked by API Gateway and by each function")
	if s.stage.Portal == "" {
		s.explain(s.distribution, "CFR4", "without a name of our own, CloudFront's own certificate sets the oldest version of TLS")
	}
	if s.stage.DailyBackups {
		s.explain(s.backups, "IAM4", "what a copy needs is AWS Backup's to say; its policy is kept up to date with it")
	}
	if !s.stage.Tracing {
		for name := range s.machines {
			s.explain(s.machines[name], "SF2", "traces are one switch for the whole stage, and off until somebody looks for something")
		}
	}
	for _, secret := range s.madeLater {
		s.explain(secret, "SMG4", "what it closed or signed stays with people and agents: a new one is a decision, see docs/deploy.md")
	}
}

func (s *stack) explain(where constructs.IConstruct, rule, why string) {
	cdknag.NagSuppressions_AddResourceSuppressions(where, &[]*cdknag.NagPackSuppression{
		{Id: str("AwsSolutions-" + rule), Reason: str(why)},
	}, yes(true))
}
