package main

import (
	"github.com/tierkeep/tierkeep/cmd/tierkeep-agent/agentrun"
	"github.com/tierkeep/tierkeep/cmd/tierkeep/platform"
	"github.com/tierkeep/tierkeep/shared/config"
)

// configs are the Config structs of all mains, in the order in which the page shows them.
var configs = []any{platform.Config{}, agentrun.Config{}}

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
	return []byte(configurationIntro + table), nil
}
