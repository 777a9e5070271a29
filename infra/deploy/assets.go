package deploy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// assembly is what infra wrote of a stack.
type assembly struct {
	folder, stack string
	endpoint      string
	fill          func(string) string // puts account and region into names
}

func (a assembly) template() string { return a.stack + ".template.json" }

// asset is one file of <stack>.assets.json, as the CDK's cloud assembly schema has it.
type asset struct {
	Source struct {
		Path      string `json:"path"`
		Packaging string `json:"packaging"`
	} `json:"source"`
	Destinations map[string]struct {
		BucketName string `json:"bucketName"`
		ObjectKey  string `json:"objectKey"`
	} `json:"destinations"`
}

// upload puts every file where the template looks for it, and returns where the template itself is: bucket and key.
func (a assembly) upload(ctx context.Context, c aws.Config) (template string, err error) {
	text, err := os.ReadFile(filepath.Join(a.folder, a.stack+".assets.json"))
	if err != nil {
		return "", fmt.Errorf("read what %s needs: %w", a.stack, err)
	}
	var needed struct {
		Files map[string]asset `json:"files"`
	}
	if err := json.Unmarshal(text, &needed); err != nil {
		return "", fmt.Errorf("read what %s needs: %w", a.stack, err)
	}
	client := objects(c)
	for _, file := range needed.Files {
		body, err := a.read(file)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", file.Source.Path, err)
		}
		for _, to := range file.Destinations {
			bucket, key := a.fill(to.BucketName), a.fill(to.ObjectKey)
			if err := put(ctx, client, bucket, key, body); err != nil {
				return "", fmt.Errorf("upload %s: %w", file.Source.Path, err)
			}
			if file.Source.Path == a.template() {
				template = bucket + "/" + key
			}
		}
	}
	if template == "" {
		return "", fmt.Errorf("%s.assets.json names no template", a.stack)
	}
	return template, nil
}

// read returns a file's bytes, or a folder's as a zip.
func (a assembly) read(file asset) ([]byte, error) {
	path := filepath.Join(a.folder, file.Source.Path)
	if file.Source.Packaging != "zip" {
		text, err := os.ReadFile(path)
		if err == nil && file.Source.Path == a.template() {
			text, err = forEmulator(text, a.endpoint)
		}
		return text, err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := errors.Join(z.AddFS(os.DirFS(path)), z.Close())
	return b.Bytes(), err
}

func put(ctx context.Context, client *s3.Client, bucket, key string, body []byte) error {
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	var ours *types.BucketAlreadyOwnedByYou
	if err != nil && !errors.As(err, &ours) {
		return err
	}
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)})
	return err
}
