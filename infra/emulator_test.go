package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/tierkeep/tierkeep/infra/deploy"
	"github.com/tierkeep/tierkeep/shared/port/awstest"
)

// The same template as on AWS: every resource but those of deploy.Lacks is made, and bringing up to date what is up to date
// changes nothing.
func TestTheStackStandsOnTheEmulatorAndDeployingItAgainIsHarmless(t *testing.T) {
	c := awstest.Config(t)
	first, err := deploy.Stack(t.Context(), c, filepath.Join(outputs, "dev"), "tierkeep-dev")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sorted(dev.Outputs), sorted(first)); diff != "" {
		t.Errorf("outputs: %s", diff)
	}
	made, byID := map[string]int{}, map[string]bool{}
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(c), &cloudformation.ListStackResourcesInput{StackName: aws.String("tierkeep-dev")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.StackResourceSummaries {
			made[aws.ToString(r.ResourceType)]++
			byID[aws.ToString(r.LogicalResourceId)] = true
			if r.ResourceStatus != types.ResourceStatusCreateComplete {
				t.Errorf("%s is %s", aws.ToString(r.LogicalResourceId), r.ResourceStatus)
			}
		}
	}
	want := map[string]int{}
	for id, r := range dev.Resources {
		if r.Condition != "" {
			awstest.Gap(t, "CloudFormation: conditions know the region", byID[id])
			continue
		}
		if _, lacks := deploy.Lacks[r.Type]; !lacks {
			want[r.Type]++
		}
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("resources: %s", diff)
	}

	again, err := deploy.Stack(t.Context(), c, filepath.Join(outputs, "dev"), "tierkeep-dev")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("outputs changed: %s", diff)
	}
	thePortalIsPutInPlaceAndRemoved(t, c, first["SiteBucket"])
}

func thePortalIsPutInPlaceAndRemoved(t *testing.T, c aws.Config, bucket string) {
	t.Helper()
	build := fstest.MapFS{
		"index.html":          {Data: []byte("<!doctype html>")},
		"assets/page-1a2b.js": {Data: []byte("//")},
		"assets/a.css":        {Data: []byte("")},
		".gitkeep":            {Data: []byte("")},
		"favicon.svg":         {Data: []byte("<svg/>")},
	}
	if err := deploy.Site(t.Context(), c, bucket, build); err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
	for name, want := range map[string]string{
		"index.html":          "text/html; charset=utf-8 no-cache",
		"assets/page-1a2b.js": "text/javascript; charset=utf-8 public, max-age=31536000, immutable",
		"favicon.svg":         "image/svg+xml no-cache",
	} {
		got, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &name})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if said := aws.ToString(got.ContentType) + " " + aws.ToString(got.CacheControl); said != want {
			t.Errorf("%s is sent as %q, want %q", name, said, want)
		}
	}
	if n := count(t, client, bucket); n != 4 {
		t.Errorf("%d files are in the bucket, want those of the build, without hidden ones", n)
	}
	if err := deploy.Empty(t.Context(), c, "tierkeep-dev"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, client, bucket); n != 0 {
		t.Errorf("%d files are left in the bucket", n)
	}
}

func count(t *testing.T, client *s3.Client, bucket string) int {
	t.Helper()
	got, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	return len(got.Contents)
}

func TestAPortalThatWasNotBuiltIsNotPutInPlace(t *testing.T) {
	var nothing fs.FS = fstest.MapFS{".gitkeep": {}}
	if err := deploy.Site(t.Context(), awstest.Config(t), "anywhere", nothing); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("got %v", err)
	}
}

func TestAStackThatCannotBeMadeSaysWhatCouldNot(t *testing.T) {
	_, err := deploy.Stack(t.Context(), awstest.Config(t), filepath.Join(outputs, "dev"), "tierkeep-nowhere")
	if err == nil || !strings.Contains(err.Error(), "tierkeep-nowhere") {
		t.Errorf("got %v", err)
	}
}

func TestGapTypesThatAreLeftOutAreStillRefused(t *testing.T) {
	client := cloudformation.NewFromConfig(awstest.Config(t))
	for kind := range deploy.Lacks {
		_, err := client.CreateStack(t.Context(), &cloudformation.CreateStackInput{
			StackName:    aws.String("gap-" + strings.ReplaceAll(strings.ToLower(kind), "::", "-")),
			TemplateBody: aws.String(fmt.Sprintf(`{"Resources":{"One":{"Type":%q,"Properties":{}}}}`, kind)),
		})
		awstest.Gap(t, "CloudFormation: "+kind+" is known", err == nil || !strings.Contains(err.Error(), "Unrecognized resource types"))
	}
}
