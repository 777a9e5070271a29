package accounts

import (
	"context"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/functions/approvals"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Losses tells what would be gone with an account, for those who decide.
type Losses struct {
	Accounts Reader
	Usage    Usage
	Kept     time.Duration // as Service.Kept
}

// Loss implements approvals.Losses.
func (l Losses) Loss(ctx context.Context, kind approvals.Kind, seller tenant.ID, account string) (approvals.Loss, error) {
	a, err := l.Accounts.Get(ctx, seller, account)
	if err != nil {
		return approvals.Loss{}, err
	}
	return l.of(ctx, kind, a)
}

func (l Losses) of(ctx context.Context, kind approvals.Kind, a Account) (approvals.Loss, error) {
	used, err := l.Usage.Used(ctx, a.Seller, a.ID)
	if err != nil {
		return approvals.Loss{}, fmt.Errorf("how much account %s keeps: %w", a.ID, err)
	}
	last, err := l.Usage.LastGood(ctx, a.Seller, a.ID)
	if err != nil {
		return approvals.Loss{}, fmt.Errorf("when account %s backed up: %w", a.ID, err)
	}
	loss := approvals.Loss{
		Account: a.Name, UsedBytes: max(used, a.UsedBytes), LastBackup: last, Until: a.Removal.Until, Gone: a.Removal.Stage == Purged,
	}
	if kind == approvals.CutQuota {
		loss.QuotaBytes = a.Cut.QuotaBytes
	}
	if kind == approvals.DeleteAccount {
		loss.Retention = int(Retention(l.Kept) / (24 * time.Hour))
	}
	for _, d := range a.Devices {
		loss.Devices = append(loss.Devices, approvals.LossDevice{Name: d.Name, Login: d.Login})
		for _, set := range d.Sets {
			if set.Plan.Every != "none" {
				loss.Sets++
			}
		}
	}
	return loss, nil
}

func (s *Service) losses() Losses { return Losses{s.Reader, s.Usage, s.Kept} }
