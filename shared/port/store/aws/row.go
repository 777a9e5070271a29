package aws

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// The names of attributes. They count into the size of every row and of every write.
const (
	attrPK       = "pk"
	attrSK       = "sk"
	attrValue    = "v"
	attrVersion  = "n"
	attrI1PK     = "i1pk"
	attrI1SK     = "i1sk"
	attrI2PK     = "i2pk"
	attrI2SK     = "i2sk"
	attrExpires  = "x" // seconds since 1970; DynamoDB deletes by it, some time later
	attrFeed     = "f" // there only where true
	attrWriteID  = "w" // of the write that put the row, where it may have to recognise itself
	writeIDBytes = 16
)

// indexNames are what the indexes are called in DynamoDB, which asks for three letters at least.
var indexNames = map[store.Index]string{store.First: "first", store.Second: "second"}

// row is an item as DynamoDB has it.
type row map[string]types.AttributeValue

func keyOf(k store.Key) row { return row{attrPK: text(k.PK), attrSK: text(k.SK)} }

func rowOf(i store.Item) row {
	r := keyOf(i.Key)
	r[attrVersion] = number(i.Version)
	value := i.Value
	if value == nil {
		value = []byte{}
	}
	r[attrValue] = &types.AttributeValueMemberB{Value: value}
	if i.I1 != (store.IndexKey{}) {
		r[attrI1PK], r[attrI1SK] = text(i.I1.PK), text(i.I1.SK)
	}
	if i.I2 != (store.IndexKey{}) {
		r[attrI2PK], r[attrI2SK] = text(i.I2.PK), text(i.I2.SK)
	}
	if !i.ExpiresAt.IsZero() {
		r[attrExpires] = number(i.ExpiresAt.Unix())
	}
	if i.Feed {
		r[attrFeed] = &types.AttributeValueMemberBOOL{Value: true}
	}
	return r
}

// keys reads the texts of the row: its key and its places in the indexes.
func (r row) keys() store.Item {
	at := func(name string) string {
		v, ok := r[name].(*types.AttributeValueMemberS)
		if !ok {
			return ""
		}
		return v.Value
	}
	return store.Item{
		Key: store.Key{PK: at(attrPK), SK: at(attrSK)},
		I1:  store.IndexKey{PK: at(attrI1PK), SK: at(attrI1SK)}, I2: store.IndexKey{PK: at(attrI2PK), SK: at(attrI2SK)},
	}
}

// item reads the row, but for whether it belongs to the feed.
func (r row) item() (store.Item, error) {
	i := r.keys()
	if err := i.Validate(); err != nil {
		return store.Item{}, fmt.Errorf("the row's key: %w", err)
	}
	value, ok := r[attrValue].(*types.AttributeValueMemberB)
	if !ok {
		return store.Item{}, fmt.Errorf("the attribute %s is not binary", attrValue)
	}
	i.Value = value.Value
	version, err := r.integer(attrVersion)
	if err != nil {
		return store.Item{}, err
	}
	i.Version = version
	if r[attrExpires] != nil {
		at, err := r.integer(attrExpires)
		if err != nil {
			return store.Item{}, err
		}
		i.ExpiresAt = time.Unix(at, 0).UTC()
	}
	return i, nil
}

func (r row) integer(name string) (int64, error) {
	v, ok := r[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("the attribute %s is no number", name)
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the attribute %s: %w", name, err)
	}
	return n, nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
