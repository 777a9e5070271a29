// Command queue is the Lambda function of the accounts feature's queue.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
		onaws.Queues
		onaws.Portal
	}
	f := onaws.Begin(&c, &c.Base)
	a, err := assemble.New(assemble.Ports{
		Store: storeaws.New(f.AWS, c.TableName, clock.System{}), Clock: clock.System{},
	}, c.Settings(), f.Log)
	f.Must(err)
	onaws.Start(f, publishlambda.Queue(events.Accounts, a.AccountsConsumer(), queueaws.New(f.AWS, c.QueueURL), f.Log))
}
