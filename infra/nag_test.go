package main

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
)

func TestEveryFindingOfTheAwsSolutionsRulesIsPutRightOrExplained(t *testing.T) {
	for _, s := range nagged {
		found := assertions.Annotations_FromStack(s)
		every := assertions.Match_StringLikeRegexp(str("AwsSolutions-.*"))
		for _, m := range append(*found.FindError(str("*"), every), *found.FindWarning(str("*"), every)...) {
			t.Errorf("%s: %v", *m.Id, m.Entry.Data) //nolint:staticcheck // what the CDK deprecates here has no other place in Go yet
		}
	}
}
