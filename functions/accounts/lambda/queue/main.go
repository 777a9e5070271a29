// Command queue is the Lambda function of the accounts feature's queue.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	scheduleaws "github.com/tierkeep/tierkeep/shared/port/schedule/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
		onaws.Queues
		onaws.Timers
		onaws.Portal
		onaws.Waits
	}
	f := onaws.Begin(&c, &c.Base)
	queues := queueaws.New(f.AWS, c.QueueURL)
	timers := scheduleaws.Config{Group: c.ScheduleGroup, RoleARN: c.ScheduleRole, QueueURL: c.QueueURL}
	ports := assemble.Ports{
		Store:    storeaws.New(f.AWS, c.TableName, clock.System{}),
		Schedule: scheduleaws.New(f.AWS, timers, queues, clock.System{}),
		Clock:    clock.System{},
	}
	a, err := assemble.New(ports, c.WithWaits(c.Settings()), f.Log)
	f.Must(err)
	onaws.Start(f, publishlambda.Queue(events.Accounts, a.AccountsConsumer(), queues, f.Log))
}
