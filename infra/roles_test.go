package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The whole of what the platform's parts may do, for a person to read: a change of any role shows as a change of this file.
func TestEveryRoleMayDoExactlyWhatIsWrittenDown(t *testing.T) {
	var b strings.Builder
	b.WriteString("What each role of the stack may do (stage prod). Written by go test ./infra -update.\n")
	b.WriteString("A * stands only where its reason stands beside it.\n")
	roles, policies := prod.of("AWS::IAM::Role"), prod.of("AWS::IAM::Policy")
	for _, id := range byName(roles) {
		statements := statementsOf(roles[id])
		for _, policy := range byName(policies) {
			for _, of := range policies[policy].Properties["Roles"].([]any) {
				if plain(of) == "<"+unhashed(id)+">" {
					statements = append(statements, documented(policies[policy].Properties["PolicyDocument"])...)
				}
			}
		}
		fmt.Fprintf(&b, "\n%s, taken on by %s\n", unhashed(id), trusted(roles[id]))
		for _, managed := range list2(roles[id].Properties["ManagedPolicyArns"]) {
			fmt.Fprintf(&b, "  all of %s\n", words(managed))
		}
		for _, s := range statements {
			writeStatement(t, &b, unhashed(id), s)
		}
	}
	golden(t, "roles.txt", b.String())
}

func writeStatement(t *testing.T, b *strings.Builder, role string, s map[string]any) {
	t.Helper()
	if s["Effect"] != "Allow" || s["NotAction"] != nil || s["NotResource"] != nil {
		t.Errorf("%s: %v allows by what it does not name", role, s)
	}
	fmt.Fprintf(b, "  %s\n", strings.Join(texts(s["Action"]), ", "))
	for _, action := range texts(s["Action"]) {
		if strings.Contains(action, "*") {
			t.Errorf("%s may do %s: name the actions", role, action)
		}
	}
	for _, resource := range texts(s["Resource"]) {
		fmt.Fprintf(b, "      %s%s\n", resource, because(t, role, resource))
	}
	if conditions, ok := s["Condition"].(map[string]any); ok {
		for _, operator := range slices.Sorted(maps.Keys(conditions)) {
			fmt.Fprintf(b, "      if %s %v\n", operator, conditions[operator])
		}
	}
}

func because(t *testing.T, role, resource string) string {
	t.Helper()
	if !strings.Contains(resource, "*") {
		return ""
	}
	for _, w := range wildcards {
		if regexp.MustCompile(w.resource + "$").MatchString(resource) {
			return "   because: " + w.why
		}
	}
	t.Errorf("%s may do something to %s: write the reason into the table of findings.go", role, resource)
	return ""
}

// statementsOf is what a role's own inline policies say.
func statementsOf(r resource) []map[string]any {
	var all []map[string]any
	for _, p := range list2(r.Properties["Policies"]) {
		all = append(all, documented(p.(map[string]any)["PolicyDocument"])...)
	}
	return all
}

func documented(document any) []map[string]any {
	var all []map[string]any
	for _, s := range list2(document.(map[string]any)["Statement"]) {
		all = append(all, s.(map[string]any))
	}
	return all
}

func trusted(r resource) string {
	var all []string
	for _, s := range documented(r.Properties["AssumeRolePolicyDocument"]) {
		who := words(s["Principal"].(map[string]any)["Service"])
		if s["Condition"] != nil {
			who += " for " + words(s["Condition"].(map[string]any)["StringEquals"].(map[string]any)["aws:SourceArn"])
		}
		all = append(all, who)
	}
	return strings.Join(all, ", ")
}

func texts(v any) []string {
	var all []string
	for _, one := range list2(v) {
		all = append(all, words(one))
	}
	return all
}

// list2 reads what may stand alone or in a list.
func list2(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

func byName(resources map[string]resource) []string { return slices.Sorted(maps.Keys(resources)) }
