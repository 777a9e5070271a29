package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
	"github.com/tierkeep/tierkeep/shared/port/store"
	"github.com/tierkeep/tierkeep/shared/problem"
	"github.com/tierkeep/tierkeep/shared/tenant"
)

// The records. Jobs, events and samples are kept in the words in which they travel.
type (
	jobRecord struct {
		Job         driver.Job         `json:"job"` // without its log
		Seller      tenant.ID          `json:"seller"`
		Customer    tenant.ID          `json:"customer"`
		Server      string             `json:"server"`
		AccountName string             `json:"account_name"`
		DeviceName  string             `json:"device_name"`
		Type        driver.AccountType `json:"type"`
		Set         string             `json:"set,omitempty"`
		Truncated   bool               `json:"truncated,omitempty"`
	}
	unmetRecord struct {
		Seller      tenant.ID        `json:"seller"`
		Customer    tenant.ID        `json:"customer"`
		Account     string           `json:"account"`
		AccountName string           `json:"account_name"`
		Server      string           `json:"server"`
		Device      string           `json:"device"`
		Set         string           `json:"set"`
		SetName     string           `json:"set_name"`
		DueAt       time.Time        `json:"due_at"`
		Grace       time.Duration    `json:"grace"`
		DecidedAt   time.Time        `json:"decided_at"`
		State       ExpectationState `json:"state"`
		Why         Why              `json:"why,omitempty"`
	}
	healthRecord struct {
		Customer  tenant.ID             `json:"customer"`
		Server    string                `json:"server"`
		LastGood  time.Time             `json:"last_good,omitzero"`
		LastSeen  time.Time             `json:"last_seen,omitzero"`
		Kept      map[string]keptRecord `json:"kept,omitempty"` // by device
		Sets      map[string]setRecord  `json:"sets,omitempty"`
		Events    []driver.AccountEvent `json:"events,omitempty"`
		Undecided time.Time             `json:"undecided,omitzero"`
	}
	keptRecord struct {
		Bytes int64     `json:"bytes"`
		At    time.Time `json:"at"`
	}
	setRecord struct {
		Device string    `json:"device"`
		Word   Word      `json:"word"`
		Reason string    `json:"reason,omitempty"`
		At     time.Time `json:"at,omitzero"`
		Job    string    `json:"job,omitempty"`
		Days   strip     `json:"days"`
	}
)

// maxLog keeps a job's log within the store's limit of one row.
const maxLog = 300 << 10

func itemOf(key store.Key, version int64, record any) (store.Item, error) {
	value, err := json.Marshal(record)
	if err != nil {
		return store.Item{}, fmt.Errorf("encode %s: %w", key.SK, err)
	}
	return store.Item{Key: key, Value: value, Version: version}, nil
}

// items returns a job's row and, where it has one, its log's. The job's version is its revision.
func (j Job) items() (row store.Item, log *store.Item, err error) {
	bare := j.Job
	bare.Log = nil
	lines, truncated, err := shorten(j.Log)
	if err != nil {
		return store.Item{}, nil, err
	}
	row, err = itemOf(jobKey(j.Seller, j.Account, j.ID), j.Revision, jobRecord{
		bare, j.Seller, j.Customer, j.Server, j.AccountName, j.DeviceName, j.Type, j.Set, truncated,
	})
	row.I1 = store.IndexKey{PK: of(j.Seller, "job"), SK: j.ID}
	row.I2 = store.IndexKey{PK: ofCustomer(j.Seller, j.Customer, "job"), SK: j.ID}
	row.ExpiresAt = j.StartedAt.Add(keepJobs)
	if len(j.Log) == 0 || err != nil {
		return row, nil, err
	}
	return row, &store.Item{Key: logKey(j.Seller, j.Account, j.ID), Value: lines, Version: j.Revision, ExpiresAt: j.StartedAt.Add(keepLogs)}, nil
}

// shorten cuts a log to what fits, keeping its end, which tells why a job ended as it did.
func shorten(log []driver.LogLine) (value []byte, truncated bool, err error) {
	for from := 0; ; from += (len(log) - from + 3) / 4 {
		value, err = json.Marshal(log[from:])
		if err != nil || len(value) <= maxLog {
			return value, from > 0, err
		}
	}
}

func readJob(i store.Item) (Job, error) {
	var r jobRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Job{}, fmt.Errorf("decode job %s: %w", i.SK, err)
	}
	return Job{r.Job, r.Seller, r.Customer, r.Server, r.AccountName, r.DeviceName, r.Type, r.Set, r.Truncated}, nil
}

