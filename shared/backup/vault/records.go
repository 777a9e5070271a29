package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// keepJobs writes down the jobs of a device that changed: ended ones at once, running ones when they were last written
// longer ago than the given time. A used-space sample follows each job that ended.
func (v *Vault) keepJobs(ctx context.Context, d *device, now time.Time, atMost time.Duration) error {
	var due []*openJob
	for _, j := range d.jobs.open {
		if j.dirty && now.Sub(j.writtenAt) >= atMost {
			due = append(due, j)
		}
	}
	ended := d.jobs.ended
	if len(due)+len(ended) == 0 {
		return nil
	}
	err := v.db.write(ctx, func(tx *sql.Tx) error {
		for _, j := range append(due[:len(due):len(due)], ended...) {
			next := j.Job
			next.Revision++
			if err := record(ctx, tx, jobRecord, j.Job.ID, next, now); err != nil {
				return err
			}
		}
		for _, j := range due {
			kept := *j
			kept.Job.Revision++
			body, err := json.Marshal(kept)
			if err != nil {
				return fmt.Errorf("keep job %s: %w", j.Job.ID, err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO open_jobs (job, device, body) VALUES (?, ?, ?)`, j.Job.ID, d.id, body); err != nil {
				return fmt.Errorf("keep job %s: %w", j.Job.ID, err)
			}
		}
		for _, j := range ended {
			if _, err := tx.ExecContext(ctx, `DELETE FROM open_jobs WHERE job = ?`, j.Job.ID); err != nil {
				return fmt.Errorf("end job %s: %w", j.Job.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, j := range append(due, ended...) {
		j.Job.Revision++
		j.dirty, j.writtenAt = false, now
	}
	d.jobs.ended = nil
	if len(ended) > 0 {
		d.sampled = "" // what a job changed is told at once
		return v.sample(ctx, d, now)
	}
	return nil
}

// sample records how much a device uses, once an hour and after each job.
func (v *Vault) sample(ctx context.Context, d *device, now time.Time) error {
	hour := now.UTC().Truncate(time.Hour).Format(time.RFC3339)
	if d.sampled == hour {
		return nil
	}
	u := driver.Usage{Account: d.account.id, Device: d.id, At: now.UTC(), Bytes: d.used, Files: d.files}
	err := v.db.write(ctx, func(tx *sql.Tx) error { return record(ctx, tx, usageRecord, d.id+" "+hour, u, now) })
	if err == nil {
		d.sampled = hour
	}
	return err
}

// eventKey is what refusals are merged by.
type eventKey struct {
	account string
	kind    driver.EventKind
	address string
	minute  int64
}

// refuse records that a client of an account was turned away.
func (v *Vault) refuse(ctx context.Context, d *device, kind driver.EventKind, address string) error {
	now := v.config.Clock.Now()
	key := eventKey{d.account.id, kind, address, now.Unix() / 60}
	event := driver.AccountEvent{
		ID: v.events[key], Account: d.account.id, Device: d.id, Kind: kind, First: now, Last: now, Address: address,
	}
	if event.ID == "" {
		event.ID = id.New(id.AccountEvent, now)
		v.events[key] = event.ID
	}
	return v.db.write(ctx, func(tx *sql.Tx) error {
		var body []byte
		err := tx.QueryRowContext(ctx, `SELECT body FROM records WHERE kind = ? AND id = ?`, eventRecord, event.ID).Scan(&body)
		if err == nil {
			if err := json.Unmarshal(body, &event); err != nil {
				return fmt.Errorf("read event %s: %w", event.ID, err)
			}
		}
		event.Count++
		event.Revision++
		event.Last = now
		return record(ctx, tx, eventRecord, event.ID, event, now)
	})
}

// countUnknown counts a login that nobody has: it belongs to no account, so it is no account's event.
func (v *Vault) countUnknown(ctx context.Context) error {
	_, err := v.db.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ('unknown_logins', 1)
		ON CONFLICT (name) DO UPDATE SET value = value + 1`)
	return err
}

func (v *Vault) forgetRefusals(now time.Time) {
	for key := range v.events {
		if key.minute < now.Unix()/60 {
			delete(v.events, key)
		}
	}
	for key, b := range v.brakes {
		if b.until.Before(now.Add(-brakeWindow)) && b.first.Before(now.Add(-brakeWindow)) {
			delete(v.brakes, key)
		}
	}
	for key, until := range v.known {
		if !until.After(now) {
			delete(v.known, key)
		}
	}
}

// Reports returns what was recorded behind a cursor, the oldest first. Of something that changed several times only the
// newest state is left.
func (v *Vault) Reports(ctx context.Context, cursor string, limit int) (driver.Reports, error) {
	var after int64
	if cursor != "" {
		var err error
		if after, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return driver.Reports{}, fmt.Errorf("%w: a cursor of another server", driver.ErrInvalid)
		}
	}
	rows, err := v.db.QueryContext(ctx, `SELECT kind, body, sequence FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?`, after, limit+1)
	if err != nil {
		return driver.Reports{}, fmt.Errorf("read records: %w", err)
	}
	defer func() { _ = rows.Close() }()
	r := driver.Reports{}
	for n := 0; rows.Next(); n++ {
		if n == limit {
			r.More = true
			break
		}
		var kind string
		var body []byte
		if err := rows.Scan(&kind, &body, &after); err != nil {
			return driver.Reports{}, fmt.Errorf("read records: %w", err)
		}
		if err := add(&r, kind, body); err != nil {
			return driver.Reports{}, err
		}
	}
	r.Next = strconv.FormatInt(after, 10)
	return r, rows.Err()
}

func add(r *driver.Reports, kind string, body []byte) (err error) {
	switch kind {
	case jobRecord:
		r.Jobs, err = with(r.Jobs, body)
	case eventRecord:
		r.Events, err = with(r.Events, body)
	case usageRecord:
		r.Usage, err = with(r.Usage, body)
	}
	return err
}

func with[E any](all []E, body []byte) ([]E, error) {
	var e E
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	return append(all, e), nil
}
