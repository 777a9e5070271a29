package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsses"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
)

// addMail makes the sender's domain an identity of SES. Mails from it use the configuration set, which refuses carriers
// without TLS, leaves alone addresses that bounced or complained, and tells the operator of both: nobody else hears of them.
func (s *stack) addMail() {
	set := awsses.NewConfigurationSet(s.Stack, str("MailSet"), &awsses.ConfigurationSetProps{
		ConfigurationSetName: str(s.names.configurationSet()),
		TlsPolicy:            awsses.ConfigurationSetTlsPolicy_REQUIRE,
		ReputationMetrics:    yes(true),
		SuppressionReasons:   awsses.SuppressionReasons_BOUNCES_AND_COMPLAINTS,
	})
	s.returnedMail = awssns.NewTopic(s.Stack, str("ReturnedMail"), &awssns.TopicProps{
		TopicName: str(s.names.prefix() + "returned-mail"), EnforceSSL: yes(true),
	})
	s.tellOperator(s.returnedMail)
	set.AddEventDestination(str("Returned"), &awsses.ConfigurationSetEventDestinationOptions{
		Destination: awsses.EventDestination_SnsTopic(s.returnedMail),
		Events:      &[]awsses.EmailSendingEvent{awsses.EmailSendingEvent_BOUNCE, awsses.EmailSendingEvent_COMPLAINT, awsses.EmailSendingEvent_REJECT},
	})
	awsses.NewEmailIdentity(s.Stack, str("MailDomain"), &awsses.EmailIdentityProps{
		Identity: awsses.Identity_Domain(str(s.names.mailDomain())), ConfigurationSet: set, FeedbackForwarding: yes(false),
	})
}
