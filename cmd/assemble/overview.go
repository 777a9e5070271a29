package assemble

import "github.com/tierkeep/tierkeep/functions/overview"

// Overview makes the service of what is read across features.
func (a *Assembly) Overview() *overview.Service {
	return &overview.Service{
		Guard: a.guard, Store: a.Ports.Store, Clock: a.Ports.Clock, Tenants: a.tenants, Accounts: a.accountRows(),
		Reports: a.reportRows(), Servers: a.ServerRows(), Operations: a.operationRows(), Approvals: a.approvalRows(),
	}
}
