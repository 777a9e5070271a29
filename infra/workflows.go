package main

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"

	"github.com/tierkeep/tierkeep/infra/functions"
	"github.com/tierkeep/tierkeep/infra/workflows"
)

// addMachines makes a state machine of every definition in infra/workflows. Its log tells how each execution went, but not
// what it carried: a token to answer a task is a key.
func (s *stack) addMachines() {
	s.machines = map[string]awsstepfunctions.StateMachine{}
	definitions := workflows.All()
	for _, name := range slices.Sorted(maps.Keys(definitions)) {
		id := pascal(name)
		logs := awslogs.NewLogGroup(s.Stack, str(id+"WorkflowLogs"), &awslogs.LogGroupProps{
			LogGroupName: str(s.names.workflowLogs(name)), Retention: s.stage.LogDays, RemovalPolicy: s.removal(),
		})
		m := awsstepfunctions.NewStateMachine(s.Stack, str(id+"Workflow"), &awsstepfunctions.StateMachineProps{
			StateMachineName:        str(s.names.machine(name)),
			StateMachineType:        awsstepfunctions.StateMachineType_STANDARD,
			DefinitionBody:          awsstepfunctions.DefinitionBody_FromString(str(string(definitions[name]))),
			DefinitionSubstitutions: s.tasks(),
			Logs:                    &awsstepfunctions.LogOptions{Destination: logs, Level: awsstepfunctions.LogLevel_ALL, IncludeExecutionData: yes(false)},
			TracingEnabled:          yes(s.stage.Tracing),
		})
		for _, f := range functions.All {
			if f.Kind == functions.Tasks {
				allow(m.Role(), []*string{s.functions[f.Name()].FunctionArn()}, "lambda:InvokeFunction")
			}
		}
		s.machines[name] = m
	}
}

// tasks is what the placeholders of the definitions stand for: ${ApprovalsTasks} is the function approvals-tasks.
func (s *stack) tasks() *map[string]*string {
	all := map[string]*string{}
	for _, f := range functions.All {
		if f.Kind == functions.Tasks {
			all[functionID(f)] = s.functions[f.Name()].FunctionArn()
		}
	}
	return &all
}
