// Package assemble puts the features together over ports. The platform on one machine and every Lambda function are made of
// the same pieces: what differs is the ports, and which pieces a main asks for. It wires and holds no rule.
//
// Each feature has a file with one method that makes its service, and methods for what else a main starts of it: its
// consumer, its task. A program that does not call such a method does not link the feature, so that a function carries its
// own feature only; nothing here may therefore list the methods in a variable or look at the Assembly by reflection. What
// answers HTTP stands in the package web, because a queue's function has no use for it.
//
// To add a feature: a file <feature>.go here, a line in Consumers where it consumes events, and a file in web.
package assemble

import (
	"context"
	"errors"
	"log/slog"
	"time"
	_ "time/tzdata" // people and schedules name time zones that a machine or a function may not have

	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/branding"
	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/functions/tenancy"
	"github.com/tierkeep/tierkeep/shared/authz"
	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/mail"
	"github.com/tierkeep/tierkeep/shared/port/schedule"
	"github.com/tierkeep/tierkeep/shared/port/secret"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/wake"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
)

// Ports is what features stand on. A main fills those that its features use.
type Ports struct {
	Store    store.Store
	Schedule schedule.Schedule
	Secrets  secret.Secrets
	Waker    wake.Waker
	Workflow workflow.Workflow
	Mail     mail.Sender
	Clock    clock.Clock
}

// Settings is what an operator may choose of the features. The zero value of each means its default.
type Settings struct {
	// Portal is the portal's address as people know it, such as https://portal.example.com. Features that tell addresses
	// or know hostnames need it.
	Portal string
	// Brands is the domain below which brands have their hosts; empty: localhost.
	Brands string

	SessionIdle    time.Duration
	SessionLongest time.Duration

	// Approvals is how long approvals wait, and how old deciders are.
	Approvals approvals.Settings
	// TrashKept is how long a deleted account can be restored.
	TrashKept time.Duration

	// MailFrom is the address that mails come from; empty: ExampleSender, which no server sends as.
	MailFrom string

	// WakeURL returns where an agent that knows the platform by this host is woken.
	WakeURL func(host string, secure bool) string
}

// Assembly makes features over one set of ports. Its methods are for a main to call while it starts, one after the other;
// what they return is safe for use from many sides.
type Assembly struct {
	Ports    Ports
	Settings Settings
	Log      *slog.Logger

	tenants   tenancy.Reader
	directory *tenancy.Directory
	guard     authz.Guard
	changes   change.Log
	hosts     *branding.Hosts // nil without Settings.Portal
	identity  *identity.Service
	key       signingKey
}

// ExampleSender is the address from which mails come that nobody sends.
const ExampleSender = "no-reply@tierkeep.example"

// New fails where the portal's address, the brands' domain or the sender of mails is none.
func New(ports Ports, s Settings, log *slog.Logger) (*Assembly, error) {
	tenants := tenancy.Reader{Rows: ports.Store}
	directory := tenancy.NewDirectory(tenants, ports.Clock)
	if s.MailFrom == "" {
		s.MailFrom = ExampleSender
	}
	if !mail.IsAddress(s.MailFrom) {
		return nil, errors.New("the sender of mails must be one plain e-mail address")
	}
	a := &Assembly{
		Ports: ports, Settings: s, Log: log, tenants: tenants, directory: directory, guard: authz.Guard{Directory: directory},
		changes: change.Log{Store: ports.Store, Clock: ports.Clock}, key: signingKey{secrets: ports.Secrets},
	}
	if s.Portal == "" {
		return a, nil
	}
	var err error
	a.hosts, err = branding.NewHosts(ports.Store, directory, tenants, s.Portal, s.Brands)
	return a, err
}

// knownHosts panics without a portal: a main that starts a feature which needs one, and does not ask the operator for it,
// is wrong at each start.
func (a *Assembly) knownHosts() *branding.Hosts {
	if a.hosts == nil {
		panic("assemble: this feature needs Settings.Portal")
	}
	return a.hosts
}

// Sign signs with the platform's own key.
func (a *Assembly) Sign(ctx context.Context, message []byte) ([]byte, error) {
	return a.key.sign(ctx, message)
}
