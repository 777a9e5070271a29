package main

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// addFunctions makes every function of the list, each with its logs and a role of its own.
func (s *stack) addFunctions() {
	s.functions = map[string]awslambda.Function{}
	tracing := awslambda.Tracing_DISABLED
	if s.stage.Tracing {
		tracing = awslambda.Tracing_ACTIVE
	}
	for _, f := range functions.All {
		id := functionID(f)
		logs := awslogs.NewLogGroup(s.Stack, str(id+"Logs"), &awslogs.LogGroupProps{
			LogGroupName: str(s.names.logs(f)), Retention: s.stage.LogDays, RemovalPolicy: s.removal(),
		})
		role := awsiam.NewRole(s.Stack, str(id+"Role"), &awsiam.RoleProps{
			Description: str("What " + f.Name() + " may do"),
			AssumedBy:   awsiam.NewServicePrincipal(str("lambda.amazonaws.com"), nil),
		})
		s.grant(role, f)
		s.functions[f.Name()] = awslambda.NewFunction(s.Stack, str(id+"Function"), &awslambda.FunctionProps{
			FunctionName: str(s.names.function(f)),
			Description:  str("Tierkeep: " + f.Main()),
			Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
			Architecture: awslambda.Architecture_ARM_64(),
			Handler:      str("bootstrap"),
			Code:         awslambda.Code_FromAsset(str(filepath.Join(s.zips, f.Zip())), nil),
			MemorySize:   num(f.MemoryMB * s.stage.MemoryFactor),
			Timeout:      awscdk.Duration_Seconds(num(f.Timeout.Seconds())),
			Environment:  s.environment(f),
			Role:         role,
			LogGroup:     logs,
			Tracing:      tracing,
		})
	}
}

// environment is the variables that the function is told.
func (s *stack) environment(f functions.Function) *map[string]*string {
	all := map[string]func() *string{
		functions.Stage:         func() *string { return str(s.stage.Name) },
		functions.Tracing:       func() *string { return str(strconv.FormatBool(s.stage.Tracing)) },
		functions.Table:         func() *string { return str(s.names.table()) },
		functions.QueueURL:      s.names.queueURL,
		functions.WorkflowARN:   func() *string { return s.names.machineARN("{machine}") },
		functions.ScheduleGroup: func() *string { return str(s.names.timers()) },
		functions.ScheduleRole:  func() *string { return s.timerRole },
		functions.SecretPrefix:  func() *string { return str(s.names.secrets()) },
		functions.OriginKeyOf:   func() *string { return str(s.stage.OriginKeyOf) },
		functions.MailFrom:      func() *string { return str(s.stage.MailFrom) },
		functions.WakeEndpoint:  s.socketStage.CallbackUrl,
		functions.WakeURL:       s.socketStage.Url,
		functions.Portal:        s.portal,
	}
	told := map[string]*string{}
	for _, name := range f.Variables() {
		told[name] = all[name]()
	}
	return &told
}

// functionID is the function's logical name: "AccountsHttp".
func functionID(f functions.Function) string { return pascal(f.Name()) }

func pascal(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
