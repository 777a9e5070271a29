package approvals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

type record struct {
	Kind       Kind        `json:"kind"`
	Account    string      `json:"account"`
	Customer   tenant.ID   `json:"customer"`
	Asker      Person      `json:"asker"`
	Reason     string      `json:"reason"`
	Deciders   []tenant.ID `json:"deciders"`
	Loss       Loss        `json:"loss"`
	State      State       `json:"state"`
	Decider    Person      `json:"decider,omitzero"`
	Answer     string      `json:"answer,omitempty"`
	AskedAt    time.Time   `json:"asked_at"`
	RemindAt   time.Time   `json:"remind_at"`
	RemindedAt time.Time   `json:"reminded_at,omitzero"`
	ExpiresAt  time.Time   `json:"expires_at"`
	EndedAt    time.Time   `json:"ended_at,omitzero"`
	Token      string      `json:"token,omitempty"`
	Trouble    string      `json:"trouble,omitempty"`
}

// place is what a decider tenant's row holds: where the approval stands.
type place struct {
	Seller tenant.ID `json:"seller"`
	Ends   time.Time `json:"ends"` // from then on nobody can decide
}

func (a Approval) item() (store.Item, error) {
	value, err := json.Marshal(record{
		a.Kind, a.Account, a.Customer, a.Asker, a.Reason, a.Deciders, a.Loss, a.State, a.Decider, a.Answer, a.AskedAt, a.RemindAt,
		a.RemindedAt, a.ExpiresAt, a.EndedAt, a.Token, a.Trouble,
	})
	if err != nil {
		return store.Item{}, fmt.Errorf("encode approval %s: %w", a.ID, err)
	}
	i := store.Item{Key: approvalKey(a.Seller, a.ID), Value: value, Version: a.Version}
	if !a.EndedAt.IsZero() {
		i.ExpiresAt = a.EndedAt.Add(keepEnded)
	}
	return i, nil
}

// replacement returns the put of a changed approval over the version it was read with.
func (a Approval) replacement() (store.Put, error) {
	was := a.Version
	a.Version++
	i, err := a.item()
	return store.Put{Item: i, If: store.VersionIs(was)}, err
}

// begun returns the rows of a new approval.
func (a Approval) begun() (store.Write, error) {
	i, err := a.item()
	if err != nil {
		return store.Write{}, err
	}
	w := store.Write{Puts: []store.Put{{Item: i, If: store.Absent}}}
	value, err := json.Marshal(place{a.Seller, a.ExpiresAt})
	if err != nil {
		return store.Write{}, fmt.Errorf("encode the place of approval %s: %w", a.ID, err)
	}
	for _, d := range a.Deciders {
		w.Puts = append(w.Puts, store.Put{Item: store.Item{Key: waitingKey(d, a.ID), Value: value, Version: 1}, If: store.Absent})
	}
	return w, nil
}

// over returns the rows of an approval that has just ended: nobody's decision is waited for any more.
func (a Approval) over() (store.Write, error) {
	put, err := a.replacement()
	if err != nil {
		return store.Write{}, err
	}
	w := store.Write{Puts: []store.Put{put}}
	value, err := json.Marshal(place{a.Seller, a.ExpiresAt})
	if err != nil {
		return store.Write{}, fmt.Errorf("encode the place of approval %s: %w", a.ID, err)
	}
	for _, d := range a.Deciders {
		w.Deletes = append(w.Deletes, store.Delete{Key: waitingKey(d, a.ID)})
		w.Puts = append(w.Puts, store.Put{Item: store.Item{
			Key: decidedKey(d, a.ID), Value: value, Version: 1, ExpiresAt: a.EndedAt.Add(keepEnded),
		}})
	}
	return w, nil
}

func read(seller tenant.ID, i store.Item) (Approval, error) {
	var r record
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Approval{}, fmt.Errorf("decode approval %s: %w", i.SK, err)
	}
	return Approval{
		i.SK, seller, r.Kind, r.Account, r.Customer, r.Asker, r.Reason, r.Deciders, r.Loss, r.State, r.Decider, r.Answer, r.AskedAt,
		r.RemindAt, r.RemindedAt, r.ExpiresAt, r.EndedAt, r.Token, r.Trouble, i.Version,
	}, nil
}

// Reader reads approvals for other features. It asks for no rights.
type Reader struct{ Rows store.Store }

// Get returns an approval of a seller, or a not_found problem.
func (r Reader) Get(ctx context.Context, seller tenant.ID, approval string) (Approval, error) {
	i, err := r.Rows.Get(ctx, approvalKey(seller, approval))
	if errors.Is(err, store.ErrNotFound) {
		return Approval{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Approval{}, fmt.Errorf("read approval %s: %w", approval, err)
	}
	return read(seller, i)
}

// MostCounted is how far Waits counts.
const MostCounted = 100

// Waits counts what waits for a tenant's decision now, up to MostCounted.
func (r Reader) Waits(ctx context.Context, decider tenant.ID, now time.Time) (n int, err error) {
	page, err := r.Rows.Query(ctx, store.Query{PK: waitingPartition(decider), Limit: MostCounted})
	if err != nil {
		return 0, fmt.Errorf("count what waits for %s: %w", decider, err)
	}
	for _, i := range page.Items {
		var p place
		if err := json.Unmarshal(i.Value, &p); err != nil {
			return 0, fmt.Errorf("decode the place of approval %s: %w", i.SK, err)
		}
		if now.Before(p.Ends) {
			n++
		}
	}
	return n, nil
}

// find returns an approval for whose decision a tenant is or was asked, or a not_found problem.
func (r Reader) find(ctx context.Context, decider tenant.ID, approval string) (Approval, error) {
	for _, key := range []store.Key{waitingKey(decider, approval), decidedKey(decider, approval)} {
		i, err := r.Rows.Get(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return Approval{}, fmt.Errorf("find approval %s: %w", approval, err)
		}
		return r.at(ctx, i)
	}
	return Approval{}, problem.New(problem.NotFound, "")
}

// at reads the approval to which a decider tenant's row leads.
func (r Reader) at(ctx context.Context, i store.Item) (Approval, error) {
	var p place
	if err := json.Unmarshal(i.Value, &p); err != nil {
		return Approval{}, fmt.Errorf("decode the place of approval %s: %w", i.SK, err)
	}
	return r.Get(ctx, p.Seller, i.SK)
}

// list returns one page of a partition, the newest first, each row read by load; what load does not find, or take, is left out.
func (r Reader) list(
	ctx context.Context, pk string, limit int, cursor string, load func(store.Item) (Approval, error), takes func(Approval) bool,
) ([]Approval, string, error) {
	all := make([]Approval, 0, limit)
	q := store.Query{PK: pk, Limit: limit, Cursor: cursor, Descending: true}
	page, err := store.Filtered(ctx, r.Rows, q, limit, func(i store.Item) (bool, error) {
		a, err := load(i)
		if problem.Has(err, problem.NotFound) {
			return false, nil
		}
		if err != nil || !takes(a) {
			return false, err
		}
		all = append(all, a)
		return true, nil
	})
	if errors.Is(err, store.ErrBadCursor) {
		return nil, "", problem.Wrap(err, problem.InvalidInput, "the cursor belongs to another list")
	}
	if err != nil {
		return nil, "", fmt.Errorf("list approvals: %w", err)
	}
	return all, page.Next, nil
}
