// Command queue is the Lambda function of the operations feature's queue: the dispatcher.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/clock"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	secretaws "github.com/tierkeep/tierkeep/shared/port/secret/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	wakeaws "github.com/tierkeep/tierkeep/shared/port/wake/aws"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
		onaws.Queues
		onaws.Secrets
		onaws.Hints
	}
	f := onaws.Begin(&c, &c.Base)
	rows := storeaws.New(f.AWS, c.TableName, clock.System{})
	connections := wakeaws.Connections{Rows: rows, Clock: clock.System{}}
	ports := assemble.Ports{
		Store:   rows,
		Secrets: secretaws.New(f.AWS, c.SecretPrefix),
		Waker:   wakeaws.New(f.AWS, c.WakeEndpoint, connections, f.Log),
		Clock:   clock.System{},
	}
	a, err := assemble.New(ports, assemble.Settings{}, f.Log)
	f.Must(err)
	onaws.Start(f, publishlambda.Queue(events.Operations, a.OperationsConsumer(), queueaws.New(f.AWS, c.QueueURL), f.Log))
}
