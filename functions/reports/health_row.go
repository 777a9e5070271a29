package reports

import (
	"context"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/functions/accounts"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// owner is an account with what its rows need.
type owner struct {
	accounts.Account
	zone *time.Location
}

func ownerOf(a accounts.Account) owner { return owner{a, Zone(a)} }

// tries is how often a lost race is run again.
const tries = 16

// changeHealth writes an account's health row together with other rows. Everything that is decided about an account passes
// here, so that of two deciding at a time the second sees what the first wrote: a lost race is run again.
func (s *Service) changeHealth(ctx context.Context, o owner, rule func(*Health) (rows store.Write, changed bool, err error)) error {
	for try := 0; ; try++ {
		h, err := s.Reader.Health(ctx, o.Seller, o.ID)
		if err != nil {
			return err
		}
		h.Customer, h.Server = o.Customer, o.Server
		w, changed, err := rule(&h)
		if err != nil || !changed {
			return err
		}
		put, err := h.put(o.Seller)
		if err != nil {
			return err
		}
		w.Puts = append(w.Puts, put)
		err = s.Reader.Rows.AtomicWrite(ctx, w)
		if store.Failed(err) && try < tries {
			continue
		}
		if err != nil {
			return fmt.Errorf("write health of %s: %w", o.ID, err)
		}
		return nil
	}
}
