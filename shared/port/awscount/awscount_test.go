package awscount_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/awscount"
)

func text(n int) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: strings.Repeat("x", n)}
}

func TestCallsCountInTheUnitsOfTheBill(t *testing.T) {
	big := map[string]types.AttributeValue{"pk": text(10), "v": text(5000)} // 5,013 bytes: two reads, five writes
	indexed := map[string]types.AttributeValue{"pk": text(10), "i1pk": text(10)}
	for name, c := range map[string]struct {
		reply string
		call  func(context.Context, *dynamodb.Client) error
		want  map[awscount.Unit]float64
	}{
		"a consistent read of a small item": {
			reply: `{"Item":{"pk":{"S":"a"}}}`,
			call: func(ctx context.Context, d *dynamodb.Client) error {
				_, err := d.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("t"), Key: indexed, ConsistentRead: aws.Bool(true)})
				return err
			},
			want: map[awscount.Unit]float64{awscount.Reads: 1},
		},
		"a read of nothing costs as well": {
			reply: `{}`,
			call: func(ctx context.Context, d *dynamodb.Client) error {
				_, err := d.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("t"), Key: indexed})
				return err
			},
			want: map[awscount.Unit]float64{awscount.Reads: .5},
		},
		"a page counts by all its bytes": {
			reply: `{"Items":[{"v":{"S":"` + strings.Repeat("x", 5000) + `"}},{"v":{"S":"` + strings.Repeat("x", 5000) + `"}}]}`,
			call: func(ctx context.Context, d *dynamodb.Client) error {
				_, err := d.Query(ctx, &dynamodb.QueryInput{TableName: aws.String("t"), KeyConditionExpression: aws.String("pk = :p")})
				return err
			},
			want: map[awscount.Unit]float64{awscount.Reads: 1.5},
		},
		"each item of a transaction counts twice, and its places in indexes beside": {
			reply: `{}`,
			call: func(ctx context.Context, d *dynamodb.Client) error {
				_, err := d.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
					{Put: &types.Put{TableName: aws.String("t"), Item: big}},
					{Put: &types.Put{TableName: aws.String("t"), Item: indexed}},
					{ConditionCheck: &types.ConditionCheck{TableName: aws.String("t"), Key: indexed, ConditionExpression: aws.String("x")}},
				}})
				return err
			},
			want: map[awscount.Unit]float64{awscount.Writes: 2*5 + 2 + 2 + 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-amz-json-1.0")
				_, _ = w.Write([]byte(c.reply))
			}))
			defer server.Close()
			var counter awscount.Counter
			cfg := awscount.With(aws.Config{
				Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
			}, &counter)
			if err := c.call(t.Context(), dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.DisableValidateResponseChecksum = true })); err != nil {
				t.Fatal(err)
			}
			got := counter.Take()
			if diff := cmp.Diff(c.want, got.Units); diff != "" {
				t.Error(diff)
			}
			if len(got.Calls) != 1 {
				t.Errorf("calls are %v", got.Calls)
			}
			if again := counter.Take(); len(again.Units) != 0 {
				t.Errorf("counted twice: %v", again.Units)
			}
		})
	}
}
