package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/tierkeep/tierkeep/infra/functions"
)

// names is what everything of a stage is called. Names are ours and not made up by CloudFormation, so that operators find
// things, and so that a function can be told the address of what is made after it.
type names struct{ stage Stage }

func (n names) prefix() string { return "tierkeep-" + n.stage.Name + "-" }

func (n names) stack() string                        { return "tierkeep-" + n.stage.Name }
func (n names) table() string                        { return "tierkeep-" + n.stage.Name }
func (n names) function(f functions.Function) string { return n.prefix() + f.Name() }
func (n names) queue(consumer string) string         { return n.prefix() + consumer + ".fifo" }
func (n names) deadLetters(consumer string) string   { return n.prefix() + consumer + "-dead.fifo" }
func (n names) unpublished() string                  { return n.prefix() + "unpublished" }
func (n names) machine(workflow string) string       { return n.prefix() + workflow }
func (n names) timers() string                       { return "tierkeep-" + n.stage.Name }
func (n names) secret(name string) string            { return n.secrets() + name }
func (n names) secrets() string                      { return "tierkeep/" + n.stage.Name + "/" }
func (n names) configurationSet() string             { return "tierkeep-" + n.stage.Name }
func (n names) mailDomain() string {
	return n.stage.MailFrom[strings.LastIndex(n.stage.MailFrom, "@")+1:]
}
func (n names) alarm(what string) string         { return n.prefix() + what }
func (n names) logs(f functions.Function) string { return "/aws/lambda/" + n.function(f) }
func (n names) workflowLogs(workflow string) string {
	return "/aws/vendedlogs/states/" + n.machine(workflow)
}
func (n names) queueARN(consumer string) *string { return arn("sqs", n.queue(consumer)) }
func (n names) machineARN(workflow string) *string {
	return arn("states", "stateMachine:"+n.machine(workflow))
}
func (n names) executionARNs(workflow string) *string {
	return arn("states", "execution:"+n.machine(workflow)+":*")
}
func (n names) tableARN() *string  { return arn("dynamodb", "table/"+n.table()) }
func (n names) indexARNs() *string { return arn("dynamodb", "table/"+n.table()+"/index/*") }

// queueURL is the template of which functions make a queue's address.
func (n names) queueURL() *string {
	return sub("https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/" + n.queue("{queue}"))
}

// arn names a resource of this account and region.
func arn(service, resource string) *string {
	return sub(fmt.Sprintf("arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s", service, resource))
}

// sub fills in what is only known at the deployment.
func sub(text string) *string { return awscdk.Fn_Sub(str(text), nil) }
