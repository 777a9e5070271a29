package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden compares a text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what the stack is now; if the change is meant: go test ./infra -update\n%s", path, diff)
	}
}

// words reads a value of a template as people would: references by their logical id, ARNs without what is the same in all.
func words(v any) string {
	text := plain(v)
	return arnHead.ReplaceAllString(text, "$1:")
}

var arnHead = regexp.MustCompile(`^arn:\$\{AWS::Partition\}:([a-z0-9-]+):(?:\$\{AWS::Region\})?:(?:\$\{AWS::AccountId\})?:`)

func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, plain(one))
		}
		return strings.Join(all, " ")
	case map[string]any:
		for name, of := range v {
			switch name {
			case "Ref":
				if text := plain(of); strings.HasPrefix(text, "AWS::") {
					return "${" + text + "}"
				}
				return "<" + unhashed(plain(of)) + ">"
			case "Fn::GetAtt":
				parts := of.([]any)
				return "<" + unhashed(plain(parts[0])) + "." + plain(parts[1]) + ">"
			case "Fn::Join":
				var all string
				for _, one := range of.([]any)[1].([]any) {
					all += plain(one)
				}
				return all
			case "Fn::Sub":
				if parts, ok := of.([]any); ok {
					text := plain(parts[0])
					for name, value := range parts[1].(map[string]any) {
						text = strings.ReplaceAll(text, "${"+name+"}", plain(value))
					}
					return text
				}
				return plain(of)
			}
		}
	}
	return fmt.Sprint(v)
}

// unhashed takes from a logical id what the CDK adds to keep ids apart.
func unhashed(id string) string { return hash.ReplaceAllString(id, "") }

var hash = regexp.MustCompile(`[0-9A-F]{8}$`)
