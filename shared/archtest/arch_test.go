package archtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

const module = "github.com/tierkeep/tierkeep"

func TestTheProjectKeepsItsArchitecture(t *testing.T) {
	p := mustRead(t, os.DirFS(filepath.Join("..", "..")))
	if p.packages["shared/archtest"] == nil {
		t.Fatal("this test looks at another folder than the project")
	}
	checks := map[string]func(*project) ([]string, error){
		"imports follow the rules":          withoutError(importViolations),
		"features know only those they may": withoutError(featureViolations),
		"every use case asks for its right": withoutError(serviceViolations),
		"every feature says what it is":     readmeViolations,
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			found, err := check(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, violation := range found {
				t.Error(violation)
			}
		})
	}
}

// Each tree in testdata breaks one rule, or keeps it where it is easily taken for broken; its file "want" holds the violations
// that must be reported, one a line, without the reason.
func TestViolationsAreReported(t *testing.T) {
	trees, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(trees) == 0 {
		t.Fatalf("trees: %v, %v", trees, err)
	}
	for _, tree := range trees {
		t.Run(strings.TrimSuffix(filepath.Base(tree), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(tree)
			if err != nil {
				t.Fatal(err)
			}
			files, want := fstest.MapFS{}, ""
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			p := mustRead(t, files)
			found := append(importViolations(p), featureViolations(p)...)
			found = append(found, serviceViolations(p)...)
			missing, err := readmeViolations(p)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, violation := range append(found, missing...) {
				if strings.HasSuffix(violation, "but does not exist") {
					continue // the small trees do not have them; TestStaleExceptionIsReported looks at these
				}
				what, _, _ := strings.Cut(violation, ": ")
				got += what + "\n"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStaleExceptionIsReported(t *testing.T) {
	files := fstest.MapFS{}
	for useCase := range unasked {
		feature, _, _ := strings.Cut(useCase, ".")
		files["functions/"+feature+"/"+feature+".go"] = &fstest.MapFile{Data: []byte("package " + feature)}
	}
	found := serviceViolations(mustRead(t, files))
	if len(found) != len(unasked) || len(found) == 0 {
		t.Errorf("%d of %d exceptions reported as stale in empty features: %v", len(found), len(unasked), found)
	}
}

func TestEveryRuleAndExceptionHasItsReason(t *testing.T) {
	for i, r := range rules {
		if r.why == "" || len(r.packages) == 0 || len(r.mayNot) == 0 {
			t.Errorf("rule %d is incomplete: %+v", i, r)
		}
	}
	for useCase, why := range unasked {
		if why == "" {
			t.Errorf("%s has no reason", useCase)
		}
	}
}

func TestFeaturesKnowEachOtherInOneDirection(t *testing.T) {
	for feature, known := range features {
		if reach(feature)[feature] {
			t.Errorf("%s reaches itself", feature)
		}
		for _, other := range known {
			if _, ok := features[other]; !ok {
				t.Errorf("%s may know %s, which is no feature", feature, other)
			}
		}
	}
}

func TestMatches(t *testing.T) {
	tests := []struct {
		pattern, give string
		want          bool
	}{
		{"net/http", "net/http", true},
		{"net/http", "net/http/httptest", false},
		{"net/http/...", "net/http/httptest", true},
		{"net/http/...", "net/http", true},
		{"net/http/...", "net/httpx", false},
		{"functions/*/api/...", "functions/tenancy/api", true},
		{"functions/*/api/...", "functions/tenancy", false},
		{"functions/*/api/...", "functions/api", false},
		{"...", "anything/at/all", true},
		{"shared", "shared/port", false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s and %s", tt.pattern, tt.give), func(t *testing.T) {
			if got := matches(tt.pattern, tt.give); got != tt.want {
				t.Errorf("matches = %v, want %v", got, tt.want)
			}
		})
	}
}

func withoutError(check func(*project) []string) func(*project) ([]string, error) {
	return func(p *project) ([]string, error) { return check(p), nil }
}

func mustRead(t *testing.T, files fs.FS) *project {
	t.Helper()
	p, err := read(module, files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
