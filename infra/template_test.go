package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestSynthesizingTwiceGivesTheSameBytes(t *testing.T) {
	first := os.DirFS(filepath.Join(outputs, "dev"))
	err := fs.WalkDir(first, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		one, err := fs.ReadFile(first, name)
		if err != nil {
			return err
		}
		two, err := os.ReadFile(filepath.Join(again, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(one, two) {
			t.Errorf("%s differs", name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestNothingNamesTheMachineThatItWasMadeOn(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tierkeep-dev.template.json", "tierkeep-dev.assets.json", "manifest.json"} {
		text, err := os.ReadFile(filepath.Join(outputs, "dev", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []string{filepath.Dir(here), os.TempDir()} {
			if bytes.Contains(text, []byte(of+"/")) {
				t.Errorf("%s names %s", name, of)
			}
		}
	}
}

func TestTheStackHasWhatIsWrittenDown(t *testing.T) {
	var b strings.Builder
	b.WriteString("How many resources of each type the stack has. Written by go test ./infra -update.\n\n  dev prod\n")
	counts := map[string][2]int{}
	for i, of := range []template{dev, prod} {
		for _, r := range of.Resources {
			c := counts[r.Type]
			c[i]++
			counts[r.Type] = c
		}
	}
	for _, kind := range sorted(counts) {
		fmt.Fprintf(&b, "%5d %4d %s\n", counts[kind][0], counts[kind][1], kind)
	}
	golden(t, "resources.txt", b.String())
	if n := len(prod.Resources); n > 450 {
		t.Errorf("%d resources: CloudFormation takes 500 in a stack, so that it is time for a second one", n)
	}
}

// The stages are the same stack: whatever else than the row in stages.go made them differ would show here.
func TestStagesDifferOnlyAsTheirRowsSay(t *testing.T) {
	one, two := renamed(t, dev, "dev"), renamed(t, prod, "prod")
	found := map[string][]string{} // a difference → the resources that have it
	for _, id := range slices.Compact(slices.Sorted(slices.Values(append(sorted(one), sorted(two)...)))) {
		if one[id] == nil || two[id] == nil {
			where := "prod"
			if two[id] == nil {
				where = "dev"
			}
			found["only "+where+" has it"] = append(found["only "+where+" has it"], id)
			continue
		}
		for _, d := range differences("", one[id], two[id]) {
			found[d] = append(found[d], id)
		}
	}
	var b strings.Builder
	b.WriteString("Where the stage prod differs from dev, names aside. Written by go test ./infra -update.\n")
	for _, d := range sorted(found) {
		fmt.Fprintf(&b, "\n%s\n    %s\n", d, strings.Join(found[d], ", "))
	}
	golden(t, "stages.txt", b.String())
}

// renamed returns a stage's resources as they would be under another stage's name.
func renamed(t *testing.T, of template, stage string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for id, r := range of.Resources {
		text, err := json.Marshal(map[string]any{"properties": r.Properties, "when removed": r.DeletionPolicy, "only if": r.Condition, "type": r.Type})
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal([]byte(withoutStage(stageName(stage).ReplaceAllString(string(text), "${1}STAGE"), stage)), &v); err != nil {
			t.Fatal(err)
		}
		all[withoutStage(id, stage)] = v
	}
	return all
}

func stageName(stage string) *regexp.Regexp {
	return regexp.MustCompile(`(tierkeep[-/]|stage |STAGE=|"|@)` + stage + `\b`)
}

// withoutStage takes out what the CDK makes of the stack's name and what it adds to keep ids apart.
func withoutStage(text, stage string) string {
	unnamed := regexp.MustCompile(`(?:[0-9A-F]{8})?tierkeep`+stage).ReplaceAllString(text, "")
	return regexp.MustCompile(`([A-Za-z]\w*?)(?:[0-9A-F]{8})+\b`).ReplaceAllString(unnamed, "$1")
}

func differences(at string, one, two any) []string {
	if reflect.DeepEqual(one, two) {
		return nil
	}
	if a, b, ok := bothMaps(one, two); ok {
		var all []string
		for _, name := range slices.Compact(slices.Sorted(slices.Values(append(sorted(a), sorted(b)...)))) {
			next := strings.TrimPrefix(at+"."+name, ".")
			all = append(all, differences(strings.TrimPrefix(next, "properties."), a[name], b[name])...)
		}
		return all
	}
	a, isA := one.([]any)
	b, isB := two.([]any)
	if isA && isB && len(a) == len(b) {
		var all []string
		for i := range a {
			all = append(all, differences(at+"[]", a[i], b[i])...)
		}
		return slices.Compact(all)
	}
	return []string{fmt.Sprintf("%s: %s -> %s", at, brief(one), brief(two))}
}

// bothMaps tells objects from what only looks like one: a reference or a call of CloudFormation's functions.
func bothMaps(one, two any) (a, b map[string]any, ok bool) {
	a, isA := one.(map[string]any)
	b, isB := two.(map[string]any)
	if !isA || !isB {
		return nil, nil, false
	}
	for _, m := range []map[string]any{a, b} {
		for name := range m {
			if name == "Ref" || strings.HasPrefix(name, "Fn::") {
				return nil, nil, false
			}
		}
	}
	return a, b, true
}

func brief(v any) string {
	text := words(v)
	if v == nil || v == "" {
		text = "(nothing)"
	}
	if len(text) > 160 {
		text = text[:160] + "…"
	}
	return text
}
