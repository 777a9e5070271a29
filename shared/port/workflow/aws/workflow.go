// Package aws is the adapter of shared/port/workflow to Step Functions.
package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// placeholder stands for a machine's name in the template of ARNs.
const placeholder = "{machine}"

// Workflow implements workflow.Workflow.
type Workflow struct {
	client   *sfn.Client
	template string
}

// New returns the port to the machines whose ARN is the template with {machine} replaced by their name.
func New(cfg aws.Config, arnTemplate string) (*Workflow, error) {
	if !strings.Contains(arnTemplate, ":stateMachine:") || !strings.Contains(arnTemplate, placeholder) {
		return nil, fmt.Errorf("workflow: %q is no ARN of a state machine with %s in place of its name", arnTemplate, placeholder)
	}
	return &Workflow{sfn.NewFromConfig(cfg), arnTemplate}, nil
}

func (w *Workflow) machine(name string) string {
	return strings.ReplaceAll(w.template, placeholder, name)
}

// execution is the ARN of an execution.
func (w *Workflow) execution(machine, name string) string {
	return strings.Replace(w.machine(machine), ":stateMachine:", ":execution:", 1) + ":" + name
}

// Start begins an execution.
func (w *Workflow) Start(ctx context.Context, machine, name string, input json.RawMessage) error {
	if err := workflow.ValidateStart(machine, name, input); err != nil {
		return err
	}
	_, err := w.client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(w.machine(machine)), Name: aws.String(name), Input: aws.String(string(input)),
	})
	var exists *types.ExecutionAlreadyExists
	if errors.As(err, &exists) {
		// Step Functions compares inputs as texts, and not at all once the execution has ended.
		return w.compare(ctx, machine, name, input)
	}
	if err != nil {
		return fmt.Errorf("start %s of %s: %w", name, machine, err)
	}
	return nil
}

func (w *Workflow) compare(ctx context.Context, machine, name string, input json.RawMessage) error {
	e, err := w.client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(w.execution(machine, name))})
	if err != nil {
		return fmt.Errorf("start %s of %s: read what was started: %w", name, machine, err)
	}
	if !workflow.Same(json.RawMessage(aws.ToString(e.Input)), input) {
		return fmt.Errorf("start %s of %s: %w", name, machine, workflow.ErrStarted)
	}
	return nil
}

// Succeed ends the task that waits under the token with a result.
func (w *Workflow) Succeed(ctx context.Context, token string, result json.RawMessage) error {
	if err := workflow.ValidateData(result); err != nil {
		return err
	}
	if err := workflow.ValidateToken(token); err != nil {
		return err
	}
	_, err := w.client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String(token), Output: aws.String(string(result))})
	return answered("succeed", err)
}

// Fail ends the task that waits under the token with an error.
func (w *Workflow) Fail(ctx context.Context, token, code, cause string) error {
	if err := workflow.ValidateFail(code, cause); err != nil {
		return err
	}
	if err := workflow.ValidateToken(token); err != nil {
		return err
	}
	_, err := w.client.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{
		TaskToken: aws.String(token), Error: aws.String(code), Cause: aws.String(cause),
	})
	return answered("fail", err)
}

// Heartbeat says that the task under the token is still being worked on.
func (w *Workflow) Heartbeat(ctx context.Context, token string) error {
	if err := workflow.ValidateToken(token); err != nil {
		return err
	}
	_, err := w.client.SendTaskHeartbeat(ctx, &sfn.SendTaskHeartbeatInput{TaskToken: aws.String(token)})
	return answered("heartbeat", err)
}

// answered tells the answers to a task that does not wait from those that went wrong.
func answered(what string, err error) error {
	var absent *types.TaskDoesNotExist
	var late *types.TaskTimedOut
	var invalid *types.InvalidToken
	switch {
	case err == nil:
		return nil
	case errors.As(err, &absent), errors.As(err, &late), errors.As(err, &invalid):
		return fmt.Errorf("%s a task: %w", what, workflow.ErrNotWaiting)
	}
	return fmt.Errorf("%s a task: %w", what, err)
}
