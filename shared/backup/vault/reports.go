package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tierkeep/tierkeep/shared/backup/driver"
)

// Reports returns what was recorded behind a cursor, the oldest first. Of something that changed several times only the
// newest state is left. A cursor that this vault cannot have given, because it is another's or because the vault was put
// back to an earlier state, is driver.ErrInvalid: what came since would be passed over.
func (v *Vault) Reports(ctx context.Context, cursor string, limit int) (driver.Reports, error) {
	if limit < 1 {
		return driver.Reports{}, fmt.Errorf("%w: a page of no entries", driver.ErrInvalid)
	}
	after, err := v.position(ctx, cursor)
	if err != nil {
		return driver.Reports{}, err
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

func (v *Vault) position(ctx context.Context, cursor string) (after int64, err error) {
	if cursor == "" {
		return 0, nil
	}
	var last int64
	if err := v.db.QueryRowContext(ctx, `SELECT last FROM sequence`).Scan(&last); err != nil {
		return 0, fmt.Errorf("read records: %w", err)
	}
	if after, err = strconv.ParseInt(cursor, 10, 64); err != nil || after < 0 || after > last {
		return 0, fmt.Errorf("%w: a cursor of another server", driver.ErrInvalid)
	}
	return after, nil
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
