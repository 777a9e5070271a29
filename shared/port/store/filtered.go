package store

import "context"

// maxLooked is how many rows Filtered looks at before it hands back what it has.
const maxLooked = 20_000

// Filtered reads one page of the rows that keep takes, in the order of the query: at most limit of them. It looks at a
// bounded number of rows, so that a page may hold fewer rows, or none, and still have a Next, as any page may.
func Filtered(ctx context.Context, s Store, q Query, limit int, keep func(Item) (bool, error)) (Page, error) {
	kept := make([]Item, 0, limit)
	for looked := 0; ; {
		q.Limit = min(limit-len(kept)+looked+1, MaxPage) // the more that was passed over, the more is read at once
		page, err := s.Query(ctx, q)
		if err != nil {
			return Page{}, err
		}
		for n, i := range page.Items {
			ok, err := keep(i)
			if err != nil {
				return Page{}, err
			}
			if !ok {
				continue
			}
			kept = append(kept, i)
			if len(kept) == limit && n < len(page.Items)-1 {
				return Page{Items: kept, Next: q.CursorBehind(i)}, nil
			}
		}
		looked += len(page.Items)
		if page.Next == "" || len(kept) == limit || looked >= maxLooked {
			return Page{Items: kept, Next: page.Next}, nil
		}
		q.Cursor = page.Next
	}
}
