package awscount

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	readUnit  = 4 << 10
	writeUnit = 1 << 10
)

// indexKeys are the partition keys of the table's two indexes: an item that has one stands in that index too.
var indexKeys = []string{"i1pk", "i2pk"}

type item = map[string]types.AttributeValue

func dynamoUnits(in, out any) map[Unit]float64 {
	switch in := in.(type) {
	case *dynamodb.GetItemInput:
		size := 0
		if reply, ok := out.(*dynamodb.GetItemOutput); ok && reply != nil {
			size = sizeOf(reply.Item)
		}
		return map[Unit]float64{Reads: reads(size, in.ConsistentRead)}
	case *dynamodb.QueryInput:
		size := 0
		if reply, ok := out.(*dynamodb.QueryOutput); ok && reply != nil {
			for _, i := range reply.Items {
				size += sizeOf(i)
			}
		}
		return map[Unit]float64{Reads: reads(size, in.ConsistentRead)}
	case *dynamodb.PutItemInput:
		return map[Unit]float64{Writes: pieces(sizeOf(in.Item), writeUnit) + indexWrites(in.Item)}
	case *dynamodb.DeleteItemInput:
		return map[Unit]float64{Writes: 1 + float64(len(indexKeys))}
	case *dynamodb.TransactWriteItemsInput:
		writes := 0.0
		for _, action := range in.TransactItems {
			switch {
			case action.Put != nil:
				writes += 2*pieces(sizeOf(action.Put.Item), writeUnit) + indexWrites(action.Put.Item)
			case action.Delete != nil:
				writes += 2 + float64(len(indexKeys))
			default:
				writes += 2
			}
		}
		return map[Unit]float64{Writes: writes}
	}
	return nil
}

func reads(size int, consistent *bool) float64 {
	n := pieces(size, readUnit)
	if aws.ToBool(consistent) {
		return n
	}
	return n / 2
}

// indexWrites is what an item costs in the indexes, at most: one whose place there changes is removed and put.
func indexWrites(i item) float64 {
	writes := 0.0
	for _, key := range indexKeys {
		if _, stands := i[key]; stands {
			writes += 2 * pieces(sizeOf(i), writeUnit)
		}
	}
	return writes
}

// sizeOf counts as DynamoDB does: names and values; a number takes about half a byte for each digit and one more.
func sizeOf(i item) int {
	size := 0
	for name, value := range i {
		size += len(name)
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			size += len(v.Value)
		case *types.AttributeValueMemberB:
			size += len(v.Value)
		case *types.AttributeValueMemberN:
			size += len(v.Value)/2 + 2
		default:
			size++
		}
	}
	return size
}
