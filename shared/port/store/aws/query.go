package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// maxReads bounds the requests for one page, where most of what is read has expired.
const maxReads = 20

// Query returns the rows of one partition in the order of their sort key. DynamoDB counts what it looked at, not what it
// returns: expired rows that it has not deleted yet, and its own pages of 1 MB, would make short pages. The store reads on
// until the page is full, more at once each time.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Page, error) {
	if err := q.Validate(); err != nil {
		return store.Page{}, err
	}
	var from row
	if q.Cursor != "" {
		at, err := q.Begin()
		if err != nil {
			return store.Page{}, err
		}
		from = startOf(q, at)
	}
	if q.Range.To != "" && q.Range.From > q.Range.To {
		return store.Page{}, nil // which DynamoDB refuses
	}
	var page store.Page
	for reads, limit := 0, q.Limit; ; reads, limit = reads+1, min(2*limit, store.MaxPage) {
		out, err := s.read(ctx, q, from, limit)
		if err != nil {
			return store.Page{}, fmt.Errorf("query: %w", err)
		}
		for n, found := range out.Items {
			item, err := row(found).item()
			if err != nil {
				return store.Page{}, fmt.Errorf("query %s: %w", q.PK, err)
			}
			if page.Items = append(page.Items, item); len(page.Items) < q.Limit {
				continue
			}
			if n < len(out.Items)-1 || len(out.LastEvaluatedKey) > 0 {
				page.Next = q.CursorBehind(item)
			}
			return page, nil
		}
		if len(out.LastEvaluatedKey) == 0 {
			return page, nil
		}
		if from = out.LastEvaluatedKey; reads == maxReads {
			page.Next = q.CursorBehind(from.keys())
			return page, nil
		}
	}
}

// read asks for rows that have not expired, behind a start.
func (s *Store) read(ctx context.Context, q store.Query, from row, limit int) (*dynamodb.QueryOutput, error) {
	e := newExpression()
	in := &dynamodb.QueryInput{
		TableName: s.table, Limit: aws.Int32(int32(limit)), ExclusiveStartKey: from, ScanIndexForward: aws.Bool(!q.Descending),
		KeyConditionExpression: aws.String(e.within(q)), FilterExpression: aws.String(e.unexpired(s.now())),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
	}
	if q.Index == store.Table {
		in.ConsistentRead = aws.Bool(true)
	} else {
		in.IndexName = aws.String(indexNames[q.Index])
	}
	return send(ctx, &patience{}, s.client.Query, in)
}

// startOf is where DynamoDB goes on: the row's own key, and its place in the index.
func startOf(q store.Query, at store.Place) row {
	start := keyOf(store.Key{PK: at.PK, SK: at.SK})
	switch q.Index {
	case store.First:
		start[attrI1PK], start[attrI1SK] = text(q.PK), text(at.Sort)
	case store.Second:
		start[attrI2PK], start[attrI2SK] = text(q.PK), text(at.Sort)
	case store.Table:
	}
	return start
}
