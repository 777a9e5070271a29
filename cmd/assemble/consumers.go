package assemble

import (
	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/publish"
)

// Consumers is who takes in which events, for a main that runs them all.
func (a *Assembly) Consumers() map[events.Consumer]publish.Handler {
	return map[events.Consumer]publish.Handler{
		events.Operations: a.OperationsConsumer(),
		events.Accounts:   a.AccountsConsumer(),
		events.Reports:    a.ReportsConsumer(),
		events.Approvals:  a.ApprovalsConsumer(),

		events.Notifications: a.NotificationsConsumer(),
	}
}
