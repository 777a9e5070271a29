// Package agentrun puts an agent together on the machine of a backup server: its identity, its vault, its drivers. It wires
// and holds no rule.
package agentrun

import (
	"log/slog"
	"time"
)

// Config is everything that an operator may set of an agent.
type Config struct {
	Data             string        `env:"TIERKEEP_AGENT_DATA" default:".agent" doc:"The agent's folder: identity, journal, and the vault's data."`
	VaultAddr        string        `env:"TIERKEEP_VAULT_ADDR" default:"127.0.0.1:8082" doc:"Where the agent's own vault listens."`
	InterruptedAfter time.Duration `env:"TIERKEEP_VAULT_INTERRUPTED_AFTER" default:"11m" doc:"How long a client may give no sign of life before its job counts as interrupted."`
	ReportEvery      time.Duration `env:"TIERKEEP_REPORT_EVERY" default:"2s" doc:"How often the agent sends what its servers recorded."`
	LogLevel         slog.Level    `env:"TIERKEEP_AGENT_LOG" default:"warn" doc:"What the agent logs: debug, info, warn or error, and what is worse."`
}
