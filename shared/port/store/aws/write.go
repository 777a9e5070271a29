package aws

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

const (
	reasonNone      = "None"
	reasonCondition = "ConditionalCheckFailed"
)

// AtomicWrite carries out all actions or none.
func (s *Store) AtomicWrite(ctx context.Context, w store.Write) error {
	if err := w.Validate(); err != nil {
		return err
	}
	var err error
	if p, ok := movesOn(w); ok {
		err = s.moveOn(ctx, p)
	} else {
		err = s.transact(ctx, w)
	}
	if err != nil && !store.Failed(err) {
		return fmt.Errorf("write: %w", err)
	}
	return err
}

// transact writes by a transaction, which DynamoDB knows again when it is sent twice.
func (s *Store) transact(ctx context.Context, w store.Write) error {
	t, err := s.transaction(w)
	if err != nil {
		return err
	}
	in := &dynamodb.TransactWriteItemsInput{TransactItems: t.actions, ClientRequestToken: aws.String(rand.Text())}
	_, err = send(ctx, &patience{}, s.client.TransactWriteItems, in)
	if cancelled := new(types.TransactionCanceledException); errors.As(err, &cancelled) {
		return t.outcome(cancelled, err)
	}
	return err
}

// transaction is a write as DynamoDB takes it: puts, deletes, checks, and behind them the token's row.
type transaction struct {
	actions     []types.TransactWriteItem
	keys        []store.Key // of the actions
	fingerprint []byte      // what the token's row holds; nil without a token
}

func (s *Store) transaction(w store.Write) (*transaction, error) {
	t := &transaction{}
	now := s.now()
	for _, p := range w.Puts {
		put := s.put(p, now)
		t.add(p.Item.Key, types.TransactWriteItem{Put: put})
	}
	for _, d := range w.Deletes {
		e := newExpression()
		condition := orNil(e.condition(d.If, now))
		names, values := e.orNil()
		t.add(d.Key, types.TransactWriteItem{Delete: &types.Delete{
			TableName: s.table, Key: keyOf(d.Key), ConditionExpression: condition,
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}})
	}
	for _, c := range w.Checks {
		e := newExpression()
		condition := orNil(e.condition(c.If, now))
		names, values := e.orNil()
		t.add(c.Key, types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
			TableName: s.table, Key: keyOf(c.Key), ConditionExpression: condition,
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}})
	}
	if w.Token == "" {
		return t, nil
	}
	var err error
	if t.fingerprint, err = w.Fingerprint(); err != nil {
		return nil, err
	}
	t.add(tokenKey(w.Token), types.TransactWriteItem{Put: s.tokenRow(w.Token, t.fingerprint)})
	return t, nil
}

func (t *transaction) add(key store.Key, a types.TransactWriteItem) {
	t.keys, t.actions = append(t.keys, key), append(t.actions, a)
}

func (s *Store) put(p store.Put, now types.AttributeValue) *types.Put {
	e := newExpression()
	condition := orNil(e.condition(p.If, now))
	names, values := e.orNil()
	return &types.Put{
		TableName: s.table, Item: rowOf(p.Item), ConditionExpression: condition,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}
}

// outcome reads why a transaction was cancelled. Nil: it was carried out before, under its token.
func (t *transaction) outcome(cancelled *types.TransactionCanceledException, err error) error {
	reasons := cancelled.CancellationReasons
	if len(reasons) != len(t.actions) {
		return err
	}
	if last := reasons[len(reasons)-1]; t.fingerprint != nil && aws.ToString(last.Code) == reasonCondition {
		return t.sameAs(last.Item)
	}
	if n, reason := firstReason(cancelled); reason == reasonCondition {
		return &store.ConditionError{Key: t.keys[n]}
	}
	return err
}

// firstReason is what cancelled a transaction, by the first action that met anything.
func firstReason(cancelled *types.TransactionCanceledException) (action int, code string) {
	for n, r := range cancelled.CancellationReasons {
		if code := aws.ToString(r.Code); code != "" && code != reasonNone {
			return n, code
		}
	}
	return 0, ""
}

// tokenKeeps is how long a repeat of a write is recognised. DynamoDB's own tokens would not do: a repeat must be the same
// request to the byte, and conditions carry the time.
const tokenKeeps = 10 * time.Minute

// tokenKey is where a token's row stands: in a partition that no query can name, because it has a NUL.
func tokenKey(token string) store.Key { return store.Key{PK: "\x00token#" + token, SK: "token"} }

// tokenRow makes the write fail when one with this token succeeded within ten minutes, and tell which it was.
func (s *Store) tokenRow(token string, fingerprint []byte) *types.Put {
	e := newExpression()
	now := s.clock.Now()
	forgotten := now.Add(tokenKeeps + time.Second - time.Nanosecond) // the next full second
	r := keyOf(tokenKey(token))
	r[attrValue] = &types.AttributeValueMemberB{Value: fingerprint}
	r[attrVersion], r[attrExpires] = number(1), number(forgotten.Unix())
	return &types.Put{
		TableName: s.table, Item: r, ConditionExpression: aws.String(e.absent(number(now.Unix()))),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// sameAs compares the write with the one that its token belongs to.
func (t *transaction) sameAs(found row) error {
	before, ok := found[attrValue].(*types.AttributeValueMemberB)
	if !ok {
		return errors.New("the token's row does not say which write it belongs to")
	}
	if !bytes.Equal(before.Value, t.fingerprint) {
		return store.ErrToken
	}
	return nil
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
