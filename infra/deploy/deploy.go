// Package deploy puts a stack that infra has described onto an AWS endpoint of this machine, without the CDK's command line
// and without bootstrapping: it uploads what the stack needs, then creates or updates it. The end-to-end test uses it. A real
// account is deployed to with the CDK itself (`make deploy`), which knows how to keep an account's bucket.
package deploy

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// Stack deploys the stack of that name from the folder that infra wrote, and returns its outputs. On an error, which names
// every resource that could not be made, the stack is left as it stands, for somebody to look at.
func Stack(ctx context.Context, c aws.Config, folder, name string) (map[string]string, error) {
	if aws.ToString(c.BaseEndpoint) == "" {
		return nil, errors.New("there is no endpoint (AWS_ENDPOINT_URL): an AWS account is deployed to with make deploy")
	}
	who, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("ask who we are: %w", err)
	}
	a := assembly{
		folder: folder, stack: name, endpoint: aws.ToString(c.BaseEndpoint),
		fill: strings.NewReplacer("${AWS::AccountId}", aws.ToString(who.Account), "${AWS::Region}", c.Region, "${AWS::Partition}", "aws").Replace,
	}
	template, err := a.upload(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := bootstrapped(ctx, c); err != nil {
		return nil, err
	}
	formation := cloudformation.NewFromConfig(c)
	if err := begin(ctx, formation, name, aws.ToString(c.BaseEndpoint)+"/"+template); err != nil {
		return nil, fmt.Errorf("deploy %s from %s: %w", name, filepath.Base(folder), err)
	}
	return await(ctx, formation, name)
}

// bootstrapped says of the endpoint what templates of the CDK ask for: that it was prepared.
func bootstrapped(ctx context.Context, c aws.Config) error {
	_, err := ssm.NewFromConfig(c).PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String("/cdk-bootstrap/hnb659fds/version"), Value: aws.String("30"), Type: ssmtypes.ParameterTypeString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("say that the endpoint is bootstrapped: %w", err)
	}
	return nil
}

func begin(ctx context.Context, formation *cloudformation.Client, name, template string) error {
	may := []types.Capability{types.CapabilityCapabilityIam, types.CapabilityCapabilityNamedIam}
	_, err := formation.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &name, TemplateURL: &template, Capabilities: may, OnFailure: types.OnFailureDoNothing,
	})
	var exists *types.AlreadyExistsException
	if !errors.As(err, &exists) {
		return err
	}
	_, err = formation.UpdateStack(ctx, &cloudformation.UpdateStackInput{StackName: &name, TemplateURL: &template, Capabilities: may})
	if same(err) {
		return nil
	}
	return err
}

// same tells whether an update was refused because there is nothing to do, which CloudFormation says in words only.
func same(err error) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && refused.ErrorCode() == "ValidationError" && strings.Contains(refused.ErrorMessage(), "No updates")
}

const lookEvery = 100 * time.Millisecond

func await(ctx context.Context, formation *cloudformation.Client, name string) (map[string]string, error) {
	for {
		found, err := formation.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
		if err != nil {
			return nil, fmt.Errorf("look how %s does: %w", name, err)
		}
		stack := found.Stacks[0]
		switch stack.StackStatus {
		case types.StackStatusCreateComplete, types.StackStatusUpdateComplete:
			return outputs(stack), nil
		case types.StackStatusCreateInProgress, types.StackStatusUpdateInProgress, types.StackStatusUpdateCompleteCleanupInProgress:
		default:
			return nil, fmt.Errorf("deploy %s: %s: %s\n%s", name, stack.StackStatus, aws.ToString(stack.StackStatusReason), failures(ctx, formation, name))
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("deploy %s: %w", name, ctx.Err())
		case <-time.After(lookEvery):
		}
	}
}

// Outputs returns the outputs of a stack that stands, on any endpoint: where its parts are (infra/outputs.go).
func Outputs(ctx context.Context, c aws.Config, stack string) (map[string]string, error) {
	found, err := cloudformation.NewFromConfig(c).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &stack})
	if err != nil {
		return nil, fmt.Errorf("look at the stack %s: %w", stack, err)
	}
	return outputs(found.Stacks[0]), nil
}

func outputs(stack types.Stack) map[string]string {
	all := map[string]string{}
	for _, o := range stack.Outputs {
		all[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return all
}

// failures lists what could not be made.
func failures(ctx context.Context, formation *cloudformation.Client, name string) string {
	var said strings.Builder
	pages := cloudformation.NewDescribeStackEventsPaginator(formation, &cloudformation.DescribeStackEventsInput{StackName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return said.String() + err.Error()
		}
		for _, e := range page.StackEvents {
			if strings.HasSuffix(string(e.ResourceStatus), "FAILED") {
				fmt.Fprintf(&said, "%s (%s): %s\n", aws.ToString(e.LogicalResourceId), aws.ToString(e.ResourceType), aws.ToString(e.ResourceStatusReason))
			}
		}
	}
	return said.String()
}
