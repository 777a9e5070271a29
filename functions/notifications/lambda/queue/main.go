// Command queue is the Lambda function of the notifications feature's queue: it tells people what happened.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	mailaws "github.com/tierkeep/tierkeep/shared/port/mail/aws"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
		onaws.Queues
		onaws.Mail
		onaws.Portal
	}
	f := onaws.Begin(&c, &c.Base)
	ports := assemble.Ports{
		Store: storeaws.New(f.AWS, c.TableName, clock.System{}),
		Mail:  mailaws.New(f.AWS),
		Clock: clock.System{},
	}
	a, err := assemble.New(ports, c.WithMail(c.Settings()), f.Log)
	f.Must(err)
	onaws.Start(f, publishlambda.Queue(events.Notifications, a.NotificationsConsumer(), queueaws.New(f.AWS, c.QueueURL), f.Log))
}
