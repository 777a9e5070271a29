// Command queue is the Lambda function of the approvals feature's queue: it starts machines, and tells them what was decided.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	workflowaws "github.com/tierkeep/tierkeep/shared/port/workflow/aws"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
		onaws.Queues
		onaws.Workflows
		onaws.Waits
	}
	f := onaws.Begin(&c, &c.Base)
	machines, err := workflowaws.New(f.AWS, c.WorkflowARN)
	f.Must(err)
	ports := assemble.Ports{
		Store:    storeaws.New(f.AWS, c.TableName, clock.System{}),
		Workflow: machines,
		Clock:    clock.System{},
	}
	a, err := assemble.New(ports, c.WithWaits(assemble.Settings{}), f.Log)
	f.Must(err)
	onaws.Start(f, publishlambda.Queue(events.Approvals, a.ApprovalsConsumer(), queueaws.New(f.AWS, c.QueueURL), f.Log))
}
