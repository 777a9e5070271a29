package onaws

import (
	"log/slog"
	"net/url"
	"time"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/functions/approvals"
)

// The groups of which a function's Config is made: one for each thing that a function may use. What must be set,
// infra/functions sets for the functions that use it.
type (
	// Base is what every function is told.
	Base struct {
		Stage    string     `env:"TIERKEEP_STAGE" required:"true" doc:"The stage that this function belongs to, such as dev."`
		Tracing  bool       `env:"TIERKEEP_TRACING" doc:"Trace requests with X-Ray."`
		LogLevel slog.Level `env:"TIERKEEP_LOG" default:"info" doc:"What functions log: debug, info, warn or error, and what is worse."`
	}

	// Table is where rows are kept.
	Table struct {
		TableName string `env:"TIERKEEP_TABLE" required:"true" doc:"The name of the table."`
	}

	// Queues are the consumers' queues.
	Queues struct {
		QueueURL string `env:"TIERKEEP_QUEUE_URL" required:"true" doc:"The address of a queue, with {queue} in place of its consumer."`
	}

	// Timers are what lets messages be sent at a time, to the queues.
	Timers struct {
		ScheduleGroup string `env:"TIERKEEP_SCHEDULE_GROUP" required:"true" doc:"The group in which timers are kept."`
		ScheduleRole  string `env:"TIERKEEP_SCHEDULE_ROLE" required:"true" doc:"The ARN of the role with which timers send."`
	}

	// Workflows are the state machines.
	Workflows struct {
		WorkflowARN string `env:"TIERKEEP_WORKFLOW_ARN" required:"true" doc:"The ARN of a state machine, with {machine} in place of its workflow."`
	}

	// Secrets are what only the platform knows.
	Secrets struct {
		SecretPrefix string `env:"TIERKEEP_SECRET_PREFIX" required:"true" doc:"What the names of all secrets begin with."`
		OriginKeyOf  string `env:"TIERKEEP_ORIGIN_KEY_OF" doc:"When the key between CloudFront and the API was exchanged. Nobody reads it: a function whose settings change starts anew, and reads the new key."`
	}

	// Mail is how mails are sent.
	Mail struct {
		MailFrom string `env:"TIERKEEP_MAIL_FROM" required:"true" doc:"The sender of mails."`
	}

	// Hints is where hints are handed over to the agents' WebSocket.
	Hints struct {
		WakeEndpoint string `env:"TIERKEEP_WAKE_ENDPOINT" required:"true" doc:"Where hints for agents are handed over, https."`
	}

	// WakeURL is where agents wait for hints.
	WakeURL struct {
		WakeAddress string `env:"TIERKEEP_WAKE_URL" required:"true" doc:"Where agents wait for hints, wss."`
	}

	// Portal is where people find the platform.
	Portal struct {
		PortalAddress string `env:"TIERKEEP_PORTAL" required:"true" doc:"The portal's address as people know it; brands stand below its host."`
	}

	// Waits is how long approvals wait, and how old who decides about them must be. Every function that knows of approvals
	// is told the same.
	Waits struct {
		RemindAfter time.Duration `env:"TIERKEEP_REMIND_AFTER" default:"24h" doc:"After how long those are reminded who are to decide about an approval."`
		ExpireAfter time.Duration `env:"TIERKEEP_EXPIRE_AFTER" default:"168h" doc:"After how long an approval expires that nobody decided."`
		DeciderAge  time.Duration `env:"TIERKEEP_DECIDER_AGE" default:"72h" doc:"How old user, role, password and second factor of a person are at least who decides."`
		TrashKept   time.Duration `env:"TIERKEEP_TRASH_KEPT" default:"720h" doc:"How long a deleted account can be restored from its server's trash; at most a year."`
	}

	// Sessions is how long people stay signed in.
	Sessions struct {
		SessionIdle    time.Duration `env:"TIERKEEP_SESSION_IDLE" default:"12h" doc:"How long an unused session lives."`
		SessionLongest time.Duration `env:"TIERKEEP_SESSION_LONGEST" default:"168h" doc:"How long any session lives."`
	}
)

// Groups is all of them, for the page that documents them.
var Groups = []any{
	Base{}, Table{}, Queues{}, Timers{}, Workflows{}, Secrets{}, Mail{}, Hints{}, WakeURL{}, Portal{}, Waits{}, Sessions{},
}

// Settings are the features' settings of a platform whose portal stands here. Brands have their hosts below the portal's.
func (p Portal) Settings() assemble.Settings {
	s := assemble.Settings{Portal: p.PortalAddress}
	if u, err := url.Parse(p.PortalAddress); err == nil { // an address that is none is told by whoever needs it
		s.Brands = u.Hostname()
	}
	return s
}

// WithSessions puts how long people stay signed in into the settings.
func (s Sessions) WithSessions(settings assemble.Settings) assemble.Settings {
	settings.SessionIdle, settings.SessionLongest = s.SessionIdle, s.SessionLongest
	return settings
}

// WithWakeURL puts where agents wait into the settings. All are told the same address: the WebSocket is an API of its own with a host
// of its own.
func (w WakeURL) WithWakeURL(settings assemble.Settings) assemble.Settings {
	settings.WakeURL = func(string, bool) string { return w.WakeAddress }
	return settings
}

// WithWaits puts how long is waited into the settings.
func (w Waits) WithWaits(settings assemble.Settings) assemble.Settings {
	settings.Approvals = approvals.Settings{RemindAfter: w.RemindAfter, ExpireAfter: w.ExpireAfter, DeciderAge: w.DeciderAge}
	settings.TrashKept = w.TrashKept
	return settings
}

// WithMail puts the sender of mails into the settings.
func (m Mail) WithMail(settings assemble.Settings) assemble.Settings {
	settings.MailFrom = m.MailFrom
	return settings
}