func (e Expectation) item() (store.Item, error) {
	key := unmetKey(e)
	i, err := itemOf(key, 1, unmetRecord(e))
	i.I1 = store.IndexKey{PK: of(e.Seller, "unmet"), SK: key.SK}
	i.I2 = store.IndexKey{PK: ofCustomer(e.Seller, e.Customer, "unmet"), SK: key.SK}
	i.ExpiresAt = e.DueAt.Add(keepJobs)
	return i, err
}

func readExpectation(i store.Item) (Expectation, error) {
	var r unmetRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Expectation{}, fmt.Errorf("decode expectation %s: %w", i.SK, err)
	}
	return Expectation(r), nil
}

// put returns the put of a changed health row over the version it was read with.
func (h Health) put(seller tenant.ID) (store.Put, error) {
	r := healthRecord{h.Customer, h.Server, h.LastGood, h.LastSeen, map[string]keptRecord{}, map[string]setRecord{}, h.Events, h.Undecided}
	for device, k := range h.Kept {
		r.Kept[device] = keptRecord(k)
	}
	for set, s := range h.Sets {
		r.Sets[set] = setRecord(s)
	}
	i, err := itemOf(healthKey(seller, h.Account), h.Version+1, r)
	i.I1 = store.IndexKey{PK: ofCustomer(seller, h.Customer, "health"), SK: h.Account}
	condition := store.VersionIs(h.Version)
	if h.Version == 0 {
		condition = store.Absent
	}
	return store.Put{Item: i, If: condition}, err
}

func readHealth(i store.Item) (Health, error) {
	var r healthRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Health{}, fmt.Errorf("decode health of %s: %w", i.SK, err)
	}
	h := noHealth(i.SK)
	h.Customer, h.Server, h.LastGood, h.LastSeen = r.Customer, r.Server, r.LastGood, r.LastSeen
	h.Events, h.Undecided, h.Version = r.Events, r.Undecided, i.Version
	for device, k := range r.Kept {
		h.Kept[device] = Kept(k)
	}
	for set, s := range r.Sets {
		h.Sets[set] = SetHealth(s)
	}
	return h, nil
}

func noHealth(account string) Health {
	return Health{Account: account, Kept: map[string]Kept{}, Sets: map[string]SetHealth{}}
}

// Reader reads for other features. It asks for no rights.
type Reader struct{ Rows store.Store }

// Health returns an account's row; an empty one where nothing was reported yet.
func (r Reader) Health(ctx context.Context, seller tenant.ID, account string) (Health, error) {
	i, err := r.Rows.Get(ctx, healthKey(seller, account))
	if errors.Is(err, store.ErrNotFound) {
		return noHealth(account), nil
	}
	if err != nil {
		return Health{}, fmt.Errorf("read health of %s: %w", account, err)
	}
	return readHealth(i)
}

// Healths returns the rows of all accounts of a seller, or of one customer, by account.
func (r Reader) Healths(ctx context.Context, seller, customer tenant.ID) (map[string]Health, error) {
	q := store.Query{PK: of(seller, "health"), Limit: store.MaxPage}
	if customer != "" {
		q.Index, q.PK = store.First, ofCustomer(seller, customer, "health")
	}
	all := map[string]Health{}
	err := each(ctx, r.Rows, q, func(i store.Item) error {
		h, err := readHealth(i)
		all[h.Account] = h
		return err
	})
	return all, err
}

// each calls f with every row of a query.
func each(ctx context.Context, rows store.Store, q store.Query, f func(store.Item) error) error {
	for {
		page, err := rows.Query(ctx, q)
		if err != nil {
			return fmt.Errorf("read %s: %w", q.PK, err)
		}
		for _, i := range page.Items {
			if err := f(i); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
	}
}

// job finds a seller's job by its identifier alone, or fails with not_found. It reads an index, which may lag.
func (r Reader) job(ctx context.Context, seller tenant.ID, job string) (Job, error) {
	if !id.Valid(id.Job, job) {
		return Job{}, problem.New(problem.NotFound, "")
	}
	page, err := r.Rows.Query(ctx, store.Query{Index: store.First, PK: of(seller, "job"), Range: store.Range{From: job, To: job}})
	if err != nil {
		return Job{}, fmt.Errorf("find job %s: %w", job, err)
	}
	if len(page.Items) == 0 {
		return Job{}, problem.New(problem.NotFound, "")
	}
	return readJob(page.Items[0])
}

// jobOf reads an account's job as it was written last.
func (r Reader) jobOf(ctx context.Context, seller tenant.ID, account, job string) (j Job, found bool, err error) {
	i, err := r.Rows.Get(ctx, jobKey(seller, account, job))
	if errors.Is(err, store.ErrNotFound) {
		return Job{}, false, nil
	}
	if err != nil {
		return Job{}, false, fmt.Errorf("read job %s: %w", job, err)
	}
	j, err = readJob(i)
	return j, true, err
}
