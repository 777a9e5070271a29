package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// addSecrets makes what only the platform may know. The signing key has no value yet: the first function that needs it makes
// it, as on one machine, and nobody else ever sees it. The key of the content network is made here, because CloudFront has
// to be told it.
func (s *stack) addSecrets() {
	signing := awssecretsmanager.NewCfnSecret(s.Stack, str("SigningKey"), &awssecretsmanager.CfnSecretProps{
		Name:        str(s.names.secret(functions.SigningKey)),
		Description: str("Signs what agents are asked to do. Agents know its public half: a lost key means enrolling all of them anew."),
	})
	signing.ApplyRemovalPolicy(s.removal(), nil)
	s.originKey = awssecretsmanager.NewSecret(s.Stack, str("OriginKey"), &awssecretsmanager.SecretProps{
		SecretName:  str(s.names.secret(functions.OriginKey)),
		Description: str("CloudFront shows it to the API, which then believes what CloudFront says about hosts and addresses."),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			PasswordLength: num(48), ExcludePunctuation: yes(true),
		},
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY, // a new one does as well
	})
}
