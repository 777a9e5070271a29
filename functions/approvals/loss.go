package approvals

import (
	"context"
	"time"

	"github.com/tierkeep/tierkeep/shared/tenant"
)

// Loss is what would be gone, told before anybody decides.
type Loss struct {
	Account    string       `json:"account"` // its name
	Devices    []LossDevice `json:"devices"`
	UsedBytes  int64        `json:"used_bytes"`
	QuotaBytes int64        `json:"quota_bytes,omitempty"` // what the quota would be: nothing new is taken until that much or less is used; 0: it stays
	Sets       int          `json:"sets"`                  // backup sets that back up by a schedule
	LastBackup time.Time    `json:"last_backup,omitzero"`  // the end of the latest good one; zero: none is known
	Retention  int          `json:"retention_days"`        // for how long it could still be restored; 0: gone at once
	Until      time.Time    `json:"until,omitzero"`        // of what is in the trash: until when it could have been restored
	Gone       bool         `json:"gone,omitempty"`        // there is nothing left that could be lost
}

// LossDevice is one machine whose backups would be gone.
type LossDevice struct {
	Name  string `json:"name"`
	Login string `json:"login"`
}

// Losses tells what would be gone as it is now. The feature whose objects are at stake answers.
type Losses interface {
	Loss(ctx context.Context, kind Kind, seller tenant.ID, account string) (Loss, error)
}

// masked is the loss as homes above a seller that hides its customers see it: accounts and devices are named after people and
// machines, so that their logins stand for them.
func (l Loss) masked() Loss {
	l.Account = ""
	devices := make([]LossDevice, 0, len(l.Devices))
	for i, d := range l.Devices {
		if i == 0 {
			l.Account = d.Login
		}
		devices = append(devices, LossDevice{d.Login, d.Login})
	}
	l.Devices = devices
	return l
}
