package awsfault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/port/awsfault"
)

// endpoint answers every request and counts them. A batch of SQS succeeds in all its entries.
func endpoint(t *testing.T) (aws.Config, *atomic.Int64) {
	t.Helper()
	var carriedOut atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		carriedOut.Add(1)
		var batch struct{ Entries []struct{ Id string } }
		_ = json.NewDecoder(r.Body).Decode(&batch)
		_, _ = io.Copy(io.Discard, r.Body)
		reply := map[string]any{"ConsumedCapacity": map[string]any{"TableName": "t"}}
		if batch.Entries != nil {
			reply = map[string]any{"Successful": batch.Entries}
		}
		_ = json.NewEncoder(w).Encode(reply)
	}))
	t.Cleanup(s.Close)
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(s.URL), Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}, &carriedOut
}

func put(t *testing.T, c *dynamodb.Client) error {
	_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("t"), Item: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "a"}},
	})
	return err
}

func TestEachFaultIsWhatItSays(t *testing.T) {
	tests := []struct {
		fault      awsfault.Fault
		code       string // of the service's error; empty: of the connection
		carriedOut int64
	}{
		{awsfault.Throttled, "ThrottlingException", 0},
		{awsfault.Conflict, "TransactionConflictException", 0},
		{awsfault.Unavailable, "InternalServerError", 0},
		{awsfault.Closed, "", 0},
		{awsfault.LostReply, "", 1},
		{awsfault.CutReply, "", 1},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			cfg, carriedOut := endpoint(t)
			plan := awsfault.New(1).Next("PutItem", tt.fault)
			c := dynamodb.NewFromConfig(awsfault.With(cfg, plan))
			err := put(t, c)
			var service smithy.APIError
			switch {
			case err == nil:
				t.Error("the put succeeded")
			case tt.code == "" && errors.As(err, &service):
				t.Errorf("got %v, want the failure of a connection", err)
			case tt.code != "" && (!errors.As(err, &service) || service.ErrorCode() != tt.code):
				t.Errorf("got %v, want %s", err, tt.code)
			}
			if got := carriedOut.Load(); got != tt.carriedOut {
				t.Errorf("carried out %d times, want %d", got, tt.carriedOut)
			}
			if n := plan.Injected("", tt.fault); n != 1 {
				t.Errorf("%d faults are counted, want 1", n)
			}
			if err := put(t, c); err != nil {
				t.Errorf("behind the script: %v", err)
			}
		})
	}
}

func TestClientsRetryWhatTheyRetryOnAWS(t *testing.T) {
	for _, f := range []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply} {
		t.Run(string(f), func(t *testing.T) {
			cfg, _ := endpoint(t)
			cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxBackoffDelay(retry.NewStandard(), 1) }
			plan := awsfault.New(1).Next("PutItem", f, f)
			if err := put(t, dynamodb.NewFromConfig(awsfault.With(cfg, plan))); err != nil {
				t.Error(err)
			}
			if n := plan.Injected("PutItem", f); n != 2 {
				t.Errorf("%d faults, want 2", n)
			}
		})
	}
}

func TestATransactionIsCancelledAtItsLastAction(t *testing.T) {
	for f, want := range map[awsfault.Fault]string{awsfault.Conflict: "TransactionConflict", awsfault.Starved: "ThrottlingError"} {
		cfg, carriedOut := endpoint(t)
		c := dynamodb.NewFromConfig(awsfault.With(cfg, awsfault.New(1).Next("TransactWriteItems", f)))
		item := types.TransactWriteItem{Put: &types.Put{TableName: aws.String("t"), Item: map[string]types.AttributeValue{}}}
		_, err := c.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{item, item}})
		var cancelled *types.TransactionCanceledException
		if !errors.As(err, &cancelled) {
			t.Fatalf("%s: got %v", f, err)
		}
		var got []string
		for _, r := range cancelled.CancellationReasons {
			got = append(got, aws.ToString(r.Code))
		}
		if diff := cmp.Diff([]string{"None", want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f, diff)
		}
		if carriedOut.Load() != 0 {
			t.Errorf("%s: it was carried out", f)
		}
	}
}

