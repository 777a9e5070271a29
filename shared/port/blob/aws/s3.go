// Package aws opens a bucket of S3 for shared/port/blob.
package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"
)

// Open opens a bucket that is there; the first use tells whether it is. Under an endpoint of its own the bucket's name
// stands in the path, as emulators have no names in the DNS.
func Open(ctx context.Context, cfg aws.Config, bucket string) (*blob.Bucket, error) {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = cfg.BaseEndpoint != nil })
	b, err := s3blob.OpenBucket(ctx, client, bucket, nil)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", bucket, err)
	}
	return b, nil
}
