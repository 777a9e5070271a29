package aws

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// movesOn tells whether a write does nothing but move one row from one version to a later one. Such a write cannot happen
// twice, so it needs no transaction, which costs double. Any other write could: a put if absent, sent again, would bring back
// a row that was deleted meanwhile, and a delete would remove the row of somebody else.
func movesOn(w store.Write) (store.Put, bool) {
	if len(w.Puts) != 1 || len(w.Deletes)+len(w.Checks) > 0 || w.Token != "" {
		return store.Put{}, false
	}
	_, _, version := w.Puts[0].If.Wants()
	return w.Puts[0], version != nil && *version < w.Puts[0].Item.Version
}

// moveOn puts one row with the id of this write in it. Sent again after a lost reply it may meet itself, which the id tells.
func (s *Store) moveOn(ctx context.Context, move store.Put) error {
	id := make([]byte, writeIDBytes)
	_, _ = rand.Read(id) // never fails
	put := s.put(move, s.now())
	put.Item[attrWriteID] = &types.AttributeValueMemberB{Value: id}
	in := &dynamodb.PutItemInput{
		TableName: put.TableName, Item: put.Item, ConditionExpression: put.ConditionExpression,
		ExpressionAttributeNames: put.ExpressionAttributeNames, ExpressionAttributeValues: put.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	p := &patience{}
	_, err := send(ctx, p, s.client.PutItem, in)
	failed := new(types.ConditionalCheckFailedException)
	if !errors.As(err, &failed) {
		return err
	}
	stands := row(failed.Item)
	if stood, ok := stands[attrWriteID].(*types.AttributeValueMemberB); ok && bytes.Equal(stood.Value, id) {
		return nil
	}
	if p.doubts > 0 && !stands.isBefore(move.Item.Version) {
		return store.ErrUnknown // it came too late, or was carried out and replaced
	}
	return &store.ConditionError{Key: move.Item.Key}
}

// isBefore tells that a row never was at the version: versions only grow. Of one that is gone nobody can tell.
func (r row) isBefore(version int64) bool {
	at, err := r.integer(attrVersion)
	return err == nil && at < version
}
