package main

import (
	"github.com/tierkeep/tierkeep/cmd/assemble/onaws"
	"github.com/tierkeep/tierkeep/cmd/tierkeep-agent/agentrun"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/shared/config"
)

// configs are the Config structs of the programs, in the order in which the page shows them.
var configs = []any{platform.Config{}, agentrun.Config{}}

const onAWSIntro = `
## On AWS

The functions are told by ` + "`infra`" + `, each what it uses (` + "`infra/functions`" + `). What has a default here is told by nobody until it is added there.

`

const configurationIntro = `# Configuration

Everything is set by environment variables, read once at the start. None is needed: the defaults run the whole platform on one
machine. A variable that is set but empty counts as not set; one that begins with ` + "`TIERKEEP_`" + ` and is not listed here is refused,
since it is most likely misspelt. All that is wrong is reported together, by name and without repeating a value.

A duration is written like ` + "`90s`, `15m` or `24h`" + `, a size like ` + "`512B`, `4MB` (of 1000) or `10GiB`" + ` (of 1024).

This page is generated from the Config structs (` + "`make generate`" + `).

`

func configurationPage() ([]byte, error) {
	table, err := config.Table(configs...)
	if err != nil {
		return nil, err
	}
	onAWS, err := config.Table(onaws.Groups...)
	if err != nil {
		return nil, err
	}
	return []byte(configurationIntro + table + onAWSIntro + onAWS), nil
}
