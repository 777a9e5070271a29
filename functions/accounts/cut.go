package accounts

import (
	"context"

	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/shared/problem"
)

// Cut is a quota below what the account keeps, which a second person has not decided about yet. The zero value: none.
type Cut struct {
	Approval   string
	QuotaBytes int64
}

// cut asks a second person for a quota that is smaller than what is kept: nothing new would be taken then.
func (s *Service) cut(ctx context.Context, a *Account, quota int64, reason string, made *decision) error {
	if reason == "" {
		return problem.New(problem.ApprovalRequired, "the quota would be smaller than what is kept: say why, and a second person is asked")
	}
	if err := s.dropCut(ctx, a, made); err != nil {
		return err
	}
	loss, err := s.losses().of(ctx, approvals.CutQuota, *a)
	if err != nil {
		return err
	}
	loss.QuotaBytes = quota
	asked, err := s.Approvals.Request(ctx, approvals.Request{
		Kind: approvals.CutQuota, Seller: a.Seller, Account: a.ID, Customer: a.Customer, Reason: reason, Loss: loss,
	})
	if err != nil {
		return err
	}
	a.Cut = Cut{asked.Approval.ID, quota}
	made.rows, made.events = made.rows.Add(asked.Rows), append(made.events, asked.Events...)
	made.changed = append(made.changed, "cut")
	return nil
}

// dropCut takes back a cut that waits, because another quota is wanted now.
func (s *Service) dropCut(ctx context.Context, a *Account, made *decision) error {
	if a.Cut == (Cut{}) {
		return nil
	}
	if err := s.drop(ctx, *a, a.Cut.Approval, made); err != nil {
		return err
	}
	a.Cut = Cut{}
	made.changed = append(made.changed, "cut")
	return nil
}

// takeCut is the end of a cut that waited. One about an account that is on its way out meanwhile comes to nothing.
func (s *Service) takeCut(ctx context.Context, a *Account, approved bool) (decision, error) {
	made, quota, approval := decision{changed: []string{"cut"}}, a.Cut.QuotaBytes, a.Cut.Approval
	a.Cut = Cut{}
	if !approved || a.Removal.Away() {
		return made, nil
	}
	if err := s.Approvals.Approved(ctx, a.Seller, approval, approvals.CutQuota, a.ID); err != nil {
		return decision{}, err
	}
	a.QuotaBytes, made.tell, made.changed = quota, true, append(made.changed, "quota_bytes")
	return made, nil
}
