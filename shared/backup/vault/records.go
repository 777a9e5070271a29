package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
	"github.com/tierkeep/tierkeep/shared/id"
)

// keep writes down, in one transaction, the jobs of devices that changed and the samples of used space that are due: ended
// jobs at once, running ones when they were last written at least that long ago.
func (v *Vault) keep(ctx context.Context, now time.Time, ago time.Duration, devices ...*device) error {
	var kept []*keeping
	for _, d := range devices {
		if k := keepingOf(d, now, ago); k != nil {
			kept = append(kept, k)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	err := v.db.write(ctx, func(tx *sql.Tx) error {
		for _, k := range kept {
			if err := k.write(ctx, tx, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err // nothing is marked as written, so the next time writes it
	}
	for _, k := range kept {
		k.written(now)
	}
	return nil
}

// keeping is what of a device is to be written down.
type keeping struct {
	device *device
	open   []*openJob
	ended  []*openJob
	gone   []string
	hour   string // of the sample that is due, or empty
}

func keepingOf(d *device, now time.Time, ago time.Duration) *keeping {
	k := &keeping{device: d, ended: d.jobs.ended, gone: d.jobs.gone}
	for _, j := range d.jobs.open {
		if j.dirty && now.Sub(j.writtenAt) >= ago {
			k.open = append(k.open, j)
		}
	}
	hour := now.UTC().Truncate(time.Hour).Format(time.RFC3339)
	// What a job changed is told at once; a device that never kept anything has nothing to tell.
	if len(k.ended) > 0 || d.sampled != hour && (d.files > 0 || d.sampled != "") {
		k.hour = hour
	}
	if len(k.open)+len(k.ended)+len(k.gone) == 0 && k.hour == "" {
		return nil
	}
	return k
}

func (k *keeping) write(ctx context.Context, tx *sql.Tx, now time.Time) error {
	for _, j := range k.open {
		next := *j
		if len(j.MayRefresh) == 0 {
			next.Job.Revision++
			if err := record(ctx, tx, jobRecord, j.Job.ID, next.Job, now); err != nil {
				return err
			}
		}
		body, err := json.Marshal(next)
		if err != nil {
			return fmt.Errorf("keep job %s: %w", j.Job.ID, err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO open_jobs (job, device, body) VALUES (?, ?, ?)`,
			j.Job.ID, k.device.id, body); err != nil {
			return fmt.Errorf("keep job %s: %w", j.Job.ID, err)
		}
	}
	over := k.gone
	for _, j := range k.ended {
		next := j.Job
		next.Revision++
		if err := record(ctx, tx, jobRecord, j.Job.ID, next, now); err != nil {
			return err
		}
		over = append(over[:len(over):len(over)], j.Job.ID)
	}
	for _, id := range over {
		if _, err := tx.ExecContext(ctx, `DELETE FROM open_jobs WHERE job = ?`, id); err != nil {
			return fmt.Errorf("end job %s: %w", id, err)
		}
	}
	if k.hour == "" {
		return nil
	}
	d := k.device
	sample := driver.Usage{Account: d.account.id, Device: d.id, At: now.UTC(), Bytes: d.used, Files: d.files}
	return record(ctx, tx, usageRecord, d.id+" "+k.hour, sample, now)
}

// written marks what the transaction wrote.
func (k *keeping) written(now time.Time) {
	for _, j := range k.open {
		if len(j.MayRefresh) == 0 {
			j.Job.Revision++
		}
		j.dirty, j.writtenAt = false, now
	}
	k.device.jobs.ended, k.device.jobs.gone = nil, nil
	if k.hour != "" {
		k.device.sampled = k.hour
	}
}

// refuse records that a client of an account was turned away. Refusals of one kind, account, address and minute are one
// event.
func (v *Vault) refuse(ctx context.Context, d *device, kind driver.EventKind, address string) error {
	now := v.config.Clock.Now()
	key := fmt.Sprintf("%s %s %d %s", d.account.id, kind, now.Unix()/60, address)
	return v.db.write(ctx, func(tx *sql.Tx) error {
		event := driver.AccountEvent{
			ID: id.New(id.AccountEvent, now), Account: d.account.id, Device: d.id, Kind: kind, First: now, Last: now, Address: address,
		}
		var body []byte
		err := tx.QueryRowContext(ctx, `SELECT body FROM records WHERE kind = ? AND id = ?`, eventRecord, key).Scan(&body)
		if err == nil {
			err = json.Unmarshal(body, &event)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read the event of %s: %w", key, err)
		}
		if event.Device != d.id {
			event.Device = "" // several of the account's
		}
		event.Count++
		event.Revision++
		event.Last = latest(event.Last, now)
		return record(ctx, tx, eventRecord, key, event, now)
	})
}

// countUnknown counts a login that nobody has: it belongs to no account, so it is no account's event.
func (v *Vault) countUnknown(ctx context.Context) error {
	_, err := v.db.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ('unknown_logins', 1)
		ON CONFLICT (name) DO UPDATE SET value = value + 1`)
	if err != nil {
		return fmt.Errorf("count an unknown login: %w", err)
	}
	return nil
}

// UnknownLogins returns how often a login was tried that nobody has.
func (v *Vault) UnknownLogins(ctx context.Context) (count int64, err error) {
	err = v.db.QueryRowContext(ctx, `SELECT value FROM counters WHERE name = 'unknown_logins'`).Scan(&count)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return count, err
}
