package web_test

import (
	"log/slog"
	"testing"

	"github.com/tierkeep/tierkeep/cmd/assemble"
	"github.com/tierkeep/tierkeep/cmd/assemble/web"
	"github.com/tierkeep/tierkeep/shared/web/rest"
	"github.com/tierkeep/tierkeep/shared/web/route"
)

func all(t *testing.T) map[string]*rest.Feature {
	t.Helper()
	a, err := assemble.New(assemble.Ports{}, assemble.Settings{Portal: "https://portal.example.com"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return web.All(a, rest.Deps{})
}

// Operations are registered when they are first asked for; what is wrong with one shows here.
func TestEveryOperationCanBeDescribed(t *testing.T) {
	for name, feature := range all(t) {
		if paths := feature.OpenAPI().Paths; len(paths) == 0 {
			t.Errorf("%s has no operation", name)
		}
	}
}

func TestEveryFeatureOfTheRouteTableIsAnswered(t *testing.T) {
	features := all(t)
	for _, row := range route.Rows {
		if features[row.Feature] == nil {
			t.Errorf("nobody answers %s", row.Prefix)
		}
	}
}
