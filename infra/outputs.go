package main

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// addOutputs tells operators, `make sign-in` and the end-to-end test where everything is.
func (s *stack) addOutputs() {
	outputs := map[string]*string{
		"PortalUrl":       s.portal(),
		"ContentHost":     s.distribution.DistributionDomainName(), // what the DNS name of the portal points to
		"ApiUrl":          s.http.ApiEndpoint(),
		"ApiId":           s.http.ApiId(),
		"WakeUrl":         s.socketStage.Url(),
		"WakeEndpoint":    s.socketStage.CallbackUrl(),
		"TableName":       s.table.TableName(),
		"QueueUrl":        s.names.queueURL(), // a template, with {queue} for the consumer
		"SiteBucket":      s.siteFiles.BucketName(),
		"SecretPrefix":    str(s.names.secrets()),
		"OriginKeySecret": str(s.names.secret("platform/origin-key")),
		"AlarmTopic":      s.alarmTopic.TopicArn(),
	}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		awscdk.NewCfnOutput(s.Stack, str(name), &awscdk.CfnOutputProps{Value: outputs[name]})
	}
}
