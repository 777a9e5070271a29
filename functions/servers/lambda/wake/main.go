// Command wake is the Lambda function of the WebSocket at which agents wait for hints: it lets them in and out.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/functions/servers"
	"github.com/tierkeep/tierkeep/functions/servers/api/agentkeys"
	"github.com/tierkeep/tierkeep/shared/clock"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
	wakeaws "github.com/tierkeep/tierkeep/shared/port/wake/aws"
	"github.com/tierkeep/tierkeep/shared/web/agentauth"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
		onaws.Hints
	}
	f := onaws.Begin(&c, &c.Base)
	rows := storeaws.New(f.AWS, c.TableName, clock.System{})
	connections := wakeaws.Connections{Rows: rows, Clock: clock.System{}}
	onaws.Start(f, wakeaws.Socket{
		Verifier:    agentauth.Verifier{Keys: agentkeys.Keys{Reader: servers.Reader{Rows: rows}}, Clock: clock.System{}},
		Connections: connections, Waker: wakeaws.New(f.AWS, c.WakeEndpoint, connections, f.Log), Log: f.Log,
	}.Handle)
}
