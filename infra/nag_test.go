package main

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
)

func TestEveryFindingOfTheAwsSolutionsRulesIsPutRightOrExplained(t *testing.T) {
	for _, s := range nagged {
		found := assertions.Annotations_FromStack(s)
		every := assertions.Match_StringLikeRegexp(str("AwsSolutions-.*"))
		for _, m := range append(*found.FindError(str("*"), every), *found.FindWarning(str("*"), every)...) {
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s", text)
		}
	}
}
