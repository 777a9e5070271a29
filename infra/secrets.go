package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// addSecrets makes what only the platform may know.
func (s *stack) addSecrets() {
	s.addSecret("SigningKey", functions.SigningKey, "Signs what agents are asked to do. Agents know its public half: without it all have to be enrolled anew.")
	s.addSecret("FactorKey", functions.FactorKey, "Closes the secrets of people's second factors. Without it everybody has to set up a new one.")
	// This one is made here, because CloudFront has to be told it.
	s.originKey = awssecretsmanager.NewSecret(s.Stack, str("OriginKey"), &awssecretsmanager.SecretProps{
		SecretName:  str(s.names.secret(functions.OriginKey)),
		Description: str("CloudFront shows it to the API, which then believes what CloudFront says about hosts and addresses."),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			PasswordLength: num(48), ExcludePunctuation: yes(true),
		},
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY, // a new one does as well
	})
}

// addSecret makes a secret without a value: the first function that needs it makes that, as on one machine, and nobody else
// ever sees it.
func (s *stack) addSecret(id, name, description string) {
	made := awssecretsmanager.NewCfnSecret(s.Stack, str(id), &awssecretsmanager.CfnSecretProps{
		Name: str(s.names.secret(name)), Description: str(description),
	})
	made.ApplyRemovalPolicy(s.removal(), nil)
	s.madeLater = append(s.madeLater, made)
}
