package aws_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/shared/clock"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	"github.com/tierkeep/tierkeep/shared/port/awstest/emulator"
	"github.com/tierkeep/tierkeep/shared/port/store"
	storeaws "github.com/tierkeep/tierkeep/shared/port/store/aws"
)

// A transaction costs double, so a write goes without one where that is safe.
func TestWhichRequestsAreMade(t *testing.T) {
	f := openFaulty(t)
	plain := store.Condition{}
	made := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, f.requests); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		f.requests = nil
	}
	write(t, f, putIf(store.Absent, at(1, "a")))
	made("TransactWriteItems")
	write(t, f, putIf(store.VersionIs(1), at(2, "b")))
	made("PutItem")
	write(t, f, putIf(store.VersionIs(2), at(2, "c"))) // sent twice, it would not see that it was carried out
	made("TransactWriteItems")
	write(t, f, putIf(plain, at(3, "d")))
	made("TransactWriteItems")
	write(t, f, store.Write{Puts: []store.Put{{Item: at(4, "e"), If: store.VersionIs(3)}}, Token: "token"})
	made("TransactWriteItems")
	write(t, f, putIf(store.VersionIs(4), at(5, "f")).Add(store.Write{Checks: []store.Check{{Key: store.Key{PK: "T#1", SK: "no"}, If: store.Absent}}}))
	made("TransactWriteItems")
	if _, err := f.Get(t.Context(), key); err != nil {
		t.Error(err)
	}
	made("GetItem")
	if _, err := f.Get(t.Context(), store.Key{PK: "T#1", SK: "\x00"}); err == nil {
		t.Error("a key that no row can have was found")
	}
	made()
	if _, err := f.Query(t.Context(), store.Query{PK: "T#1", Range: store.Range{From: "b", To: "a"}}); err != nil {
		t.Error(err)
	}
	made()
	write(t, f, store.Write{Deletes: []store.Delete{{Key: key, If: store.VersionIs(5)}}})
	made("TransactWriteItems")
}

func TestAFullPageIsFilledFromSeveralOfDynamoDB(t *testing.T) {
	f := openFaulty(t)
	big := bytes.Repeat([]byte("x"), 390<<10)
	const rows = 7 // of which DynamoDB gives two or three at once
	for n := range rows {
		write(t, f, store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#1", SK: fmt.Sprint(n)}, Value: big}}}})
	}
	f.requests = nil
	page, err := f.Query(t.Context(), store.Query{PK: "T#1"})
	if err != nil || len(page.Items) != rows || page.Next != "" {
		t.Errorf("%d rows, %v, next %q", len(page.Items), err, page.Next)
	}
	if len(f.requests) < 2 {
		t.Skip("this endpoint gives more than 1 MB at once")
	}
}

func TestAStretchOfExpiredRowsTakesFewRequests(t *testing.T) {
	cfg := awstest.Config(t)
	name, c := table(t, cfg), clock.NewFake(time.Now())
	beside := storeaws.New(cfg, name, c)
	f := openFaultyOver(t, cfg, name, c)
	const expired = 500
	for n := range expired / 100 {
		var w store.Write
		for i := range 100 {
			w.Puts = append(w.Puts, store.Put{Item: store.Item{
				Key: store.Key{PK: "T#1", SK: fmt.Sprintf("%d-%02d", n, i)}, ExpiresAt: c.Now().Add(time.Second),
			}})
		}
		write(t, beside, w)
	}
	for _, sk := range []string{"8", "9"} {
		write(t, beside, store.Write{Puts: []store.Put{{Item: store.Item{Key: store.Key{PK: "T#1", SK: sk}}}}})
	}
	c.Advance(time.Minute)
	page, err := f.Query(t.Context(), store.Query{PK: "T#1", Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Items[0].SK != "8" || page.Next == "" {
		t.Fatalf("got %+v, %v", page, err)
	}
	if n := len(f.requests); n > 10 {
		t.Errorf("%d requests for one row behind %d expired ones", n, expired)
	}
	page, err = f.Query(t.Context(), store.Query{PK: "T#1", Limit: 1, Cursor: page.Next})
	if err != nil || len(page.Items) != 1 || page.Items[0].SK != "9" {
		t.Errorf("behind it came %+v, %v", page, err)
	}
}

func TestATokenIsForgottenAfterTenMinutes(t *testing.T) {
	c := clock.NewFake(time.Now())
	s := open(t, c)
	w := store.Write{Puts: []store.Put{{Item: at(1, "a"), If: store.Absent}}, Token: "once"}
	write(t, s, w)
	c.Advance(10*time.Minute - time.Millisecond)
	write(t, s, w)
	c.Advance(time.Second + time.Millisecond) // kept to the second
	if err := s.AtomicWrite(t.Context(), w); !store.FailedAt(err, key) {
		t.Errorf("got %v, want the failed condition", err)
	}
}

func TestGapAFullTransactionIsCountedInItsEncoding(t *testing.T) {
	if awstest.Real() || awstest.Kind() != emulator.Ministack {
		t.Skip("tells a gap of ministack")
	}
	cfg := awstest.Config(t)
	name := table(t, cfg)
	var items []types.TransactWriteItem
	for n := range 10 {
		items = append(items, types.TransactWriteItem{Put: &types.Put{TableName: &name, Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "a"}, "sk": &types.AttributeValueMemberS{Value: fmt.Sprint(n)},
			"v": &types.AttributeValueMemberB{Value: bytes.Repeat([]byte("x"), 399<<10)},
		}}})
	}
	_, err := dynamodb.NewFromConfig(cfg).TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
		TransactItems: items, ClientRequestToken: aws.String("token"),
	})
	awstest.Gap(t, "DynamoDB: a transaction of 3.99 MB is taken, whatever its size in JSON", err == nil)
}

// DynamoDB counts what the port counts, and the adapter's own attributes.
func TestARowAtTheLimitFits(t *testing.T) {
	s := open(t, clock.NewFake(time.Now()))
	i := at(math.MaxInt64-1, "")
	i.I1, i.I2 = store.IndexKey{PK: "first", SK: "row"}, store.IndexKey{PK: "second", SK: "row"}
	i.ExpiresAt, i.Feed = time.Now().Add(time.Hour), true
	full := func() store.Write { return putIf(store.Condition{}, i) }
	for full().Validate() == nil {
		i.Value = append(i.Value, bytes.Repeat([]byte("x"), 1<<10)...)
	}
	for full().Validate() != nil {
		i.Value = i.Value[1:]
	}
	write(t, s, full())
	i.Version++
	write(t, s, putIf(store.VersionIs(math.MaxInt64-1), i)) // with the id of the write
	got, err := s.Get(t.Context(), key)
	if err != nil || got.Version != math.MaxInt64 || len(got.Value) != len(i.Value) {
		t.Errorf("got version %d with %d bytes, %v", got.Version, len(got.Value), err)
	}
}
