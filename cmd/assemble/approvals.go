package assemble

import (
	"context"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/functions/identity"
	"github.com/tierkeep/tierkeep/shared/port/workflow"
	"github.com/tierkeep/tierkeep/shared/publish"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

func (a *Assembly) approvalRows() approvals.Reader { return approvals.Reader{Rows: a.Ports.Store} }

// Approvals makes the service of what a second person decides.
func (a *Assembly) Approvals() *approvals.Service {
	return &approvals.Service{
		Guard: a.guard, Reader: a.approvalRows(), Changes: a.changes, Clock: a.Ports.Clock, Settings: a.Settings.Approvals,
		People:   people{identity.Reader{Rows: a.Ports.Store}},
		Losses:   accounts.Losses{Accounts: a.accountRows(), Usage: usage{a.reportRows()}, Kept: a.Settings.TrashKept},
		Machines: a.Ports.Workflow,
	}
}

// approvalDesk makes approvals for other features.
func (a *Assembly) approvalDesk() approvals.Desk {
	return approvals.Desk{Reader: a.approvalRows(), Directory: a.directory, Clock: a.Ports.Clock, Settings: a.Settings.Approvals}
}

// ApprovalsConsumer starts the machine of what is asked for, and tells it what was decided.
func (a *Assembly) ApprovalsConsumer() publish.Handler { return a.Approvals().Consume }

// ApprovalsTask carries out what the machine asks for.
func (a *Assembly) ApprovalsTask() workflow.Task { return a.Approvals().Task }

// people tells who had a hand in a person's being able to decide.
type people struct{ identity identity.Reader }

// DeciderFacts implements approvals.People.
func (p people) DeciderFacts(ctx context.Context, home tenant.ID, user string) (approvals.Facts, error) {
	f, err := p.identity.DeciderFacts(ctx, home, user)
	return approvals.Facts{
		MadeBy: f.UserMadeBy, RoleBy: f.RoleSetBy, FactorBy: f.FactorSetBy, PasswordBy: f.PasswordSetBy, Youngest: f.YoungestChange,
	}, err
}
