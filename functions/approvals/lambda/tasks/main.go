// Command tasks is the Lambda function behind the states of the approval's machine.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/shared/clock"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	workflowaws "github.com/tierkeep/tierkeep/shared/port/workflow/aws"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
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
	onaws.Start(f, workflowaws.Handler(f.Log, a.ApprovalsTask()))
}
