package sqlite

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Query returns the rows of one partition in the order of their sort key.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Validate(); err != nil {
		return store.Page{}, err
	}
	statement, args, err := s.statement(q)
	if err != nil {
		return store.Page{}, err
	}
	rows, err := s.file.Reader().QueryContext(ctx, statement, args...)
	if err != nil {
		return store.Page{}, fmt.Errorf("query: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var page store.Page
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return store.Page{}, fmt.Errorf("query: %w", err)
		}
		page.Items = append(page.Items, item)
	}
	if err := rows.Err(); err != nil {
		return store.Page{}, fmt.Errorf("query: %w", err)
	}
	if len(page.Items) > q.Limit {
		page.Items = page.Items[:q.Limit]
		page.Next = q.CursorBehind(page.Items[q.Limit-1])
	}
	return page, nil
}

// statement asks for one row more than the page holds, to know whether there is a next one.
func (s *Store) statement(q store.Query) (string, []any, error) {
	pk, sk := "pk", "sk"
	if q.Index != store.Table {
		pk, sk = string(q.Index)+"pk", string(q.Index)+"sk"
	}
	where := []string{pk + " = ?", unexpired}
	args := []any{q.PK, s.clock.Now().Unix()}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.Range.Prefix != "" {
		add(sk+" >= ?", q.Range.Prefix)
		if end := behind(q.Range.Prefix); end != "" {
			add(sk+" < ?", end)
		}
	}
	if q.Range.From != "" {
		add(sk+" >= ?", q.Range.From)
	}
	if q.Range.To != "" {
		add(sk+" <= ?", q.Range.To)
	}
	order, beyond := "ASC", ">"
	if q.Descending {
		order, beyond = "DESC", "<"
	}
	if q.Cursor != "" {
		last, err := q.Begin()
		if err != nil {
			return "", nil, err
		}
		add(fmt.Sprintf("(%s, pk, sk) %s (?, ?, ?)", sk, beyond), last.Sort, last.PK, last.SK)
	}
	statement := fmt.Sprintf(`SELECT %[1]s FROM items WHERE %[2]s ORDER BY %[3]s %[4]s, pk %[4]s, sk %[4]s LIMIT ?`,
		columns, strings.Join(where, " AND "), sk, order)
	return statement, append(args, q.Limit+1), nil
}

// behind is the first text behind all that begin with the prefix; "" where there is none. Texts are compared byte by byte,
// which for UTF-8 is rune by rune.
func behind(prefix string) string {
	const beforeSurrogates, afterSurrogates = 0xD7FF, 0xE000
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune: // has no next: the one before it must grow
		case beforeSurrogates:
			return prefix + string(rune(afterSurrogates))
		default:
			return prefix + string(last+1)
		}
	}
	return ""
}
