package tenancy

import (
	"context"
	"errors"
	"fmt"

	"github.com/tierkeep/tierkeep/shared/change"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/port/store/lookup"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// ErrPlanted says that the platform has its root already.
var ErrPlanted = errors.New("the platform has a root already")

// PlantRoot creates the supplier, its direct sales and its first owner on an empty platform. It asks for no permission,
// because nobody exists who could have one: only the first start of the platform calls it.
func (s *Service) PlantRoot(ctx context.Context, p Profile, owner NewOwner) (root, direct Tenant, link string, err error) {
	now := s.Clock.Now()
	rootID := tenant.ID(id.New(id.Tenant, now))
	root = Tenant{
		ID: rootID, Root: rootID, Path: Path("").Child(newSegment()), Name: p.Name, Level: tenant.Supplier, Status: tenant.Active,
		Country: p.Country, TimeZone: p.TimeZone, Language: p.Language, Contact: p.Contact, CreatedAt: now, Version: 1,
	}
	direct = s.directSales(root)
	rows, err := root.creation()
	if err != nil {
		return Tenant{}, Tenant{}, "", err
	}
	below, err := direct.creation()
	if err != nil {
		return Tenant{}, Tenant{}, "", err
	}
	people, link, err := s.Owners.InviteOwner(ctx, root, owner.Name, owner.Email)
	if err != nil {
		return Tenant{}, Tenant{}, "", err
	}
	only := lookup.Item(lookup.Root, "platform", rootID, string(rootID))
	rows = rows.Add(below, people, store.Write{Puts: []store.Put{{Item: only, If: store.Absent}}})
	err = s.Changes.Commit(ctx, rows, change.Change{
		Tenant: rootID, Action: "platform.plant", Subject: string(rootID), Name: root.Name, After: root.audit(), Version: 1,
	})
	if store.FailedAt(err, only.Key) {
		return Tenant{}, Tenant{}, "", ErrPlanted
	}
	if err != nil {
		return Tenant{}, Tenant{}, "", fmt.Errorf("plant the root: %w", err)
	}
	return root, direct, link, nil
}
