package aws

import (
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// RecordError says which record of a stream's event is not to be understood.
type RecordError struct {
	Sequence string // its number in the stream
	cause    error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("record %s of the table's stream: %v", e.Sequence, e.cause)
}

func (e *RecordError) Unwrap() error { return e.cause }

// FeedItems returns the rows of the feed that an event of the table's stream tells of, in the order in which they were
// written in each partition. Rows of the feed are written once, so those that are changed or removed, by expiry too, are
// passed over. At a record that is not to be understood it stops with a *RecordError and returns the rows before it.
func FeedItems(e events.DynamoDBEvent) ([]store.Item, error) {
	var items []store.Item
	for _, r := range e.Records {
		if r.EventName != string(events.DynamoDBOperationTypeInsert) || !fed(r.Change.NewImage) {
			continue
		}
		item, err := imageRow(r.Change.NewImage).item()
		if err != nil {
			return items, &RecordError{Sequence: r.Change.SequenceNumber, cause: err}
		}
		item.Feed = true
		items = append(items, item)
	}
	return items, nil
}

func fed(image map[string]events.DynamoDBAttributeValue) bool {
	f, ok := image[attrFeed]
	return ok && f.DataType() == events.DataTypeBoolean && f.Boolean()
}

// imageRow leaves out attributes of kinds that no row has; one that is missing then is told by who reads the row.
func imageRow(image map[string]events.DynamoDBAttributeValue) row {
	r := row{}
	for name, v := range image {
		switch v.DataType() {
		case events.DataTypeString:
			r[name] = text(v.String())
		case events.DataTypeNumber:
			r[name] = &types.AttributeValueMemberN{Value: v.Number()}
		case events.DataTypeBinary:
			r[name] = &types.AttributeValueMemberB{Value: v.Binary()}
		default:
		}
	}
	return r
}
