package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/events"
	"github.com/tierkeep/tierkeep/shared/backup/driver"
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
	expectationRecord struct {
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
		Why         string           `json:"why,omitempty"`
	}
	healthRecord struct {
		Customer  tenant.ID                    `json:"customer"`
		Server    string                       `json:"server"`
		LastGood  time.Time                    `json:"last_good,omitzero"`
		LastSeen  time.Time                    `json:"last_seen,omitzero"`
		UsedBytes map[string]int64             `json:"used_bytes,omitempty"`
		Days      map[string]map[string]string `json:"days,omitempty"`
		Sets      map[string]setRecord         `json:"sets,omitempty"`
		Events    []driver.AccountEvent        `json:"events,omitempty"`
	}
	setRecord struct {
		Device string    `json:"device"`
		Word   Word      `json:"word"`
		Reason string    `json:"reason,omitempty"`
		At     time.Time `json:"at"`
		Job    string    `json:"job,omitempty"`
	}
	planRecord struct {
		Account string          `json:"account"`
		Device  string          `json:"device"`
		Server  string          `json:"server"`
		Plan    events.Schedule `json:"plan"`
		NextDue time.Time       `json:"next_due,omitzero"`
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
	row, err = itemOf(jobKey(j.Seller, j.ID), j.Revision, jobRecord{
		bare, j.Seller, j.Customer, j.Server, j.AccountName, j.DeviceName, j.Type, j.Set, truncated,
	})
	row.I1 = store.IndexKey{PK: ofAccount(j.Seller, j.Account, "job"), SK: j.ID}
	row.I2 = store.IndexKey{PK: ofCustomer(j.Seller, j.Customer, "job"), SK: j.ID}
	row.ExpiresAt = j.StartedAt.Add(keepJobs)
	if len(j.Log) == 0 || err != nil {
		return row, nil, err
	}
	return row, &store.Item{Key: logKey(j.Seller, j.ID), Value: lines, Version: j.Revision, ExpiresAt: j.StartedAt.Add(keepLogs)}, nil
}

// shorten cuts a log to what fits, keeping its beginning.
func shorten(log []driver.LogLine) (value []byte, truncated bool, err error) {
	for n := len(log); ; n = n * 3 / 4 {
		value, err = json.Marshal(log[:n])
		if err != nil || len(value) <= maxLog {
			return value, n < len(log), err
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
	key := expectationKey(e)
	i, err := itemOf(key, 1, expectationRecord(e))
	i.I1 = store.IndexKey{PK: ofAccount(e.Seller, e.Account, "missed"), SK: key.SK}
	i.I2 = store.IndexKey{PK: ofCustomer(e.Seller, e.Customer, "missed"), SK: key.SK}
	i.ExpiresAt = e.DueAt.Add(keepJobs)
	return i, err
}

func readExpectation(i store.Item) (Expectation, error) {
	var r expectationRecord
	if err := json.Unmarshal(i.Value, &r); err != nil {
		return Expectation{}, fmt.Errorf("decode expectation %s: %w", i.SK, err)
	}
	return Expectation(r), nil
}

// put returns the put of a changed health row over the version it was read with.
func (h Health) put(seller tenant.ID) (store.Put, error) {
	r := healthRecord{h.Customer, h.Server, h.LastGood, h.LastSeen, h.UsedBytes, h.Days, map[string]setRecord{}, h.Events}
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
	h := Health{i.SK, r.Customer, r.Server, r.LastGood, r.LastSeen, r.UsedBytes, r.Days, map[string]SetHealth{}, r.Events, i.Version}
	for set, s := range r.Sets {
		h.Sets[set] = SetHealth(s)
	}
	return h, nil
}

// Reader reads for other features. It asks for no rights.
type Reader struct{ Rows store.Store }

// Health returns an account's row; an empty one where nothing was reported yet.
func (r Reader) Health(ctx context.Context, seller tenant.ID, account string) (Health, error) {
	i, err := r.Rows.Get(ctx, healthKey(seller, account))
	if errors.Is(err, store.ErrNotFound) {
		return Health{Account: account, Sets: map[string]SetHealth{}}, nil
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

func (r Reader) job(ctx context.Context, seller tenant.ID, job string) (Job, error) {
	i, err := r.Rows.Get(ctx, jobKey(seller, job))
	if errors.Is(err, store.ErrNotFound) {
		return Job{}, problem.New(problem.NotFound, "")
	}
	if err != nil {
		return Job{}, fmt.Errorf("read job %s: %w", job, err)
	}
	return readJob(i)
}
