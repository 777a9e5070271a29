// Package aws is the adapter of shared/port/store for production: one table of DynamoDB with two indexes. The table is made
// elsewhere, with the keys pk and sk, the index "first" on i1pk and i1sk, the index "second" on i2pk and i2sk, all of them
// texts, whole rows in the indexes, and expiry by x.
package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Store implements store.Store. The changes of the feed come by the table's stream: see FeedItems.
type Store struct {
	client *dynamodb.Client
	table  *string
	clock  clock.Clock
}

// New returns the store over a table. The clock tells expiry. The store itself tries again what may be tried again, so the
// configuration's own retrying is not used.
func New(cfg aws.Config, table string, clock clock.Clock) *Store {
	client := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.APIOptions = append(o.APIOptions, limitAttempts) })
	return &Store{client: client, table: &table, clock: clock}
}

// Get returns the row, or store.ErrNotFound.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Item, error) {
	if key.Validate() != nil {
		return store.Item{}, store.ErrNotFound
	}
	out, err := send(ctx, &patience{}, s.client.GetItem, &dynamodb.GetItemInput{
		TableName: s.table, Key: keyOf(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return store.Item{}, fmt.Errorf("get: %w", err)
	}
	found := row(out.Item)
	if len(found) == 0 {
		return store.Item{}, store.ErrNotFound
	}
	item, err := found.item()
	if err != nil {
		return store.Item{}, fmt.Errorf("get %s %s: %w", key.PK, key.SK, err)
	}
	if !s.lives(item) {
		return store.Item{}, store.ErrNotFound
	}
	return item, nil
}

// now is the second that expiry is compared with.
func (s *Store) now() types.AttributeValue { return number(s.clock.Now().Unix()) }

func (s *Store) lives(i store.Item) bool {
	return i.ExpiresAt.IsZero() || i.ExpiresAt.After(s.clock.Now())
}
