package aws_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"gocloud.dev/blob"

	"github.com/tierkeep/tierkeep/shared/port/awsfault"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
	blobaws "github.com/tierkeep/tierkeep/shared/port/blob/aws"
	"github.com/tierkeep/tierkeep/shared/port/blob/blobtest"
)

func TestMain(m *testing.M) { os.Exit(awstest.Run(m)) }

// bucket makes a bucket of the test's own: their names are global, in emulators too.
func bucket(t *testing.T, c aws.Config) string {
	t.Helper()
	name := fmt.Sprintf("tierkeep-test-%016x", rand.Uint64())
	client := s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = c.BaseEndpoint != nil })
	in := &s3.CreateBucketInput{Bucket: &name}
	if c.Region != "us-east-1" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(c.Region)}
	}
	if _, err := client.CreateBucket(t.Context(), in); err != nil {
		t.Fatalf("make a bucket: %v", err)
	}
	t.Cleanup(func() { remove(t, client, name) })
	return name
}

func remove(t *testing.T, client *s3.Client, name string) {
	ctx := context.WithoutCancel(t.Context())
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Errorf("empty the bucket: %v", err)
			return
		}
		for _, o := range page.Contents {
			if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &name, Key: o.Key}); err != nil {
				t.Errorf("empty the bucket: %v", err)
			}
		}
	}
	if _, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &name}); err != nil {
		t.Errorf("remove the bucket: %v", err)
	}
}

func open(t *testing.T, c aws.Config, name string) *blob.Bucket {
	t.Helper()
	b, err := blobaws.Open(t.Context(), c, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestConformance(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) *blob.Bucket {
		c := awstest.Config(t)
		return open(t, c, bucket(t, c))
	})
}

func TestConformanceWithRequestsThatFailNowAndThen(t *testing.T) {
	plan := awsfault.New(4)
	for _, f := range []awsfault.Fault{awsfault.Throttled, awsfault.Unavailable, awsfault.Closed, awsfault.LostReply} {
		plan.Chance(f, 0.04)
	}
	blobtest.Run(t, func(t *testing.T) *blob.Bucket {
		c := awstest.Config(t)
		name := bucket(t, c)
		c.Retryer = func() aws.Retryer {
			return retry.AddWithMaxBackoffDelay(retry.AddWithMaxAttempts(retry.NewStandard(), 10), time.Millisecond)
		}
		return open(t, awsfault.With(c, plan), name)
	})
	if plan.Injected("", awsfault.LostReply) == 0 {
		t.Error("no reply was lost")
	}
}

func TestABucketThatIsNotThereIsAnError(t *testing.T) {
	b := open(t, awstest.Config(t), "tierkeep-test-none")
	if err := b.WriteAll(t.Context(), "k", []byte("x"), nil); err == nil {
		t.Error("a blob was written nowhere")
	}
	if _, err := b.List(nil).Next(t.Context()); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the list of nowhere gave %v", err)
	}
}
