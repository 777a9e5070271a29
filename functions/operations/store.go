package operations

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
	Tenant      tenant.ID       `json:"tenant"`
	Customer    tenant.ID       `json:"customer,omitempty"`
	Account     string          `json:"account"`
	AccountName string          `json:"account_name,omitempty"`
	Server      string          `json:"server"`
	ServerName  string          `json:"server_name,omitempty"`
	ServerOwner tenant.ID       `json:"server_owner"`
	Kind        Kind            `json:"kind"`
	Generation  int64           `json:"generation"`
	Spec        json.RawMessage `json:"spec"`
	Sealed      bool            `json:"sealed,omitempty"`
	State       State           `json:"state"`
	Attempt     int             `json:"attempt"`
	Lease       string          `json:"lease,omitempty"`
	ClaimableAt time.Time       `json:"claimable_at"`
	ResultID    string          `json:"result_id,omitempty"`
	Late        int             `json:"late,omitempty"`
	Code        string          `json:"code,omitempty"`
	Detail      string          `json:"detail,omitempty"`
	CreatedBy   string          `json:"created_by,omitempty"`
	CreatedAt   time.Time       `json:"created_at"`
	ClaimedAt   time.Time       `json:"claimed_at,omitzero"`
	EndedAt     time.Time       `json:"ended_at,omitzero"`
}

type laneRecord struct {
	Open    string   `json:"open,omitempty"`
	Waiting []string `json:"waiting,omitempty"`
}

func (o Operation) item() (store.Item, error) {
	value, err := json.Marshal(record{
		o.Tenant, o.Customer, o.Account, o.AccountName, o.Server, o.ServerName, o.ServerOwner, o.Kind, o.Generation, o.Spec, o.Sealed, o.State, o.Attempt, o.Lease,
		o.ClaimableAt, o.ResultID, o.Late, o.Code, o.Detail, o.CreatedBy, o.CreatedAt, o.ClaimedAt, o.EndedAt,
	})
	if err != nil {
		return store.Item{}, fmt.Errorf("encode operation %s: %w", o.ID, err)
	}
	i := store.Item{
		Key: operationKey(o.Tenant, o.ID), Value: value, Version: o.Version, I1: o.openKey(),
		I2: store.IndexKey{PK: accountPartition(o.Tenant, o.Account), SK: o.ID},
	}
	if o.State.Ended() {
		i.ExpiresAt = o.EndedAt.Add(keepEnded)
	}
	return i, nil
}

func read(i store.Item) (Operation, error) {
	var r record
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Operation{}, fmt.Errorf("decode operation %s: %w", i.SK, err)
	}
	return Operation{
		i.SK, r.Tenant, r.Customer, r.Account, r.AccountName, r.Server, r.ServerName, r.ServerOwner, r.Kind, r.Generation, r.Spec, r.Sealed, r.State, r.Attempt,
		r.Lease, r.ClaimableAt, r.ResultID, r.Late, r.Code, r.Detail, r.CreatedBy, r.CreatedAt, r.ClaimedAt, r.EndedAt, i.Version,
	}, nil
}

// replacement returns the put of a changed operation over the version it was read with.
func (o Operation) replacement() (store.Put, error) {
	was := o.Version
	o.Version++
	i, err := o.item()
	return store.Put{Item: i, If: store.VersionIs(was)}, err
}

// put returns the put of a changed lane over the version it was read with.
func (l lane) put(t tenant.ID, account string) (store.Put, error) {
	value, err := json.Marshal(laneRecord{l.open, l.waiting})
	if err != nil {
		return store.Put{}, fmt.Errorf("encode the lane of %s: %w", account, err)
	}
	condition := store.VersionIs(l.version)
	if l.version == 0 {
		condition = store.Absent
	}
	return store.Put{Item: store.Item{Key: laneKey(t, account), Value: value, Version: l.version + 1}, If: condition}, nil
}

func readLane(ctx context.Context, rows store.Store, t tenant.ID, account string) (lane, error) {
	i, err := rows.Get(ctx, laneKey(t, account))
	if errors.Is(err, store.ErrNotFound) {
		return lane{}, nil
	}
	if err != nil {
		return lane{}, fmt.Errorf("read the lane of %s: %w", account, err)
	}
	var r laneRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return lane{}, fmt.Errorf("decode the lane of %s: %w", account, err)
	}
	return lane{r.Open, r.Waiting, i.Version}, nil
}

// given is one lease that a claim got.
type given struct {
	Tenant    tenant.ID `json:"tenant"`
	Operation string    `json:"operation"`
	Lease     string    `json:"lease"`
}

// keepClaim is how long a claim's repeat brings the same leases: longer than any lease that was not extended.
const keepClaim = 10 * time.Minute

func claimRow(key store.Key, leased []Operation, now time.Time) (store.Item, error) {
	all := make([]given, 0, len(leased))
	for _, o := range leased {
		all = append(all, given{o.Tenant, o.ID, o.Lease})
	}
	value, err := json.Marshal(all)
	if err != nil {
		return store.Item{}, fmt.Errorf("encode a claim: %w", err)
	}
	return store.Item{Key: key, Value: value, Version: 1, ExpiresAt: now.Add(keepClaim)}, nil
}

func readClaim(ctx context.Context, rows store.Store, key store.Key) ([]given, bool, error) {
	i, err := rows.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read a claim: %w", err)
	}
	var all []given
	if err := json.Unmarshal(i.Value, &all); err != nil {
		return nil, false, fmt.Errorf("decode a claim: %w", err)
	}
	return all, true, nil
}

// Reader reads operations for other features. It asks for no rights.
type Reader struct{ Rows store.Store }

// Get returns an operation, or a not_found problem.
func (r Reader) Get(ctx context.Context, t tenant.ID, op string) (Operation, error) {
	i, err := r.Rows.Get(ctx, operationKey(t, op))
	if errors.Is(err, store.ErrNotFound) {
		return Operation{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Operation{}, fmt.Errorf("read operation %s: %w", op, err)
	}
	return read(i)
}

// Newest returns one page of a seller's operations, or of one account's, the newest first.
func (r Reader) Newest(ctx context.Context, t tenant.ID, account string, limit int, cursor string) ([]Operation, string, error) {
	q := store.Query{PK: partition(t), Limit: limit, Cursor: cursor, Descending: true}
	if account != "" {
		q.Index, q.PK = store.Second, accountPartition(t, account)
	}
	return r.list(ctx, q)
}

func (r Reader) list(ctx context.Context, q store.Query) ([]Operation, string, error) {
	page, err := r.Rows.Query(ctx, q)
	if err != nil {
		return nil, "", fmt.Errorf("list operations: %w", err)
	}
	all := make([]Operation, 0, len(page.Items))
	for _, i := range page.Items {
		o, err := read(i)
		if err != nil {
			return nil, "", err
		}
		all = append(all, o)
	}
	return all, page.Next, nil
}
