// Package web makes the HTTP handlers of features out of an assembly: one function for each feature, and All for a main that
// answers everything. As in assemble, a main links what it calls.
package web

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	accountsapi "github.com/tierkeep/tierkeep/functions/accounts/api"
	approvalsapi "github.com/tierkeep/tierkeep/functions/approvals/api"
	brandingapi "github.com/tierkeep/tierkeep/functions/branding/api"
	identityapi "github.com/tierkeep/tierkeep/functions/identity/api"
	notificationsapi "github.com/tierkeep/tierkeep/functions/notifications/api"
	operationsapi "github.com/tierkeep/tierkeep/functions/operations/api"
	overviewapi "github.com/tierkeep/tierkeep/functions/overview/api"
	reportsapi "github.com/tierkeep/tierkeep/functions/reports/api"
	serversapi "github.com/tierkeep/tierkeep/functions/servers/api"
	"github.com/tierkeep/tierkeep/functions/servers/api/agentkeys"
	tenancyapi "github.com/tierkeep/tierkeep/functions/tenancy/api"
	"github.com/tierkeep/tierkeep/shared/ratelimit"
	"github.com/tierkeep/tierkeep/shared/web/rest"
)

// The brakes: generous for people and scripts, tight enough that one caller cannot fill the machine.
var (
	callerLimit  = ratelimit.Limit{Burst: 600, Every: 20 * time.Millisecond}
	addressLimit = ratelimit.Limit{Burst: 1000, Every: 20 * time.Millisecond}
)

const brakedAtMost = 10_000

// Deps is what answering needs, one for all features of a main: the brakes count across them.
func Deps(a *assemble.Assembly) rest.Deps {
	now := a.Ports.Clock
	return rest.Deps{
		Authenticator: identityapi.Authenticator{Service: a.Identity()}, Agents: agentkeys.Keys{Reader: a.ServerRows()},
		Store: a.Ports.Store, Clock: now, Log: a.Log,
		Callers:   ratelimit.New(now, callerLimit, brakedAtMost),
		Addresses: ratelimit.New(now, addressLimit, brakedAtMost),
	}
}

// All makes the handler of every feature. With the zero value of rest.Deps they are good for the document alone.
func All(a *assemble.Assembly, d rest.Deps) map[string]*rest.Feature {
	return map[string]*rest.Feature{
		"tenancy":    Tenancy(a, d),
		"identity":   Identity(a, d),
		"branding":   Branding(a, d),
		"servers":    Servers(a, d),
		"operations": Operations(a, d),
		"accounts":   Accounts(a, d),
		"approvals":  Approvals(a, d),
		"reports":    Reports(a, d),
		"overview":   Overview(a, d),

		"notifications": Notifications(a, d),
	}
}

// Tenancy answers for the tree of tenants.
func Tenancy(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("tenancy", func(api huma.API) { tenancyapi.Register(api, a.Tenancy()) }, d)
}

// Identity answers for people, sessions and keys.
func Identity(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("identity", func(api huma.API) { identityapi.Register(api, a.Identity()) }, d)
}

// Branding answers for brands.
func Branding(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("branding", func(api huma.API) { brandingapi.Register(api, a.Branding()) }, d)
}

// Servers answers for backup servers and their agents.
func Servers(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("servers", func(api huma.API) { serversapi.Register(api, a.Servers()) }, d)
}

// Operations answers for what servers are asked to do.
func Operations(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("operations", func(api huma.API) { operationsapi.Register(api, a.Operations()) }, d)
}

// Accounts answers for backup accounts.
func Accounts(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("accounts", func(api huma.API) { accountsapi.Register(api, a.Accounts()) }, d)
}

// Approvals answers for what a second person decides.
func Approvals(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("approvals", func(api huma.API) { approvalsapi.Register(api, a.Approvals()) }, d)
}

// Reports answers for jobs, usage and health.
func Reports(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("reports", func(api huma.API) { reportsapi.Register(api, a.Reports()) }, d)
}

// Overview answers for what is read across features.
func Overview(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("overview", func(api huma.API) { overviewapi.Register(api, a.Overview()) }, d)
}

// Notifications answers for the outbox, on a machine that keeps mails instead of sending them.
func Notifications(a *assemble.Assembly, d rest.Deps) *rest.Feature {
	return rest.Handler("notifications", func(api huma.API) { notificationsapi.Register(api, a.Notifications()) }, d)
}
