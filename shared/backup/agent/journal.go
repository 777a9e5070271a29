package agent

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver of the journal's file
)

// Journal is the agent's memory across restarts: results that the platform has not taken yet, how far reports came, and
// what was put aside because the platform refused it. Everything acknowledged is on disk.
type Journal struct{ db *sql.DB }

// OpenJournal opens the journal in the agent's folder, making it where there is none.
func OpenJournal(folder string) (*Journal, error) {
	dsn := "file:" + (&url.URL{Path: filepath.Join(folder, "journal.db")}).EscapedPath() +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	db.SetMaxOpenConns(1)
	const schema = `
		CREATE TABLE IF NOT EXISTS results (
			tenant TEXT NOT NULL, operation TEXT NOT NULL, attempt INTEGER NOT NULL, body BLOB NOT NULL,
			at INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (operation, attempt)
		) STRICT;
		CREATE TABLE IF NOT EXISTS claims (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
		CREATE TABLE IF NOT EXISTS cursors (server TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT;
		CREATE TABLE IF NOT EXISTS quarantine (
			server TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, reason TEXT NOT NULL,
			at INTEGER NOT NULL, PRIMARY KEY (server, kind, id)
		) STRICT;`
	if _, err := db.Exec(schema); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the journal: %w", err), db.Close())
	}
	return &Journal{db}, nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.db.Close() }

// written is a result as the journal keeps it.
type written struct {
	tenant, operation string
	result            resultRequest
}

// write keeps a result until the platform has taken it, and what was done for good measure after that.
func (j *Journal) write(ctx context.Context, w written, now time.Time) error {
	body, err := json.Marshal(w.result)
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx,
		`INSERT OR REPLACE INTO results (tenant, operation, attempt, body, at) VALUES (?, ?, ?, ?, ?)`,
		w.tenant, w.operation, w.result.Attempt, body, now.Unix())
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// taken notes that the platform has the result, or never wants it.
func (j *Journal) taken(ctx context.Context, w written) error {
	_, err := j.db.ExecContext(ctx, `UPDATE results SET taken = 1 WHERE operation = ? AND attempt = ?`, w.operation, w.result.Attempt)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// pending returns the results that the platform has not taken, the oldest first.
func (j *Journal) pending(ctx context.Context) ([]written, error) {
	return j.results(ctx, `SELECT tenant, operation, body FROM results WHERE taken = 0 ORDER BY at, operation`)
}

// done returns an earlier attempt of the operation that went well, from which a repeat is answered.
func (j *Journal) done(ctx context.Context, operation string) (resultRequest, bool, error) {
	all, err := j.results(ctx, `SELECT tenant, operation, body FROM results WHERE operation = ? ORDER BY attempt DESC`, operation)
	for _, w := range all {
		if w.result.Outcome == Done {
			return w.result, true, nil
		}
	}
	return resultRequest{}, false, err
}

func (j *Journal) results(ctx context.Context, query string, args ...any) ([]written, error) {
	rows, err := j.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []written
	for rows.Next() {
		var w written
		var body []byte
		if err := rows.Scan(&w.tenant, &w.operation, &body); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		if err := json.Unmarshal(body, &w.result); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		all = append(all, w)
	}
	return all, rows.Err()
}

// forget drops results that the platform took before the given instant.
func (j *Journal) forget(ctx context.Context, before time.Time) error {
	_, err := j.db.ExecContext(ctx, `DELETE FROM results WHERE taken = 1 AND at < ?`, before.Unix())
	return err
}

// beginClaim remembers a claim before it is made, so that what it brings can be taken up after a crash.
func (j *Journal) beginClaim(ctx context.Context, claim string, now time.Time) error {
	if _, err := j.db.ExecContext(ctx, `INSERT OR REPLACE INTO claims (id, at) VALUES (?, ?)`, claim, now.Unix()); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// endClaim forgets a claim of which nothing is left to do.
func (j *Journal) endClaim(ctx context.Context, claim string) error {
	_, err := j.db.ExecContext(ctx, `DELETE FROM claims WHERE id = ?`, claim)
	return err
}

// openClaims returns the claims that did not end, the oldest first, and forgets those made before the given instant.
func (j *Journal) openClaims(ctx context.Context, since time.Time) ([]string, error) {
	if _, err := j.db.ExecContext(ctx, `DELETE FROM claims WHERE at < ?`, since.Unix()); err != nil {
		return nil, fmt.Errorf("write the journal: %w", err)
	}
	rows, err := j.db.QueryContext(ctx, `SELECT id FROM claims ORDER BY at, id`)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var claim string
		if err := rows.Scan(&claim); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		all = append(all, claim)
	}
	return all, rows.Err()
}

// cursor is how far a server's reports were taken by the platform; "" at the beginning.
func (j *Journal) cursor(ctx context.Context, server string) (string, error) {
	var c string
	err := j.db.QueryRowContext(ctx, `SELECT cursor FROM cursors WHERE server = ?`, server).Scan(&c)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return c, err
}

func (j *Journal) moveCursor(ctx context.Context, server, cursor string) error {
	_, err := j.db.ExecContext(ctx, `INSERT OR REPLACE INTO cursors (server, cursor) VALUES (?, ?)`, server, cursor)
	return err
}

// putAside keeps an entry that the platform refused, so that it stops nothing and can be looked at.
func (j *Journal) putAside(ctx context.Context, server, kind, id string, body any, reason string, now time.Time) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = j.db.ExecContext(ctx,
		`INSERT OR REPLACE INTO quarantine (server, kind, id, body, reason, at) VALUES (?, ?, ?, ?, ?, ?)`,
		server, kind, id, b, reason, now.Unix())
	return err
}

// quarantined is how many entries were put aside.
func (j *Journal) quarantined(ctx context.Context) (int, error) {
	var n int
	err := j.db.QueryRowContext(ctx, `SELECT count(*) FROM quarantine`).Scan(&n)
	return n, err
}