func TestEveryServiceThrottlesInItsOwnWords(t *testing.T) {
	cfg, _ := endpoint(t)
	cfg = awsfault.With(cfg, awsfault.New(1).Chance(awsfault.Throttled, 1))
	name := aws.String("n")
	calls := map[string]func() error{
		"RequestThrottled": func() error {
			_, err := sqs.NewFromConfig(cfg).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: name})
			return err
		},
		"SlowDown": func() error {
			_, err := s3.NewFromConfig(cfg).GetObject(t.Context(), &s3.GetObjectInput{Bucket: name, Key: name})
			return err
		},
		"TooManyRequestsException": func() error {
			_, err := sesv2.NewFromConfig(cfg).GetAccount(t.Context(), &sesv2.GetAccountInput{})
			return err
		},
		"ThrottlingException": func() error {
			_, err := scheduler.NewFromConfig(cfg).GetSchedule(t.Context(), &scheduler.GetScheduleInput{Name: name})
			return err
		},
	}
	for code, call := range calls {
		var service smithy.APIError
		if err := call(); !errors.As(err, &service) || service.ErrorCode() != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	for service, call := range map[string]func() error{
		"secrets manager": func() error {
			_, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: name})
			return err
		},
		"step functions": func() error {
			_, err := sfn.NewFromConfig(cfg).StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: name})
			return err
		},
	} {
		var answer smithy.APIError
		if err := call(); !errors.As(err, &answer) || answer.ErrorCode() != "ThrottlingException" {
			t.Errorf("%s: got %v", service, err)
		}
	}
}

func TestPartialBatches(t *testing.T) {
	tests := []struct {
		fault            awsfault.Fault
		entries          int
		succeed, failing []string
		carriedOut       int64
	}{
		{awsfault.Partial, 4, []string{"1", "3"}, []string{"0", "2"}, 1},
		{awsfault.Partial, 1, nil, []string{"0"}, 0},
		{awsfault.PartialReply, 4, []string{"1", "3"}, []string{"0", "2"}, 1},
		{awsfault.PartialReply, 1, nil, []string{"0"}, 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s of %d", tt.fault, tt.entries), func(t *testing.T) {
			cfg, carriedOut := endpoint(t)
			c := sqs.NewFromConfig(awsfault.With(cfg, awsfault.New(1).Next("DeleteMessageBatch", tt.fault)))
			in := &sqs.DeleteMessageBatchInput{QueueUrl: aws.String("q")}
			for n := range tt.entries {
				in.Entries = append(in.Entries, sqstypes.DeleteMessageBatchRequestEntry{
					Id: aws.String(fmt.Sprint(n)), ReceiptHandle: aws.String("r"),
				})
			}
			out, err := c.DeleteMessageBatch(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			var succeed, failing []string
			for _, e := range out.Successful {
				succeed = append(succeed, *e.Id)
			}
			for _, e := range out.Failed {
				failing = append(failing, *e.Id)
			}
			if diff := cmp.Diff([][]string{tt.succeed, tt.failing}, [][]string{succeed, failing}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := carriedOut.Load(); got != tt.carriedOut {
				t.Errorf("carried out %d times, want %d", got, tt.carriedOut)
			}
			if len(in.Entries) != tt.entries {
				t.Errorf("the caller's batch has %d entries now", len(in.Entries))
			}
		})
	}
}

func TestAScriptIsFollowedAndChanceIsRepeatable(t *testing.T) {
	cfg, _ := endpoint(t)
	run := func(plan *awsfault.Plan) []bool {
		c := dynamodb.NewFromConfig(awsfault.With(cfg, plan))
		var failed []bool
		for range 50 {
			failed = append(failed, put(t, c) != nil)
		}
		return failed
	}
	script := run(awsfault.New(1).Next("PutItem", awsfault.None, awsfault.Closed, awsfault.None, awsfault.Throttled))
	if want := append([]bool{false, true, false, true}, make([]bool, 46)...); !slices.Equal(script, want) {
		t.Errorf("the script gave %v", script)
	}
	first, second := awsfault.New(7).Chance(awsfault.Closed, 0.3), awsfault.New(7).Chance(awsfault.Closed, 0.3, "PutItem")
	if diff := cmp.Diff(run(first), run(second)); diff != "" {
		t.Errorf("one seed, two courses (-first +second):\n%s", diff)
	}
	if n := first.Injected("PutItem", awsfault.Closed); n == 0 || n == 50 {
		t.Errorf("%d of 50 failed", n)
	}
	if slices.Contains(run(awsfault.New(1).Chance(awsfault.Closed, 1, "GetItem")), true) {
		t.Error("chance befell another operation")
	}
}

func TestAScriptThatCannotHappenIsRefused(t *testing.T) {
	for operation, f := range map[string]awsfault.Fault{"GetItem": awsfault.Conflict, "PutItem": awsfault.Partial, "Query": awsfault.Starved} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s as %s was taken", operation, f)
				}
			}()
			awsfault.New(1).Next(operation, f)
		}()
	}
}
