// Command stream is the Lambda function of the table's stream: it sends the events of change rows to their consumers' queues.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	queueaws "github.com/tierkeep/tierkeep/shared/port/queue/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	"github.com/tierkeep/tierkeep/shared/publish/publishlambda"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Queues
	}
	f := onaws.Begin(&c, &c.Base)
	onaws.Start(f, publishlambda.Stream(queueaws.New(f.AWS, c.QueueURL), storeaws.FeedItems))
}
