package workflows_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/tierkeep/tierkeep/infra/workflows"
	"github.com/tierkeep/tierkeep/shared/port/workflow/asl"
)

func TestEveryDefinitionIsProven(t *testing.T) {
	all := workflows.All()
	if len(all) == 0 {
		t.Fatal("no definition was found")
	}
	for name, definition := range all {
		if err := asl.Prove(definition, workflows.Functions); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFunctionIsCalled(t *testing.T) {
	called := map[string]bool{}
	for name, definition := range workflows.All() {
		m, err := asl.Load(definition)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, function := range m.Functions() {
			called[function] = true
		}
	}
	for _, function := range slices.Sorted(maps.Keys(workflows.Functions)) {
		if !called[function] {
			t.Errorf("%s is called by no definition", function)
		}
	}
}
