package aws

import (
	"fmt"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tierkeep/tierkeep/shared/port/store"
)

// Change is a row of the feed as the table's stream tells it.
type Change struct {
	Item     store.Item
	Sequence string // the number of its record, by which a function says how far it came
}

// RecordError says which record of a stream's event is not to be understood. The function reports its number, so that the
// stream brings it again or lays it aside, and what comes before it is not lost.
type RecordError struct {
	Sequence string
	cause    error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("record %s of the table's stream: %v", e.Sequence, e.cause)
}

func (e *RecordError) Unwrap() error { return e.cause }

// FeedItems returns the rows of the feed that an event of the table's stream tells of, in the order in which they were
// written in each partition. Rows of the feed are written once, so those that are changed or removed, by expiry too, are
// passed over. At a record that is not to be understood it stops with a *RecordError and returns the rows before it.
func FeedItems(e events.DynamoDBEvent) ([]Change, error) {
	var changes []Change
	for _, r := range e.Records {
		if r.EventName != string(events.DynamoDBOperationTypeInsert) || !fed(r.Change.NewImage) {
			continue
		}
		item, err := imageRow(r.Change.NewImage).item()
		if err == nil && r.Change.SequenceNumber == "" {
			err = fmt.Errorf("the row %s %s came without a number", item.PK, item.SK)
		}
		if err != nil {
			return changes, &RecordError{Sequence: r.Change.SequenceNumber, cause: err}
		}
		item.Feed = true
		changes = append(changes, Change{Item: item, Sequence: r.Change.SequenceNumber})
	}
	return changes, nil
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
