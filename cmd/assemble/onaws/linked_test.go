package onaws

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var serviceMethod = regexp.MustCompile(`functions/([a-z]+)\.\(\*Service\)`)

// Whoever lists the methods of the Assembly in a variable, or looks at it by reflection, makes every function carry all.
func TestAFunctionCarriesItsOwnFeatureOnly(t *testing.T) {
	program := filepath.Join(t.TempDir(), "tenancy-http")
	// Built as the zips are, so that it is compiled once for both.
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-o", program, "./functions/tenancy/lambda/http")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	symbols, err := exec.CommandContext(t.Context(), "go", "tool", "nm", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for _, m := range serviceMethod.FindAllSubmatch(symbols, -1) {
		linked = append(linked, string(m[1]))
	}
	slices.Sort(linked)
	// Every function that answers HTTP finds out who asks, which is identity's.
	if diff := cmp.Diff([]string{"identity", "tenancy"}, slices.Compact(linked)); diff != "" {
		t.Error(diff)
	}
}
