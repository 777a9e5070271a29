package onaws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// attempts is how often the SDK sends a request in all.
const attempts = 3

// environment is the configuration that Lambda puts into the environment: the region, and the credentials of the function's
// role, which outlive the process. The SDK's own loader would also look for files, for other machines' credential services
// and for single sign-on, which take longer to link and to start than everything else here.
func environment(lookup func(string) (string, bool), tracing bool) (aws.Config, error) {
	get := func(name string) string {
		value, _ := lookup(name)
		return value
	}
	keys := aws.Credentials{
		AccessKeyID: get("AWS_ACCESS_KEY_ID"), SecretAccessKey: get("AWS_SECRET_ACCESS_KEY"),
		SessionToken: get("AWS_SESSION_TOKEN"), Source: "environment",
	}
	c := aws.Config{
		Region: get("AWS_REGION"), RetryMaxAttempts: attempts,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil }),
	}
	if c.Region == "" || !keys.HasKeys() {
		return c, errors.New("the environment has no AWS_REGION or no credentials: this program is a Lambda function")
	}
	if endpoint := get("AWS_ENDPOINT_URL"); endpoint != "" {
		c.BaseEndpoint = &endpoint
	}
	if tracing {
		c.APIOptions = append(c.APIOptions, traced(get("AWS_XRAY_DAEMON_ADDRESS")))
	}
	return c, nil
}
