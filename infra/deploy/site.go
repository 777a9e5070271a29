package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tierkeep/tierkeep/frontend"
)

// Site puts the built portal into the bucket from which CloudFront serves it. The page itself goes last, so that it never
// names a file that is not there yet; files of earlier builds stay, because pages that are open still ask for them.
func Site(ctx context.Context, c aws.Config, bucket string, build fs.FS) error {
	client := objects(c)
	var names []string
	err := fs.WalkDir(build, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && name != page && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list the built portal: %w", err)
	}
	for _, name := range append(names, page) {
		body, err := fs.ReadFile(build, name)
		if errors.Is(err, fs.ErrNotExist) {
			return errors.New("the portal has not been built: run make build")
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		_, err = client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &bucket, Key: &name, Body: bytes.NewReader(body),
			ContentType: aws.String(frontend.ContentType(name)), CacheControl: aws.String(frontend.CacheControl(name)),
		})
		if err != nil {
			return fmt.Errorf("upload %s: %w", name, err)
		}
	}
	return nil
}

const page = "index.html"
