package vault

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver
)

const schema = `
CREATE TABLE IF NOT EXISTS accounts (
	account TEXT PRIMARY KEY, generation INTEGER NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL, quota INTEGER NOT NULL,
	trashed INTEGER NOT NULL DEFAULT 0 -- 1: in the trash, 2: purged
) STRICT;
CREATE TABLE IF NOT EXISTS devices (
	device TEXT PRIMARY KEY, account TEXT NOT NULL, login TEXT NOT NULL UNIQUE, hash BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS records ( -- what is to be reported: each newer state moves to the end
	kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, sequence INTEGER NOT NULL UNIQUE, at INTEGER NOT NULL,
	PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX IF NOT EXISTS records_at ON records (at);
CREATE TABLE IF NOT EXISTS sequence (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO sequence (only, last) VALUES (1, 0);
CREATE TABLE IF NOT EXISTS open_jobs (job TEXT PRIMARY KEY, device TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS purges ( -- kept for good: under which approval data were deleted
	account TEXT PRIMARY KEY, generation INTEGER NOT NULL, approval TEXT NOT NULL, folder TEXT NOT NULL, at INTEGER NOT NULL,
	burnt INTEGER NOT NULL DEFAULT 0 -- 1: nothing of the folder is left
) STRICT;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;`

// recordsKept is how long a record can be asked for: long enough for a platform that was away for weeks.
const recordsKept = 60 * 24 * time.Hour

type database struct{ *sql.DB }

func openDatabase(path string) (*database, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the vault's database: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the vault's database: %w", err), db.Close())
	}
	return &database{db}, nil
}

func (db *database) close() error { return db.Close() }

// write runs do in one transaction.
func (db *database) write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write the vault's database: %w", err)
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write the vault's database: %w", err)
	}
	return nil
}

// The kinds of records.
const (
	jobRecord   = "job"
	eventRecord = "event"
	usageRecord = "usage"
)

// record puts the newest state of something at the end of what is to be reported.
func record(ctx context.Context, tx *sql.Tx, kind, id string, body any, now time.Time) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("record %s %s: %w", kind, id, err)
	}
	var sequence int64
	if err := tx.QueryRowContext(ctx, `UPDATE sequence SET last = last + 1 RETURNING last`).Scan(&sequence); err != nil {
		return fmt.Errorf("record %s %s: %w", kind, id, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO records (kind, id, body, sequence, at) VALUES (?, ?, ?, ?, ?)`,
		kind, id, b, sequence, now.Unix())
	if err != nil {
		return fmt.Errorf("record %s %s: %w", kind, id, err)
	}
	return nil
}

func (db *database) prune(ctx context.Context, before time.Time) error {
	if _, err := db.ExecContext(ctx, `DELETE FROM records WHERE at < ?`, before.Unix()); err != nil {
		return fmt.Errorf("forget old records: %w", err)
	}
	return nil
}
