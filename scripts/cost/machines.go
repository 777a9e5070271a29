package main

import (
	"context"
	"encoding/json"

	"github.com/tierkeep/tierkeep/shared/port/awscount"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// machines counts what an execution is billed by: each state that it enters. One whose approval is decided in time enters
// two, the one that asks and the one that ends.
type machines struct {
	workflow.Workflow
	meter *meter
}

// Start implements workflow.Workflow.
func (m machines) Start(ctx context.Context, machine, name string, input json.RawMessage) error {
	m.meter.add(awscount.Executions, 1)
	m.meter.add(transitions, 1)
	m.meter.waited("SFN.StartExecution")
	return m.Workflow.Start(ctx, machine, name, input)
}

// Succeed implements workflow.Workflow.
func (m machines) Succeed(ctx context.Context, token string, result json.RawMessage) error {
	m.meter.add(awscount.Answers, 1)
	m.meter.add(transitions, 1)
	m.meter.waited("SFN.SendTaskSuccess")
	return m.Workflow.Succeed(ctx, token, result)
}

// charged charges each call of a task to its function.
func (m *meter) charged(tasks map[string]workflow.Task) map[string]workflow.Task {
	all := map[string]workflow.Task{}
	for name, task := range tasks {
		all[name] = func(ctx context.Context, input json.RawMessage) (json.RawMessage, error) {
			out, err := task(ctx, input)
			m.invoked("approvals-tasks")
			return out, err
		}
	}
	return all
}
