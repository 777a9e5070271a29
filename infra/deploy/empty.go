package deploy

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Empty removes everything from the buckets of a stack. A stack that is not there has none.
func Empty(ctx context.Context, c aws.Config, stack string) error {
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(c), &cloudformation.ListStackResourcesInput{StackName: &stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list what %s has: %w", stack, err)
		}
		for _, r := range page.StackResourceSummaries {
			if aws.ToString(r.ResourceType) != "AWS::S3::Bucket" {
				continue
			}
			if err := emptyBucket(ctx, objects(c), aws.ToString(r.PhysicalResourceId)); err != nil {
				return fmt.Errorf("empty bucket %s: %w", aws.ToString(r.PhysicalResourceId), err)
			}
		}
	}
	return nil
}

func emptyBucket(ctx context.Context, client *s3.Client, bucket string) error {
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		if len(page.Contents) == 0 {
			continue
		}
		var gone []types.ObjectIdentifier
		for _, o := range page.Contents {
			gone = append(gone, types.ObjectIdentifier{Key: o.Key})
		}
		deleted, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: gone}})
		if err != nil {
			return err
		}
		for _, e := range deleted.Errors {
			return fmt.Errorf("%s: %s", aws.ToString(e.Key), aws.ToString(e.Message))
		}
	}
	return nil
}

// objects is a client for buckets; an endpoint of this machine has no host name for each.
func objects(c aws.Config) *s3.Client {
	return s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = aws.ToString(c.BaseEndpoint) != "" })
}
