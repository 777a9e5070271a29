package branding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

type brandRecord struct {
	Product    string    `json:"product"`
	Company    string    `json:"company"`
	Slug       string    `json:"slug,omitempty"`
	Email      string    `json:"support_email,omitempty"`
	Phone      string    `json:"support_phone,omitempty"`
	Website    string    `json:"website,omitempty"`
	Accent     Colour    `json:"accent"`
	AccentDark Colour    `json:"accent_dark"`
	OnAccent   Colour    `json:"on_accent"`
	Nav        Colour    `json:"nav"`
	NavInk     Colour    `json:"nav_ink"`
	NavDark    Colour    `json:"nav_dark"`
	NavInkDark Colour    `json:"nav_ink_dark"`
	Radius     int       `json:"radius"`
	Font       Font      `json:"font,omitempty"`
	ChangedAt  time.Time `json:"changed_at"`
}

type imageRecord struct {
	SVG string `json:"svg"` // as sanitise wrote it
}

// Pictures are images that a brand has of its own, as SVG that was read and written anew; nil: none.
type Pictures map[Image][]byte

func (b Brand) record() brandRecord {
	t := b.Tokens
	return brandRecord{
		b.Product, b.Company, b.Slug, b.Support.Email, b.Support.Phone, b.Support.Website, t.Accent, t.AccentDark, t.OnAccent, t.Nav,
		t.NavInk, t.NavDark, t.NavInkDark, t.RadiusPixel, t.Font, b.ChangedAt,
	}
}

func (r brandRecord) brand(t tenant.ID, version int64) Brand {
	return Brand{
		t, r.Product, r.Company, r.Slug, Support{r.Email, r.Phone, r.Website},
		Tokens{r.Accent, r.AccentDark, r.OnAccent, r.Nav, r.NavInk, r.NavDark, r.NavInkDark, r.Radius, r.Font}, r.ChangedAt, version,
	}
}

// repository reads and writes brands.
type repository struct{ rows store.Store }

// get returns the tenant's own brand, and false where it has none.
func (r repository) get(ctx context.Context, t tenant.ID) (Brand, bool, error) {
	item, err := r.rows.Get(ctx, brandKey(t))
	if errors.Is(err, store.ErrNotFound) {
		return Brand{}, false, nil
	}
	if err != nil {
		return Brand{}, false, fmt.Errorf("read the brand of %s: %w", t, err)
	}
	var record brandRecord
	if err := json.Unmarshal(item.Value, &record); err != nil {
		return Brand{}, false, fmt.Errorf("decode the brand of %s: %w", t, err)
	}
	return record.brand(t, item.Version), true, nil
}

// picture returns an image of the tenant's own, or nil.
func (r repository) picture(ctx context.Context, t tenant.ID, i Image) ([]byte, error) {
	item, err := r.rows.Get(ctx, imageKey(t, i))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the %s of %s: %w", i, t, err)
	}
	var record imageRecord
	if err := json.Unmarshal(item.Value, &record); err != nil {
		return nil, fmt.Errorf("decode the %s of %s: %w", i, t, err)
	}
	return []byte(record.SVG), nil
}

func (r repository) pictures(ctx context.Context, t tenant.ID) (Pictures, error) {
	all := Pictures{}
	for _, i := range images {
		svg, err := r.picture(ctx, t, i)
		if err != nil {
			return nil, err
		}
		all[i] = svg
	}
	return all, nil
}

// put is the write of a brand over the version that was read, 0 where there is none, with all of its images.
func (b Brand) put(read int64, pictures Pictures) (store.Write, error) {
	value, err := json.Marshal(b.record())
	if err != nil {
		return store.Write{}, fmt.Errorf("encode the brand of %s: %w", b.Tenant, err)
	}
	is := store.Absent
	if read > 0 {
		is = store.VersionIs(read)
	}
	rows := store.Write{Puts: []store.Put{{
		Item: store.Item{Key: brandKey(b.Tenant), Value: value, Version: read + 1}, If: is,
	}}}
	for _, i := range images {
		if pictures[i] == nil {
			rows.Deletes = append(rows.Deletes, store.Delete{Key: imageKey(b.Tenant, i)})
			continue
		}
		value, err := json.Marshal(imageRecord{string(pictures[i])})
		if err != nil {
			return store.Write{}, fmt.Errorf("encode the %s of %s: %w", i, b.Tenant, err)
		}
		rows.Puts = append(rows.Puts, store.Put{Item: store.Item{Key: imageKey(b.Tenant, i), Value: value, Version: read + 1}})
	}
	return rows, nil
}
