// Command http is the Lambda function that answers for backup servers and their agents.
package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/cmd/assemble/web"
	"github.com/tierkeep/tierkeep/shared/clock"
	secretaws "github.com/tierkeep/tierkeep/shared/port/secret/aws"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

func main() {
	var c struct {
		onaws.Base
		onaws.Table
		onaws.Secrets
		onaws.Portal
		onaws.Sessions
		onaws.WakeURL
	}
	f := onaws.Begin(&c, &c.Base)
	ports := assemble.Ports{
		Store:   storeaws.New(f.AWS, c.TableName, clock.System{}),
		Secrets: secretaws.New(f.AWS, c.SecretPrefix),
		Clock:   clock.System{},
	}
	a, err := assemble.New(ports, c.WithWakeURL(c.WithSessions(c.Settings())), f.Log)
	f.Must(err)
	f.HTTP(web.Servers(a, web.Deps(a)), ports.Secrets)
}
